"""The Splunk app that ``rekey build splunk`` writes, read as Splunk reads it."""

import csv
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rekey.cli.main import run
from rekey.errors import ExitCode
from tests.spl.conf import Stanzas, read_conf
from tests.spl.lookups import Lookups, lookups_of
from tests.spl.macros import expand
from tests.spl.schedule import Schedule
from tests.spl.spans import seconds_of
from tests.spl.values import Row

SOURCE_MACRO: Final = "rekey_{}"


@dataclass(frozen=True)
class Quiet:
    """Throttling: results that agree in some fields alert once in so many seconds.

    https://docs.splunk.com/Documentation/Splunk/9.4.0/Admin/Savedsearchesconf, ``alert.suppress``.
    """

    fields: tuple[str, ...]
    seconds: int


@dataclass(frozen=True)
class SavedSearch:
    """One search of the app, its macros written out."""

    name: str
    text: str
    schedule: Schedule
    scheduled: bool
    quiet: Quiet | None


@dataclass(frozen=True)
class RuleSearches:
    """What the app holds for one rule; only rules that learn have more than a detector."""

    rule: str
    detect: SavedSearch
    learn: SavedSearch | None
    seed: SavedSearch | None
    prune: tuple[SavedSearch, ...]


@dataclass(frozen=True)
class App:
    """The app."""

    folder: Path
    macros: Mapping[str, Mapping[str, str]]
    searches: Mapping[str, SavedSearch]
    rules: Mapping[str, RuleSearches]
    unsupported: Mapping[str, str]
    """Rule → why the app lacks it."""
    _transforms: Stanzas
    _collections: Stanzas

    def lookups(self) -> Lookups:
        """The lookups as they are once the app is installed."""
        return lookups_of(self._transforms, self._collections, self._file)

    def _file(self, name: str) -> list[Row]:
        with (self.folder / "lookups" / name).open(encoding="utf-8", newline="") as file:
            return [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]


def build_app(
    folder: Path,
    *arguments: str,
    sources: Sequence[str],
    changed: Mapping[str, str] | None = None,
) -> App:
    """Build the app in an empty folder and read it.

    Args:
        folder: where to put it.
        arguments: further arguments of ``rekey build splunk``.
        sources: log sources whose macro is set as a site would set it: each has a sourcetype of
            its own name.
        changed: macro → the definition that a site gave it.
    """
    assert run(["build", "splunk", "--out", str(folder), *arguments]) == ExitCode.OK
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as tar:
        # Python before 3.11.4 has no filters; what it reads here is our own.
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, path: member)
        tar.extractall(folder)  # noqa: S202
    default = folder / "rekey" / "default"
    macros = read_conf(default / "macros.conf")
    for source in sources:
        macros[SOURCE_MACRO.format(source)] = {"definition": f'sourcetype="{source}"'}
    for name, definition in (changed or {}).items():
        assert name in macros, f"the app has no macro {name}"
        macros[name] = {"definition": definition}
    saved = read_conf(default / "savedsearches.conf")
    searches = {name: _search(name, settings, macros) for name, settings in saved.items()}
    return App(
        folder / "rekey",
        macros,
        searches,
        _rules(folder / "rekey" / "lookups" / "rekey_rules.csv", searches),
        json.loads((folder / "unsupported.json").read_bytes()),
        read_conf(default / "transforms.conf"),
        read_conf(default / "collections.conf"),
    )


def _search(name: str, settings: Mapping[str, str], macros: Stanzas) -> SavedSearch:
    schedule = Schedule(
        cron=settings.get("cron_schedule", ""),
        earliest=settings["dispatch.earliest_time"],
        latest=settings["dispatch.latest_time"],
        index_earliest=settings.get("dispatch.index_earliest", ""),
        index_latest=settings.get("dispatch.index_latest", ""),
    )
    text = expand(settings["search"], macros)
    quiet = None
    if settings.get("alert.suppress") == "1":
        fields = tuple(settings["alert.suppress.fields"].split(","))
        quiet = Quiet(fields, seconds_of(settings["alert.suppress.period"]))
    return SavedSearch(name, text, schedule, settings.get("enableSched") == "1", quiet)


def _rules(table: Path, searches: Mapping[str, SavedSearch]) -> dict[str, RuleSearches]:
    found = {}
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            name = row["saved_search"]
            found[row["rule"]] = RuleSearches(
                row["rule"],
                searches[name],
                searches.get(f"{name} learn"),
                searches.get(f"{name} seed"),
                tuple(s for n, s in searches.items() if n.startswith(f"{name} prune")),
            )
    return found
