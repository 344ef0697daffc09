"""A new rule to begin with: rule, fixtures and provenance, complete but for marked gaps."""

from rekey.scaffold.sample import KINDS
from rekey.scaffold.write import new_rule

__all__ = ["KINDS", "new_rule"]
