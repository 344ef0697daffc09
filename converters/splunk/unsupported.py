"""What cannot be said in SPL is refused with its reason, and never said wrongly."""

from rekey.errors import RekeyError


class NotInSplunkError(RekeyError):
    """A rule that SPL cannot express; the message is the reason."""
