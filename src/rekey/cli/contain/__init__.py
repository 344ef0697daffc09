"""``rekey contain``: plan, approve, carry out, prove, undo."""

from rekey.cli.contain.group import contain

__all__ = ["contain"]
