"""RK601 … RK608: the fixtures of a rule are complete, of known origin, and what they claim."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rekey.converters.lint.context import Context
from rekey.converters.lint.finding import Finding
from rekey.converters.lint.fixture_lines import Line, read_lines
from rekey.converters.lint.near_miss import differences
from rekey.converters.lint.real_identifiers import real_identifiers
from rekey.converters.lint.rule_file import RuleFile
from rekey.errors import Place, RekeyError
from rekey.fixtures.provenance import NAME, Provenance, load_provenance
from rekey.site import load_site
from rekey.yaml_file import Locate, read_yaml

VERDICTS: Final = ("match", "ignore", "automation")
EVERY: Final = ("match", "ignore", "automation")
STATEFUL: Final = (
    "match_boundary", "ignore_boundary", "match_out_of_order", "ignore_duplicate",
    "ignore_null_key",
)  # fmt: skip
BASELINED: Final = ("ignore_maturity",)
MAX_LINES: Final = 60


def wanted_files(kind: str) -> list[str]:
    """List the fixture files that a kind of rule must have."""
    stems = [*EVERY]
    if kind != "single":
        stems += STATEFUL
    if kind in ("first_seen", "dormant"):
        stems += BASELINED
    return [f"{stem}.ndjson" for stem in stems]


def check(rule: RuleFile, context: Context) -> Iterator[Finding]:
    """Check the folder of a rule's fixtures."""
    folder = context.fixture_folder(rule.file)
    place = Place(folder)
    if not folder.is_dir():
        yield Finding("RK601", place, "the folder of fixtures is missing")
        return
    files = {file.name: file for file in sorted(folder.iterdir())}
    for name in wanted_files(rule.kind):
        if name not in files:
            yield Finding("RK601", place, f"{name} is missing")
    for name, file in files.items():
        is_fixture = file.suffix == ".ndjson" and file.stem.split("_")[0] in VERDICTS
        if not is_fixture and name != NAME and not _is_site(file):
            yield Finding("RK602", Place(file), f"{name} says no verdict")
    fixtures = {name: file for name, file in files.items() if file.suffix == ".ndjson"}
    lines: dict[str, list[Line]] = {}
    for file in fixtures.values():
        yield from _lines(file, lines)
    yield from _provenance(rule, context, folder, fixtures, lines)


def _is_site(file: Path) -> bool:
    return file.name.startswith("site") and file.suffix in (".yml", ".csv")


def _lines(file: Path, lines: dict[str, list[Line]]) -> Iterator[Finding]:
    found: list[Line] = []
    try:
        found.extend(read_lines(file))
    except RekeyError as error:
        yield Finding("RK604", error.place or Place(file), error.message)
        return
    if not 1 <= len(found) <= MAX_LINES:
        yield Finding("RK604", Place(file), f"holds {len(found)} lines")
    lines[file.name] = found
    for line in found:
        for path, value in real_identifiers(line.record):
            place = Place(file, line.number)
            yield Finding("RK607", place, f"{path} holds {value}, which may be real")


def _provenance(
    rule: RuleFile,
    context: Context,
    folder: Path,
    fixtures: dict[str, Path],
    lines: dict[str, list[Line]],
) -> Iterator[Finding]:
    try:
        entries = load_provenance(folder)
        locate = read_yaml(folder / NAME).locate
    except RekeyError as error:
        yield Finding("RK603", error.place or Place(folder), error.message)
        return
    file = folder / NAME
    for name in fixtures.keys() - entries.keys():
        yield Finding("RK603", Place(file), f"has no entry for {name}")
    for name, entry in entries.items():
        place = Place(file, locate((name,)))
        if name not in fixtures:
            yield Finding("RK603", place, f"there is no file {name}")
            continue
        yield from _entry(name, entry, folder, place)
        yield from _expects(rule, entry, context, file, locate, name)
        if entry.differs_in or name == "ignore.ndjson":
            yield from _near_miss(rule, name, entry, lines, place)


def _entry(name: str, entry: Provenance, folder: Path, place: Place) -> Iterator[Finding]:
    if entry.kind == "mutated" and not (folder / entry.source).is_file():
        yield Finding("RK603", place, f"there is no file {entry.source} that it was made from")
    if entry.kind == "documented" and not entry.source.startswith("https://"):
        yield Finding("RK603", place, "a documented sample names its https address")
    if entry.alerts is not None and not name.startswith("match"):
        yield Finding("RK603", place, "only files that match count alerts")
    if entry.site is not None and not (folder / entry.site).is_file():
        yield Finding("RK608", place, f"there is no site file {entry.site}")
    elif entry.site is not None:
        try:
            load_site(folder / entry.site)
        except RekeyError as error:
            yield Finding("RK608", error.place or place, error.message)


def _expects(
    rule: RuleFile, entry: Provenance, context: Context, file: Path, locate: Locate, name: str
) -> Iterator[Finding]:
    for index, path in enumerate(entry.expects):
        place = Place(file, locate((name, "expects", index)))
        if path not in context.rules:
            yield Finding("RK606", place, f"there is no rule {path!r}")
        elif path == rule.path:
            yield Finding("RK606", place, "the rule itself is not one of the others")


def _near_miss(
    rule: RuleFile,
    name: str,
    entry: Provenance,
    lines: dict[str, list[Line]],
    place: Place,
) -> Iterator[Finding]:
    if not entry.differs_in:
        yield Finding("RK605", place, f"{name} does not say in which field it differs")
        return
    if entry.of not in lines or name not in lines:
        if entry.of not in lines:
            yield Finding("RK605", place, f"{entry.of}, from which it differs, cannot be read")
        return
    # Fresh ids and times are no difference in substance.
    free = {field for source in rule.sources for field in (*source.key, source.time)}
    undeclared, unused = differences(lines[name], lines[entry.of], set(entry.differs_in), free)
    for number, path in undeclared:
        yield Finding(
            "RK605", place, f"line {number} of {name} also differs from {entry.of} in {path}"
        )
    for path in sorted(unused):
        yield Finding("RK605", place, f"no line of {name} differs from {entry.of} in {path}")
