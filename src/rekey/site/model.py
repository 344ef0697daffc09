"""What a site file may say. Documented for people in ``docs/site.example.yml``."""

import re
from datetime import date
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    model_validator,
)

from rekey.alert import Level
from rekey.errors import Place
from rekey.site.portable import Fields
from rekey.yaml_file import Locate

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]
"""Names a file and a Sigma filter."""

RulePath = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]
"""``<product>/<rule>``."""

Duration = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,5}[smhdw]$")]
"""As Sigma writes it: ``90s``, ``10m``, ``1h``, ``30d``, ``4w``."""


def _network(value: object) -> object:
    return ip_network(value) if isinstance(value, str) else value


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Network(_Frozen):
    """A range of addresses that the site knows."""

    cidr: Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
    name: Text
    scope: Literal["internal", "external", "provider"] | None = None
    """``None`` leaves the scope to the built-in ranges (RFC 1918 and so on)."""
    asn: Text | None = None
    """Label that stands for the whole network in ``origin.network``."""
    egress: tuple[Text, ...] = ()
    """Globs of actor ids that are expected to come from here."""


class Identity(_Frozen):
    """What the site knows about identities whose canonical id matches a glob."""

    match: Text
    kind: Literal["workload", "human", "provider"] | None = None
    """Overrides what the log source's own fields suggest."""
    owner: Text | None = None
    team: Text | None = None
    tier: Text | None = None
    shared: bool = False
    """Several workloads act under it: cases are never joined through it."""
    break_glass: bool = False
    """Kept for emergencies: never contained without a person."""


class TimeLimited(_Frozen):
    """An entry that somebody answers for, and that ends by itself."""

    id: Name
    owner: Text
    reason: Text
    expires: date
    """The last day on which it holds."""

    def holds(self, today: date) -> bool:
        """Say whether the entry still counts."""
        return today <= self.expires


class Logsource(_Frozen):
    """A log source as rules name it."""

    product: Name
    service: Name


class Exclusion(TimeLimited):
    """Events that some rules, or all rules of a log source, shall not see."""

    logsource: Logsource
    fields: Fields
    """Field with portable modifiers → value or values; all fields must match."""
    rules: Annotated[tuple[RulePath, ...], Field(min_length=1)] | Literal["all"]


class Announcement(TimeLimited):
    """Something new that is expected: first-seen rules do not report it."""

    kind: Literal["account", "cluster", "issuer", "region"]
    values: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Values as the log writes them, an issuer also by a part of its address; ``*`` stands for any
    characters."""


class RuleOverride(_Frozen):
    """What a site changes about one rule. ``None`` keeps the rule's own value."""

    enabled: bool = True
    level: Level | None = None
    timespan: Duration | None = None
    gte: Annotated[int, Field(ge=1)] | None = None
    history: Duration | None = None
    maturity: Duration | None = None
    min_events: Annotated[int, Field(ge=1)] | None = None
    gap: Duration | None = None
    factor: Annotated[float, Field(ge=1)] | None = None

    def knobs(self) -> dict[str, Any]:
        """Give the knobs that are set, without ``enabled`` and ``level``."""
        return self.model_dump(exclude={"enabled", "level"}, exclude_none=True)


class Site(_Frozen):
    """A whole site file; ``Site()`` is a site that says nothing."""

    version: Literal[1] = 1
    networks: tuple[Network, ...] = ()
    asn_csv: Path | None = None
    """CSV of ``cidr,asn``; relative to the site file."""
    identities: tuple[Identity, ...] = ()
    """The first entry that matches an actor counts."""
    exclusions: tuple[Exclusion, ...] = ()
    announced: tuple[Announcement, ...] = ()
    rules: dict[RulePath, RuleOverride] = {}

    _path: Path | None = PrivateAttr(default=None)
    _locate: Locate | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Site":
        ids = [entry.id for entry in self.time_limited]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"the id {twice[0]!r} stands twice among exclusions and announced")
        return self

    @property
    def time_limited(self) -> tuple[TimeLimited, ...]:
        """Exclusions and announcements, in the order of the file."""
        return (*self.exclusions, *self.announced)

    def expired(self, today: date) -> tuple[TimeLimited, ...]:
        """Give the entries that no longer hold, so that somebody renews or removes them."""
        return tuple(entry for entry in self.time_limited if not entry.holds(today))

    def identity(self, actor_id: str | None) -> Identity | None:
        """Find what the site knows about an actor."""
        if actor_id is None:
            return None
        known = (entry for entry in self.identities if glob(entry.match).fullmatch(actor_id))
        return next(known, None)

    def place(self, *steps: str | int) -> Place | None:
        """Give the file and line of a part of the site file; ``None`` if it was not a file."""
        if self._path is None or self._locate is None:
            return None
        return Place(self._path, self._locate(steps))

    def remember_place(self, path: Path, locate: Locate) -> None:
        """Keep where the site was read from, for later messages."""
        self._path, self._locate = path, locate


@cache
def glob(pattern: str) -> re.Pattern[str]:
    """Compile a glob of ids: ``*`` and ``?`` only, case ignored.

    Brackets stand for themselves, because ids such as ``dependabot[bot]`` hold them.
    """
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.IGNORECASE | re.DOTALL)
