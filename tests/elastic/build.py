"""What ``rekey build elastic`` writes, as a user gets it: read back from its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rekey.cli.main import run

Schema = Literal["ecs", "raw"]


@dataclass(frozen=True)
class Declared:
    """A difference that the compiler declares for a rule."""

    kind: str
    detail: str


@dataclass(frozen=True)
class Build:
    """One run of the command.

    Attributes:
        rules: Kibana's rules by ``rule_id``.
        differences: declared differences by rule path.
        unsupported: reasons by rule path.
        folder: where all this was written.
    """

    rules: Mapping[str, Mapping[str, Any]]
    differences: Mapping[str, tuple[Declared, ...]]
    unsupported: Mapping[str, str]
    folder: Path


def build(folder: Path, schema: Schema, site: Path | None) -> Build:
    """Run the command into a folder."""
    command = ["build", "elastic", "--schema", schema, "--out", str(folder)]
    assert run(command + (["--site", str(site)] if site else [])) == 0
    lines = (folder / "rules.ndjson").read_text().splitlines()
    documents = [json.loads(line) for line in lines]
    differences = json.loads((folder / "differences.json").read_bytes())
    return Build(
        {document["rule_id"]: document for document in documents if "rule_id" in document},
        {path: _declared(entry) for path, entry in differences.items()},
        json.loads((folder / "unsupported.json").read_bytes()),
        folder,
    )


def _declared(entry: Mapping[str, Any]) -> tuple[Declared, ...]:
    return tuple(Declared(d["kind"], d["detail"]) for d in entry["differences"])
