"""Writing a new rule into a pack."""

import re
from datetime import date
from pathlib import Path

import orjson
import yaml

from rekey.errors import Place, RekeyError
from rekey.fixtures.provenance import NAME
from rekey.pack import Pack, shipped_pack
from rekey.scaffold.fixture_files import fixture_files
from rekey.scaffold.rule_text import rule_text
from rekey.scaffold.sample import Sample, named, sample_of


def new_rule(pack: Pack, path: str, kind: str, today: date) -> list[Path]:
    """Write rule, fixtures and provenance; the folders are made where they are missing.

    Args:
        pack: where to write.
        path: ``<product>/<rule>``.
        kind: one of :data:`rekey.scaffold.sample.KINDS`.
        today: the rule's date.

    Returns:
        The files written, the rule first.

    Raises:
        RekeyError: the path is no rule's path or is taken, or the folder cannot be written.
    """
    match = re.fullmatch(r"([a-z]+)/([a-z][a-z0-9_]*)", path)
    if match is None:
        raise RekeyError(
            f"{path!r} is no path of a rule",
            hint="Write <product>/<rule>, such as aws/key_used_at_night: lower case, underscores.",
        )
    sample = named(sample_of(match[1]), match[2])
    rule = pack.rules / f"{path}.yml"
    folder = pack.fixture_folder(path)
    for taken in (rule, folder):
        if taken.exists():
            raise RekeyError("exists already", place=Place(taken), hint="Take another name.")
    if path in shipped_pack().rule_files():
        raise RekeyError(
            f"{path} is a rule that rekey ships",
            hint="Take another name: a rule's path is its identity.",
        )
    try:
        rule.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True)
        rule.write_text(rule_text(match[2], kind, sample, today), "utf-8")
        return [rule, *_write_fixtures(folder, kind, sample)]
    except OSError as error:
        raise RekeyError(error.strerror or "cannot be written", place=Place(rule)) from error


def _write_fixtures(folder: Path, kind: str, sample: Sample) -> list[Path]:
    files = fixture_files(kind, sample)
    told = {}
    for file in files:
        text = b"".join(orjson.dumps(line) + b"\n" for line in file.lines)
        (folder / file.name).write_bytes(text)
        told[file.name] = file.provenance.model_dump(exclude_defaults=True, mode="json")
    provenance = folder / NAME
    provenance.write_text(yaml.safe_dump(told, sort_keys=False, width=200), "utf-8")
    return [*(folder / file.name for file in files), provenance]
