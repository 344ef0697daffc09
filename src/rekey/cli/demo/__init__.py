"""``rekey demo``: the shipped incident, from raw logs to a case, and from the case to its end."""

from rekey.cli.demo.command import demo

__all__ = ["demo"]
