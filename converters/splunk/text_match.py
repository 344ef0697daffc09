"""A Sigma text, with or without wildcards, as a regular expression."""

from collections.abc import Sequence
from dataclasses import dataclass

from sigma.types import SigmaString, SpecialChars

from rekey.converters.splunk.quoting import pattern
from rekey.converters.splunk.unsupported import NotInSplunkError

MANY = SpecialChars.WILDCARD_MULTI
ONE = SpecialChars.WILDCARD_SINGLE
_END = r"$(?!\n)"
"""``$`` also stands before a last line end; this is the very end."""


@dataclass(frozen=True)
class Match:
    """Texts and wildcards in order."""

    parts: tuple[str | SpecialChars, ...]

    @property
    def is_anything(self) -> bool:
        """Any text that is not empty."""
        return bool(self.parts) and all(part is MANY for part in self.parts)

    @property
    def is_nothing(self) -> bool:
        """The empty text."""
        return not self.parts


def as_match(value: SigmaString) -> Match:
    """Read a pySigma string.

    Raises:
        NotInSplunkError: a placeholder that was not filled.
    """
    parts: list[str | SpecialChars] = []
    for part in value.s:
        if not isinstance(part, str | SpecialChars):
            raise NotInSplunkError("it holds a placeholder that nobody filled")
        if part != "":
            parts.append(part)
    return Match(tuple(parts))


def plain_text(match: Match) -> str | None:
    """Give the text of a match without wildcards."""
    texts = [part for part in match.parts if isinstance(part, str)]
    return "".join(texts) if texts and len(texts) == len(match.parts) else None


def regex(matches: Sequence[Match]) -> str:
    """Write a string that holds a regular expression which fits any of the matches.

    Searching is not anchored, so wildcards at the ends are left out.
    """
    shapes = [_shape(match) for match in matches]
    starts, ends = {shape[0] for shape in shapes}, {shape[2] for shape in shapes}
    if len(starts) == len(ends) == 1:
        bodies = list(dict.fromkeys(body for _, body, _ in shapes))
        joined = bodies[0] if len(bodies) == 1 else f"(?:{'|'.join(bodies)})"
        text = f"{starts.pop()}{joined}{ends.pop()}"
    else:
        text = "|".join(dict.fromkeys("".join(shape) for shape in shapes))
    dots = any(isinstance(p, SpecialChars) for match in matches for p in match.parts[1:-1])
    dots = dots or any(ONE in match.parts for match in matches)
    return f'"(?{"is" if dots else "i"}){text}"'


def _shape(match: Match) -> tuple[str, str, str]:
    """Beginning, body and end of one alternative."""
    parts = list(match.parts)
    start, end = "^", _END
    while parts and parts[0] is MANY:
        start = ""
        del parts[0]
    while parts and parts[-1] is MANY:
        end = ""
        del parts[-1]
    body = "".join(
        pattern(part) if isinstance(part, str) else (".*" if part is MANY else ".")
        for part in parts
    )
    return start, body, end
