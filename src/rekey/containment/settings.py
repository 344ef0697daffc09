"""What a site says about containment: connections, people, limits. One file, no secrets in it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from rekey.containment.duration import Length, SomeLength
from rekey.endpoint import endpoint, is_local
from rekey.errors import RekeyError
from rekey.yaml_file import read_model

Text = Annotated[str, Field(min_length=1)]
Approvers = Annotated[int, Field(ge=0, le=2)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProviderSettings(_Frozen):
    """One connection. ``options`` are the provider's own; credentials come from its usual places."""

    name: Text
    options: dict[str, JsonValue] = {}


class StoreSettings(_Frozen):
    """A secret store, reached through a provider."""

    name: Text
    provider: Text
    options: dict[str, JsonValue] = {}


class FileSinkSettings(_Frozen):
    """Heads appended to a file."""

    kind: Literal["file"]
    path: Path


class SyslogSinkSettings(_Frozen):
    """Heads sent to syslog: ``host`` and ``port``, or ``socket``."""

    kind: Literal["syslog"]
    host: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 514
    socket: str | None = None
    tcp: bool = True


def _collector(url: str) -> str:
    """Check where heads are posted: no password in it, and the open network only by TLS."""
    address = url.partition("?")[0]
    try:
        endpoint(address)
    except RekeyError as error:
        raise ValueError(error.message) from error
    parts = urlsplit(address)
    if parts.scheme == "http" and not is_local(parts.hostname or ""):
        raise ValueError("heads would cross the network in clear: use https")
    return url


class HttpSinkSettings(_Frozen):
    """Heads posted to a collector; the header's value is read from an environment variable."""

    kind: Literal["http"]
    url: Annotated[str, Field(pattern=r"^https?://"), AfterValidator(_collector)]
    authorization_env: str | None = None


Sinks = Annotated[
    FileSinkSettings | SyslogSinkSettings | HttpSinkSettings, Field(discriminator="kind")
]


class JournalSettings(_Frozen):
    """Where the journal lies, where its heads go, and who signs its checkpoints."""

    path: Path = Path("rekey.journal")
    sinks: tuple[Sinks, ...] = ()
    checkpoint_key: Path | None = None
    """Ed25519 key, or the public half where an agent holds it; keep it off this machine's disk."""
    checkpoints: Path = Path("checkpoints")


class Threshold(_Frozen):
    """From these figures on an effect needs a given number of approvers."""

    dependents: Annotated[int, Field(ge=0)]
    callers: Annotated[int, Field(ge=0)]


class BlastSettings(_Frozen):
    """How many people must approve, by what else breaks."""

    one: Threshold = Threshold(dependents=1, callers=1)
    two: Threshold = Threshold(dependents=5, callers=20)
    unknown: Approvers = 2
    """What a figure counts for that nobody could give."""
    irreversible: Approvers = 1
    shared: Approvers = 2
    """For an identity that several workloads share, or that the case could not prove."""


class Limits(_Frozen):
    """How much containment may happen: whoever can raise alerts must not be able to stop a site."""

    effects_per_hour: Annotated[int, Field(ge=1)] = 30
    cool_down: Length = timedelta(minutes=15)
    """Between two runs on one identity."""
    lease: SomeLength = timedelta(minutes=10)
    plan_valid: SomeLength = timedelta(hours=4)
    due_window: Length = timedelta(days=7)
    """How long after it falls due a waiting step may still be done under its old approval."""
    clock_skew: Length = timedelta(seconds=5)
    """Added to a cut-off time, for clocks that differ."""


class Dependency(_Frozen):
    """Something that containment itself needs: never acted on."""

    match: Text
    """Glob over ids of identities and credentials."""
    reason: Text


class ContainmentSettings(_Frozen):
    """A whole settings file; paths are relative to it."""

    version: Literal[1] = 1
    providers: tuple[ProviderSettings, ...] = ()
    stores: tuple[StoreSettings, ...] = ()
    journal: JournalSettings = JournalSettings()
    allowed_signers: Path | None = None
    break_glass: Path | None = None
    evidence: Path = Path("evidence")
    """Where files go that were collected before a step destroyed them, a folder for each run."""
    kill_switch: Path = Path("rekey.halt")
    """While this file exists, nothing is changed."""
    depends_on: tuple[Dependency, ...] = ()
    blast: BlastSettings = BlastSettings()
    limits: Limits = Limits()


def read_settings(path: Path) -> ContainmentSettings:
    """Read a settings file, with its paths made absolute.

    Raises:
        RekeyError: as :func:`rekey.yaml_file.read_model`.
    """
    settings, _ = read_model(path, ContainmentSettings)
    return rooted(settings, path.resolve().parent)


def rooted(settings: ContainmentSettings, folder: Path) -> ContainmentSettings:
    """Make every path absolute, as seen from a folder."""
    found: ContainmentSettings = _rooted(settings, folder)
    return found


def _rooted(value: Any, folder: Path) -> Any:
    if isinstance(value, Path):
        return folder / value.expanduser()
    if isinstance(value, tuple):
        return tuple(_rooted(item, folder) for item in value)
    if isinstance(value, BaseModel):
        fields = {name: _rooted(getattr(value, name), folder) for name in type(value).model_fields}
        return value.model_copy(update=fields)
    return value
