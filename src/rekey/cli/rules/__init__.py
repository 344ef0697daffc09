"""``rekey rules``: one file a command."""

from rekey.cli.rules.group import rules

__all__ = ["rules"]
