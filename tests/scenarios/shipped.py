"""The shipped scenarios as plain records.

A reader of their own, so that the product's is not tested with itself.
"""

import gzip
import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
import zstandard

SCENARIOS = Path(__file__).parents[2] / "fixtures" / "scenarios"
NAMES = ("ci_token_theft", "quiet")

Record = dict[str, Any]


def content(path: Path) -> bytes:
    """Give a file's content, unpacked."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(data)
    if path.suffix == ".zst":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data)).read()
    return data


@cache
def records(folder: Path) -> dict[str, list[Record]]:
    """Read a folder of logs; source → records."""
    found: dict[str, list[Record]] = {
        "aws_cloudtrail": [],
        "kubernetes_audit": [],
        "vault_audit": [],
        "github_audit": [],
    }
    for path in sorted((folder / "aws").rglob("*.json.gz")):
        found["aws_cloudtrail"] += json.loads(content(path))["Records"]
    for path in sorted((folder / "kubernetes").iterdir()):
        found["kubernetes_audit"] += list(_audit(content(path)))
    for line in content(folder / "vault" / "audit.log.gz").splitlines():
        found["vault_audit"].append(json.loads(line))
    found["github_audit"] = json.loads(content(folder / "github" / "audit.json.gz"))
    return found


def _audit(data: bytes) -> Iterator[Record]:
    for line in data.splitlines():
        batch = json.loads(line)
        cluster = batch["logGroup"].split("/")[3]
        for event in batch["logEvents"]:
            yield {**json.loads(event["message"]), "cluster": cluster}


def described(name: str) -> Record:
    """Read a scenario's description."""
    loaded: Record = yaml.safe_load((SCENARIOS / name / "scenario.yml").read_text())
    return loaded


def history(name: str) -> dict[str, list[Record]]:
    """Read the weeks before a scenario."""
    return records((SCENARIOS / name / described(name)["history"]["path"]).resolve())


def window(name: str) -> dict[str, list[Record]]:
    """Read a scenario's own days."""
    return records((SCENARIOS / name / described(name)["window"]["path"]).resolve())


@cache
def truth() -> list[dict[str, Any]]:
    """Read the ground truth of the incident."""
    lines = content(SCENARIOS / "ci_token_theft" / "truth.ndjson.gz").splitlines()
    return [json.loads(line) for line in lines]
