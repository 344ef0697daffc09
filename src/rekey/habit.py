"""A habit: what an identity does again and again, from where it always does. Schema version 1."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from rekey.alert import Alert


class Habit(BaseModel):
    """Alerts of one rule on one identity that say nothing new.

    They are told apart from alerts and open no case: see ``docs/habits.md``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    alert: Alert
    """The latest of them, as an example."""
    alerts: int
    """How many were folded."""
    events: int
    since: date
    """The first day on which the rule found the identity, in these logs or in what was learned."""
    days: int
    """On how many different days it did."""
    because: str
    """Why nothing about them is new, in words."""
