"""Who owns an identity: CSV, Backstage catalogue, CODEOWNERS, and the site file.

All are files that people keep anyway. The first source that knows an identity answers, in the
order in which the files were named; nobody knowing is told as "unknown owner".
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rekey.case import Owner
from rekey.errors import Place, RekeyError
from rekey.site import Site
from rekey.site.model import glob
from rekey.yaml_file import read_yaml_documents

_MAX_BYTES: Final = 16_000_000


@dataclass(frozen=True)
class OwnerEntry:
    """One line of an owner file: a pattern of actor ids or repositories, and the owner."""

    pattern: re.Pattern[str]
    owner: Owner

    def matches(self, names: Iterable[str]) -> bool:
        """Say whether any of an identity's names fits."""
        return any(self.pattern.fullmatch(name) for name in names)


class Owners:
    """Answers who owns an identity."""

    def __init__(self, entries: Sequence[OwnerEntry], site: Site) -> None:
        self._entries = entries
        self._site = site

    def of(self, actor_id: str | None, names: Iterable[str] = ()) -> Owner | None:
        """Find the owner of an actor.

        Args:
            actor_id: canonical id.
            names: further names, such as the repository that a workflow belongs to.
        """
        if actor_id is None:
            return None
        known = self._site.identity(actor_id)
        if known and known.owner:
            return Owner(owner=known.owner, team=known.team, tier=known.tier, source="site file")
        wanted = (actor_id, *names)
        return next((entry.owner for entry in self._entries if entry.matches(wanted)), None)


def load_owners(files: Sequence[Path], site: Site) -> Owners:
    """Read owner files; the kind is told by the name.

    Raises:
        RekeyError: a file is unreadable or of no kind that we know.
    """
    entries: list[OwnerEntry] = []
    for file in files:
        reader = _reader(file)
        entries += reader(file)
    return Owners(entries, site)


def _reader(file: Path) -> Callable[[Path], list[OwnerEntry]]:
    if file.suffix == ".csv":
        return _csv
    if file.suffix in (".yaml", ".yml"):
        return _backstage
    if file.name == "CODEOWNERS":
        return _codeowners
    raise RekeyError(
        "is no owner file",
        place=Place(file),
        hint="Known are *.csv (identity,owner,…), Backstage *.yaml, and CODEOWNERS.",
    )


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise RekeyError(f"is larger than {_MAX_BYTES:,} bytes", place=Place(file))
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RekeyError(
            "is not UTF-8 text", place=Place(file), hint="Save it as UTF-8."
        ) from error
    except OSError as error:
        raise RekeyError(f"cannot be read: {error}", place=Place(file)) from error


def _csv(file: Path) -> list[OwnerEntry]:
    """Columns by heading: ``identity`` (a glob) and ``owner``; team, system, tier, contact."""
    table = csv.DictReader(io.StringIO(_text(file), newline=""))
    try:
        rows = [(table.line_num, row) for row in table]
    except csv.Error as error:
        raise RekeyError(f"cannot be read: {error}", place=Place(file, table.line_num)) from error
    missing = {"identity", "owner"} - set(table.fieldnames or ())
    if missing:
        raise RekeyError(
            f"lacks the column {min(missing)}",
            place=Place(file, 1),
            hint="The first line names the columns: identity,owner,team,system,tier,contact",
        )
    return [
        OwnerEntry(
            glob(row["identity"].strip()),
            Owner(
                owner=row["owner"].strip(), team=_some(row.get("team")),
                system=_some(row.get("system")), tier=_some(row.get("tier")),
                contact=_some(row.get("contact")), source=f"{file.name}:{line}",
            ),
        )
        for line, row in rows
        if row["identity"] and row["owner"]
    ]  # fmt: skip


def _some(value: str | None) -> str | None:
    return (value or "").strip() or None


ANNOTATIONS: Final = (
    "github.com/project-slug", "rekey.dev/identity", "backstage.io/kubernetes-id",
    "amazonaws.com/iam-role-arn",
)  # fmt: skip
"""Annotations of a catalogue entity that name an identity or a repository."""


def _backstage(file: Path) -> list[OwnerEntry]:
    """Entities with ``spec.owner``; identities are named by annotations."""
    entries = []
    for data, locate in read_yaml_documents(file):
        if not isinstance(data, dict) or not isinstance(data.get("spec"), dict):
            continue
        spec: dict[str, Any] = data["spec"]
        metadata = _mapping(data.get("metadata"))
        if not isinstance(spec.get("owner"), str):
            continue
        owner = Owner(
            owner=spec["owner"].split("/")[-1].removeprefix("group:"), team=spec["owner"],
            system=_word(spec.get("system")), tier=_word(_mapping(metadata.get("labels")).get("tier")),
            source=f"{file.name}:{locate(('spec', 'owner'))}",
        )  # fmt: skip
        annotations = _mapping(metadata.get("annotations"))
        names = [annotations[key] for key in ANNOTATIONS if isinstance(annotations.get(key), str)]
        for name in (part.strip() for text in names for part in text.split(",")):
            entries.append(OwnerEntry(glob(name), owner))
            if "/" in name and not name.startswith("arn:"):
                entries.append(OwnerEntry(glob(f"*repo:{name}:*"), owner))
    return entries


def _mapping(value: object) -> dict[str, Any]:
    """Catalogues hold what people write; what has another shape says nothing."""
    return value if isinstance(value, dict) else {}


def _word(value: object) -> str | None:
    """YAML reads ``tier: 1`` as a number."""
    return str(value) if isinstance(value, str | int) and value != "" else None


def _codeowners(file: Path) -> list[OwnerEntry]:
    """The owners of ``*`` own the repository; its name comes from a first line ``# repo: o/n``."""
    repository, default, line_of = None, None, 0
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if match := re.fullmatch(r"#\s*repo:\s*(\S+/\S+)\s*", line):
            repository = match[1]
        fields = line.split("#")[0].split()
        if len(fields) > 1 and fields[0] in ("*", "/"):
            default, line_of = " ".join(fields[1:]), number
    if repository is None:
        raise RekeyError(
            "does not say whose it is",
            place=Place(file, 1),
            hint="Add a first line such as '# repo: example-org/payments'.",
        )
    if default is None:
        return []
    owner = Owner(owner=default, source=f"{file.name}:{line_of}")
    patterns = (repository, f"*repo:{repository}:*", f"*repo:{repository}")
    return [OwnerEntry(glob(pattern), owner) for pattern in patterns]
