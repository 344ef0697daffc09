"""The evaluator never guesses: what it does not know for certain, it refuses."""


class Refused(Exception):
    """The search uses something that the evaluator does not know, or that is no SPL.

    Also raised where Splunk's documentation leaves open what happens: a search that detects
    attacks must not depend on that.
    """
