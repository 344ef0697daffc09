"""Two clusters in one run: identities of one name in both are two identities."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from rekey.cli.run_options import RunOptions, opened
from rekey.converters.duckdb.hits import within_context
from rekey.fixtures.repeats import expand
from rekey.outcome import Outcome
from rekey.pack import shipped_pack
from tests.made_rules import AWS, KUBERNETES, base, correlation, made

Record = dict[str, Any]

COUNTS = "kubernetes/secrets_read_in_breadth"
LEARNS = "kubernetes/act_new_to_a_known_workload"


def records(rule: str) -> list[Record]:
    """The records of a rule's match, in order of time."""
    file = shipped_pack().fixture_folder(rule) / "match.ndjson"
    found: list[Record] = [orjson.loads(line) for line in expand(file)]
    return sorted(found, key=lambda record: str(record["requestReceivedTimestamp"]))


def replayed(
    folder: Path,
    rule: str,
    cluster_of: Callable[[int], str],
    which: Sequence[Record],
    **options: Any,
) -> Outcome:
    """Replay records of clusters, as Logs Insights exports them; records go by their number."""
    lines = [
        {"@message": orjson.dumps(record).decode(), "@log": f"1:/aws/eks/{cluster_of(n)}/cluster"}
        for n, record in enumerate(which)
    ]
    logs = folder / "logs.ndjson"
    logs.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    with opened(RunOptions((str(logs),), rules=(rule,), **options)) as run:
        return run.evaluate()


@pytest.mark.parametrize("rule", [COUNTS, LEARNS])
def test_in_one_cluster_it_fires(rule: str, tmp_path: Path) -> None:
    outcome = replayed(tmp_path, rule, lambda n: "one", records(rule))
    assert [alert.actor.id.partition("/")[0] for alert in outcome.alerts if alert.actor.id] == [
        "one"
    ]


def test_what_is_spread_over_two_clusters_is_not_counted_together(tmp_path: Path) -> None:
    outcome = replayed(tmp_path, COUNTS, lambda n: ("one", "two")[n % 2], records(COUNTS))
    assert outcome.alerts == ()


def test_what_one_cluster_learned_says_nothing_of_the_other(tmp_path: Path) -> None:
    own = records(LEARNS)
    last = len(own) - 1
    outcome = replayed(tmp_path, LEARNS, lambda n: "two" if n == last else "one", own)
    assert outcome.alerts == ()
    learning = {identity.partition("/")[0] for _, identity in outcome.learning}
    assert ("two" in learning, {i.partition("/")[0] for _, i in outcome.mature}) == (True, {"one"})


@pytest.mark.parametrize(("cluster", "fires"), [("one", True), ("two", False)])
def test_nor_from_one_run_to_the_next(cluster: str, fires: bool, tmp_path: Path) -> None:
    own, state = records(LEARNS), tmp_path / "learned"
    assert not replayed(tmp_path, LEARNS, lambda n: "one", own[:-1], state=state).alerts
    outcome = replayed(tmp_path, LEARNS, lambda n: cluster, own[-1:], state=state)
    assert bool(outcome.alerts) is fires


def test_rules_over_several_sources_do_without_the_cluster() -> None:
    """Else what a cluster and its cloud say of one identity would never meet."""
    bases = [base("cloud", {"eventName": "x"}, AWS), base("cluster", {"verb": "x"}, KUBERNETES)]
    both = {"who": {"cloud": "userIdentity.arn", "cluster": "user.username"}}
    rule = made(*bases, correlation("temporal", ["cloud", "cluster"], ["who"], "1h", aliases=both))
    assert within_context(rule, "key") == "key"
    alone = made(bases[1], correlation("event_count", ["cluster"], ["user.username"], "1h",
                                       condition={"gte": 2}))  # fmt: skip
    assert within_context(alone, "key") != "key"
