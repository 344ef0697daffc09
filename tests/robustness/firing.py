"""Records that fire a shipped rule each, numbered, and a replay that says which of them fired."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from rekey.baselines import Baselines
from rekey.loading import load
from rekey.pack import shipped_pack
from rekey.replay import Replay

Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """Where a firing record comes from: a rule's fixture, and what to number in it."""

    rule: str
    line: int
    actor: str
    id: tuple[str, ...]


KINDS = {
    "aws_cloudtrail": Kind("aws/logging_switched_off_by_workload", 0, "exporter", ("eventID",)),
    "kubernetes_audit": Kind(
        "kubernetes/cluster_admin_granted_by_a_service_account",
        0,
        "system:serviceaccount:shop:checkout",
        ("auditID",),
    ),
    "vault_audit": Kind(
        "vault/audit_device_disabled",
        1,
        "7a4678c8-0f84-9808-b0d1-bd854cde94ff",
        ("request", "id"),
    ),
    "github_audit": Kind(
        "github/secret_leaked_publicly", 0, "github-advanced-security[bot]", ("_document_id",)
    ),
}
NUMBER = re.compile(r"\.n(\d+)n")


@cache
def _line(kind: Kind) -> str:
    file = shipped_pack().fixture_folder(kind.rule) / "match.ndjson"
    return file.read_text("utf-8").splitlines()[kind.line]


def firing(source: str, number: int) -> Record:
    """Give a record by an actor of its own, whose name holds the number."""
    kind = KINDS[source]
    assert f'"{kind.actor}"' in _line(kind), "the fixture has another actor now"
    text = _line(kind).replace(f'"{kind.actor}"', f'"{kind.actor}.n{number}n"')
    text = text.replace(f"/{kind.actor}", f"/{kind.actor}.n{number}n")
    record: Record = orjson.loads(text)
    *above, last = kind.id
    holder = record
    for key in above:
        holder = holder[key]
    holder[last] = f"id-{number}"
    return record


@dataclass(frozen=True)
class Found:
    """What one replay found, by part.

    Attributes:
        fired: numbers of the records that fired their rule.
        events: records that count.
        told: what was set aside.
    """

    fired: Mapping[int, set[int]]
    events: Mapping[int, int]
    told: Mapping[int, int]
    reasons: Mapping[str, int]


def run(inputs: Mapping[int, Sequence[Path]], workdir: Path, **options: Any) -> Found:
    """Replay many inputs at once, each a part of its own."""
    loaded = load([shipped_pack()], None, [kind.rule for kind in KINDS.values()])
    fired: defaultdict[int, set[int]] = defaultdict(set)
    told: Counter[int] = Counter()
    with Replay(loaded.rules, loaded.site, workdir, **options) as replay:
        for part, paths in inputs.items():
            replay.read([str(path) for path in paths], part=part)
        replay.load()
        baselines = Baselines()
        baselines.open(replay.store.db)
        matches, _ = replay.matches(baselines)
        for match in matches:
            for key in match.keys:
                fired[match.part] |= {int(n) for n in NUMBER.findall(key or "")}
        for part, paths in inputs.items():
            told[part] = sum(replay.log.count_of(str(path)) for path in paths)
        reasons = {reason.value: n for reason, n in replay.log.counts.items()}
        return Found(fired, replay.store.records_by_part(), told, reasons)
