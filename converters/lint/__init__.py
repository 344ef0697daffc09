"""The linter: every demand of docs/rule-standard.md, offline, with reasons."""

from rekey.converters.lint.codes import CODES, Code
from rekey.converters.lint.context import Context, context_of
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.run import check_file, check_packs

__all__ = ["CODES", "Code", "Context", "Finding", "check_file", "check_packs", "context_of"]
