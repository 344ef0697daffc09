"""The command line: one file a command group; the only place that picks implementations."""

from rekey.cli.main import main

__all__ = ["main"]
