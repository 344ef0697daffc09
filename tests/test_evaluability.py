"""What logs cannot tell is said: wholly, for some clusters, or for one alternative of a rule."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from rekey.converters.rule import Rule
from rekey.converters.ruleset import RuleSet
from rekey.errors import RekeyError
from rekey.evaluability import Verdict, evaluability
from rekey.replay import Replay
from rekey.site import Site
from tests.made_rules import KUBERNETES, VAULT, base, correlation, made, single
from tests.sources.samples import github, kubernetes

Record = dict[str, Any]

BINDING = {"objectRef.resource": "rolebindings", "verb": "create"}
ADMIN = single(
    "admin", {**BINDING, "requestObject.roleRef.name": "cluster-admin"}, KUBERNETES
)  # fmt: skip
EITHER = single(
    "either",
    {
        "granted": {**BINDING, "requestObject.roleRef.name": "cluster-admin"},
        "entered": {"objectRef.subresource": "exec"},
        "condition": "1 of *",
    },
    KUBERNETES,
)
SETTING = "no event that it looks at carries requestObject: only at audit level Request or RequestResponse;"


def binding(number: int = 1, role: str | None = None) -> Record:
    body = {"requestObject": {"roleRef": {"name": role}}} if role else {}
    ref = {"resource": "rolebindings", "namespace": "web", "name": "b"}
    return kubernetes(number, verb="create", objectRef=ref, **body)


def verdict(document: Record, records: Sequence[Record], folder: Path) -> Verdict:
    return judged(made(document), records, folder)


def judged(rule: Rule, records: Sequence[Record], folder: Path) -> Verdict:
    (folder / "log").write_bytes(b"\n".join(map(orjson.dumps, records)) + b"\n")
    work = folder / "work"
    work.mkdir()
    with Replay(RuleSet((rule,)), Site(), work) as replay:
        replay.read([str(folder / "log")])
        replay.load()
        return evaluability(rule, replay.store, Site())


def test_a_rule_that_names_what_no_record_has_is_refused_though_its_source_is_absent(
    tmp_path: Path,
) -> None:
    asks_origin = made(single("origin", {"origin.scope": "external"}, KUBERNETES))
    wrong = made(single("wrong", {"request.nonesuch": "x"}, VAULT), path="test/wrong")
    with (
        pytest.raises(RekeyError, match=r"names the field request\.nonesuch"),
        Replay(RuleSet((asks_origin, wrong)), Site(), tmp_path),
    ):
        pass


def test_a_rule_that_asks_what_no_engine_but_one_can_is_refused_with_its_file(
    tmp_path: Path,
) -> None:
    wrong = made(single("wrong", {"request.path|re": "x"}, VAULT), path="test/wrong")
    with (
        pytest.raises(RekeyError, match=r"wrong.*request.path is compared in a way"),
        Replay(RuleSet((wrong,)), Site(), tmp_path) as replay,
    ):
        assert replay.store.plans["vault_audit"]


def on_eks(cluster: str, record: Record) -> Record:
    message = orjson.dumps(record).decode()
    return {
        "messageType": "DATA_MESSAGE", "logGroup": f"/aws/eks/{cluster}/cluster",
        "logEvents": [{"id": "1", "timestamp": 1, "message": message}],
    }  # fmt: skip


def test_an_act_without_the_part_that_counts_leaves_a_rule_undecided(tmp_path: Path) -> None:
    found = verdict(ADMIN, [binding(), kubernetes(2)], tmp_path)
    assert found.undecidable is not None
    assert found.undecidable.startswith(SETTING)


def test_one_act_that_has_it_will_do(tmp_path: Path) -> None:
    assert verdict(ADMIN, [binding(), binding(2, "view")], tmp_path) == Verdict()


def test_where_nothing_was_done_nothing_is_missing(tmp_path: Path) -> None:
    assert verdict(ADMIN, [kubernetes()], tmp_path) == Verdict()


def test_an_alternative_that_cannot_be_seen_is_a_gap(tmp_path: Path) -> None:
    found = verdict(EITHER, [binding(), kubernetes(2)], tmp_path)
    assert found.undecidable is None
    (gap,) = found.gaps
    assert gap.startswith(SETTING)


def test_an_act_of_another_alternative_says_nothing(tmp_path: Path) -> None:
    entered = kubernetes(verb="create", objectRef={"resource": "pods", "subresource": "exec"})
    assert verdict(EITHER, [entered], tmp_path) == Verdict()


def test_each_cluster_is_judged_by_itself(tmp_path: Path) -> None:
    records = [on_eks("blind", binding()), on_eks("seeing", binding(2, "view")),
               on_eks("idle", kubernetes(3))]  # fmt: skip
    found = verdict(ADMIN, records, tmp_path)
    assert found.undecidable is None
    (gap,) = found.gaps
    assert gap.startswith(f"blind: {SETTING}")


def test_clusters_are_judged_by_plain_fields_too(tmp_path: Path) -> None:
    bound = "user.extra.authentication.kubernetes.io/pod-uid"
    rule = single("bound", {"verb": "list", f"{bound}|startswith": "4"}, KUBERNETES)
    user = {"username": "system:serviceaccount:a:b",
            "extra": {"authentication.kubernetes.io/pod-uid": ["4f"]}}  # fmt: skip
    records = [on_eks(f"old-{n}", kubernetes(n)) for n in range(5)]
    records += [on_eks("new", kubernetes(9, user=user))]
    found = verdict(rule, records, tmp_path)
    (gap,) = found.gaps
    assert gap.startswith(f"old-0, old-1, old-2 and 2 more: no event carries {bound}: ")


def test_what_a_source_never_logs(tmp_path: Path) -> None:
    rule = single("old", {"action": "hook.create", "credential.age_hours|gt": 24})
    found = verdict(rule, [github()], tmp_path)
    assert found.undecidable is not None
    assert "never logs credential.age_hours" in found.undecidable


def test_a_sequence_needs_all_its_sources_and_a_count_any(tmp_path: Path) -> None:
    bases = [base("a", {"action": "hook.create"}), base("b", {"verb": "list"}, KUBERNETES)]
    aliases = {"who": {"a": "actor", "b": "user.username"}}
    kinds = {
        kind: made(*bases, correlation(kind, ["a", "b"], ["who"], "1h", aliases=aliases, **more))
        for kind, more in (
            ("temporal", {}),
            ("event_count", {"condition": {"gte": 2}}),
        )
    }
    for kind in kinds:
        (tmp_path / kind).mkdir()
    absent = "no Kubernetes audit log in the input"
    logs = [github()]
    assert judged(kinds["temporal"], logs, tmp_path / "temporal") == Verdict(absent)
    counted = judged(kinds["event_count"], logs, tmp_path / "event_count")
    assert counted == Verdict(None, (absent,))
