"""The group ``rekey deploy``."""

from rekey.cli.deploy.group import deploy

__all__ = ["deploy"]
