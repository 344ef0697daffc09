"""What the linter says: a code, a place, what is wrong, why it matters, what to do."""

from dataclasses import dataclass

from rekey.converters.lint.codes import CODES
from rekey.errors import Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the rule standard."""

    code: str
    """A key of :data:`rekey.converters.lint.codes.CODES`."""
    place: Place
    message: str
    """What is wrong here, one sentence without a full stop."""
    hint: str | None = None
    """What to do here; without it, the code's own advice holds."""

    @property
    def why(self) -> str:
        """Say in one sentence why the standard asks for this."""
        return CODES[self.code].why

    @property
    def advice(self) -> str:
        """Say what to do about it."""
        return self.hint or CODES[self.code].advice

    def as_dict(self) -> dict[str, str | int | None]:
        """Give the finding as published in JSON."""
        return {
            "code": self.code,
            "path": str(self.place.path),
            "line": self.place.line,
            "message": self.message,
            "why": self.why,
            "hint": self.advice,
        }
