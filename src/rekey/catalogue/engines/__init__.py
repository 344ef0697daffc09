"""What each engine makes of a rule, for people who read about it."""

from rekey.catalogue.engines.interface import Engine, Outcome, Refused, Said, Text
from rekey.catalogue.engines.outcomes import Outcomes, outcomes

__all__ = ["Engine", "Outcome", "Outcomes", "Refused", "Said", "Text", "outcomes"]
