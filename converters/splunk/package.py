"""Everything that ``rekey build splunk`` writes: the app, and what it leaves out or says otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from rekey import __version__
from rekey.converters.rule import Rule
from rekey.converters.splunk.app import FOLDER, app
from rekey.converters.splunk.archive import archive
from rekey.converters.splunk.compiled import compile_rules
from rekey.converters.splunk.exclusions import read_exclusions
from rekey.converters.splunk.stanzas import Options
from rekey.converters.version_lock import Versions
from rekey.errors import Place, RekeyError
from rekey.site import Site

LOCK: Final = Path(__file__).parent / "versions.json"
"""Sigma id → version and digest of what was compiled for a site that says nothing."""


@dataclass(frozen=True)
class Package:
    """The app and its reports.

    Attributes:
        files: the app's files, path within the app → content.
        digests: Sigma id → digest of what the rule says.
        paths: Sigma id → rule path.
        unsupported: rule path → why Splunk cannot say it.
        differences: rule path → where the search says less than the original.
        searches: how many saved searches there are.
    """

    files: dict[str, bytes]
    digests: dict[str, str]
    paths: dict[str, str]
    unsupported: dict[str, str]
    differences: dict[str, tuple[str, ...]]
    searches: int


def build(
    rules: Iterable[Rule],
    site: Site,
    filters: Sequence[dict[str, Any]],
    options: Options,
    versions: Versions,
) -> Package:
    """Compile rules into an app.

    Args:
        rules: the rules, without the site's exclusions in them.
        site: networks and identities.
        filters: the site's exclusions as Sigma filters.
        options: what the user chose.
        versions: the lock file.
    """
    compiled = compile_rules(rules, read_exclusions(filters))
    return Package(
        files=app(compiled, site, options, versions),
        digests={each.rule.id: each.digest for each in compiled.rules},
        paths={each.rule.id: each.rule.path for each in compiled.rules},
        unsupported=compiled.unsupported,
        differences={e.rule.path: e.differences for e in compiled.rules if e.differences},
        searches=sum(len(each.searches) for each in compiled.rules),
    )


def write(package: Package, out: Path) -> list[Path]:
    """Write the app and the reports into a folder; give what was written.

    Raises:
        RekeyError: it cannot be written.
    """
    contents = {
        f"{FOLDER}-{__version__}.tgz": archive(package.files, FOLDER),
        "unsupported.json": _json(package.unsupported),
        "differences.json": _json(package.differences),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (out / name).write_bytes(content)
    except OSError as error:
        reason = error.strerror or "cannot be written"
        raise RekeyError(reason, place=Place(str(error.filename or out))) from error
    return [out / name for name in contents]


def _json(content: object) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
