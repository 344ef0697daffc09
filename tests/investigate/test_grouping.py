"""What joins alerts into one case, and what must not."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rekey.enrichers.lineage import Edge, Lineage
from rekey.event import ActorKind, WorkloadEvent
from rekey.grouping import CROWD, Group, group
from rekey.involved import FAN_OUT, Involved, Tie, involve
from rekey.site import Identity, Site
from tests.investigate.alerts import alert, at, event


class Known(Lineage):
    """A lineage that is given instead of read from a store."""

    def __init__(self, *edges: Edge, fan_out: int = 1) -> None:
        self._edges = {edge.child: edge for edge in edges}
        self._every = fan_out

    def parent(self, child: str) -> Edge | None:
        return self._edges.get(child)

    def fan_out(self, credential: str) -> int:
        return self._every


def edge(child: str, parent: str | None, link: str = "proven") -> Edge:
    return Edge(child, parent, at(0), "aws_cloudtrail", 1, link, "told")  # type: ignore[arg-type]


def cases(
    *pairs: tuple[str, float, Sequence[WorkloadEvent]],
    lineage: Lineage | None = None,
    site: Site | None = None,
    rule: str | None = None,
) -> list[list[str]]:
    """Join alerts, each given by name, hour and events; give the names by group.

    Each is of a rule of its own, unless one is given.
    """
    found = [
        involve(alert(name, hours, rule=rule), events, lineage or Known(), site or Site())
        for name, hours, events in pairs
    ]
    return [[item.alert.id for item in each.items] for each in group(found)]


def test_one_actor_is_one_case_within_a_day() -> None:
    assert cases(("a", 0, [event()]), ("b", 24, [event()])) == [["a", "b"]]
    assert cases(("a", 0, [event()]), ("b", 24.1, [event()])) == [["a"], ["b"]]


def test_alerts_in_between_join_those_that_are_far_apart() -> None:
    days = [("a", 0, [event()]), ("b", 20, [event()]), ("c", 40, [event()])]
    assert cases(*days) == [["a", "b", "c"]]


def test_unrelated_abuses_at_the_same_time_stay_apart() -> None:
    one, other = event(actor="role-a", credential="K1"), event(actor="role-b", credential="K2")
    assert cases(("a", 0, [one]), ("b", 0, [other])) == [["a"], ["b"]]


def test_a_credential_joins_whoever_it_acts_as() -> None:
    one, other = event(actor="role-a", credential="K"), event(actor="user-b", credential="K")
    assert cases(("a", 0, [one]), ("b", 1, [other])) == [["a", "b"]]


def test_what_was_issued_joins_with_its_use() -> None:
    mint = event(actor="role-a", credential="K", minted="L")
    assert cases(("a", 0, [mint]), ("b", 3, [event(actor="b", credential="L")])) == [["a", "b"]]


@pytest.mark.parametrize(
    ("link", "joined"), [("proven", True), ("derived", True), ("ambiguous", False)]
)
def test_only_a_sure_lineage_joins(link: str, joined: bool) -> None:
    known = Known(edge("L", "K", link))
    found = cases(
        ("a", 0, [event(actor="a", credential="K")]),
        ("b", 1, [event(actor="b", credential="L")]),
        lineage=known,
    )
    assert (found == [["a", "b"]]) is joined


def sisters(fan_out: int, *more: tuple[str, float, Sequence[WorkloadEvent]]) -> list[list[str]]:
    known = Known(edge("L1", "P"), edge("L2", "P"), fan_out=fan_out)
    return cases(
        ("a", 0, [event(actor="a", credential="L1")]),
        ("b", 1, [event(actor="b", credential="L2")]),
        *more,
        lineage=known,
    )


def test_sisters_join_unless_their_parent_issues_for_everybody() -> None:
    assert sisters(FAN_OUT) == [["a", "b"]]
    assert sisters(FAN_OUT + 1) == [["a"], ["b"]]


def test_a_parent_that_raised_an_alert_itself_joins_all_it_issued() -> None:
    parent = ("p", 0.5, [event(actor="p", credential="P")])
    assert sisters(FAN_OUT + 1, parent) == [["a", "p", "b"]]


def test_a_shared_identity_does_not_join() -> None:
    site = Site(identities=(Identity(match="role-*", shared=True),))
    assert cases(("a", 0, [event()]), ("b", 1, [event()]), site=site) == [["a"], ["b"]]


@pytest.mark.parametrize(
    "nobody",
    [
        event(actor=None),
        event(actor="prod/system:anonymous", kind=ActorKind.UNKNOWN),
        event(actor="ec2.amazonaws.com", kind=ActorKind.PROVIDER),
    ],
)
def test_nobody_in_particular_does_not_join(nobody: WorkloadEvent) -> None:
    assert cases(("a", 0, [nobody]), ("b", 1, [nobody])) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("scope", "rule", "found"),
    [
        ("external", "kubernetes/r", [["a", "b"]]),
        ("internal", "kubernetes/r", [["a"], ["b"]]),
        ("external", None, [["a"], ["b"]]),
    ],
)
def test_what_one_rule_finds_from_one_network_outside_is_one_case(
    scope: str, rule: str | None, found: list[list[str]]
) -> None:
    one, other = (event(actor=name, credential=name, scope=scope) for name in ("x", "y"))
    assert cases(("a", 0, [one]), ("b", 1, [other]), rule=rule) == found


def test_callers_without_a_name_join_by_network_only() -> None:
    here, there = (
        event(actor="prod/system:anonymous", credential=None, network=network)
        for network in ("X", "Y")
    )
    assert cases(("a", 0, [here]), ("b", 1, [here]), ("c", 2, [there])) == [["a", "b"], ["c"]]


def test_a_noisy_identity_that_many_use_joins_by_network_only() -> None:
    """Two thieves and a crowd all act through one role; only who shares a network is joined."""
    crowd = [
        (f"c{n}", n / 10, [event(actor="ci", credential=f"K{n}", network=f"N{n}")])
        for n in range(CROWD)
    ]
    thieves = [
        ("t1", 0, [event(actor="ci", credential="T1", network="X")]),
        ("t2", 1, [event(actor="ci", credential="T2", network="X")]),
        ("u1", 0, [event(actor="ci", credential="U1", network="Y")]),
    ]
    found = cases(*crowd, *thieves)
    assert ["t1", "t2"] in found
    assert len(found) == CROWD + 2
    few = cases(*crowd[:2], *thieves)
    assert len(few) == 1


EXEC = event(
    source="kubernetes_audit", actor="prod/alice", credential="X", action="get pods/exec",
    target="payments/pods/api-1", cluster="prod",
)  # fmt: skip
TOKEN = event(
    source="kubernetes_audit", actor="prod/system:serviceaccount:payments:api", credential="JTI=1",
    bound="api-1", cluster="prod", action="list secrets",
)  # fmt: skip


def test_a_pods_token_is_followed_through_cloud_and_vault_by_its_network() -> None:
    account = "system:serviceaccount:billing:invoice"
    lineage = Known(edge("ASIA1", f"oidc:{account}"))

    def alerts(*networks: str) -> list[list[str]]:
        first, second, third = networks
        cluster = event(
            source="kubernetes_audit", actor=account, subject=account, credential="J", network=first
        )
        cloud = event(actor="role-a", credential="ASIA1", network=second)
        vault = event(
            source="vault_audit", actor="entity", subject=account, credential="T", network=third
        )
        return cases(("a", 0, [cluster]), ("b", 1, [cloud]), ("c", 2, [vault]), lineage=lineage)

    outside, inside = "198.51.100.0/24", "10.0.0.0/24"
    assert alerts(outside, outside, outside) == [["a", "b", "c"]]
    assert alerts(outside, outside, inside) == [["a", "b"], ["c"]]


def test_another_service_account_from_the_same_network_does_not_join() -> None:
    one, other = (
        event(source="vault_audit", actor=name, credential=name, network="198.51.100.0/24",
              subject=f"system:serviceaccount:billing:{name}")
        for name in ("invoice", "ledger")
    )  # fmt: skip
    assert cases(("a", 0, [one]), ("b", 1, [other])) == [["a"], ["b"]]


def test_entering_a_pod_joins_with_the_use_of_its_token() -> None:
    assert cases(("entry", 0, [EXEC]), ("use", 2, [TOKEN])) == [["entry", "use"]]


def test_another_pod_namespace_or_cluster_does_not_join() -> None:
    account = "prod/system:serviceaccount:{}:api"
    for actor, bound, cluster in (
        (account.format("payments"), "api-2", "prod"),
        (account.format("billing"), "api-1", "prod"),
        (account.format("payments"), "api-1", "test"),
    ):
        other = event(
            source="kubernetes_audit", actor=actor, credential="JTI=2", bound=bound, cluster=cluster
        )
        assert cases(("entry", 0, [EXEC]), ("use", 2, [other])) == [["entry"], ["use"]]


def test_two_who_entered_the_same_pod_are_not_one() -> None:
    bob = event(
        source="kubernetes_audit", actor="prod/bob", credential="Y", action="get pods/exec",
        target="payments/pods/api-1", cluster="prod",
    )  # fmt: skip
    assert cases(("a", 0, [EXEC]), ("b", 1, [bob])) == [["a"], ["b"]]


def github(action: str, actor: str = "bot", repository: str = "o/r") -> WorkloadEvent:
    return event(
        source="github_audit", actor=actor, credential=actor, action=action,
        subject=f"repo:{repository}", target=repository,
    )  # fmt: skip


WORKFLOW = event(actor="subject", credential="oidc:repo:o/r:ref:refs/heads/x", minted="ASIA1")


def test_who_wrote_to_a_repository_joins_with_what_its_workflow_did() -> None:
    assert cases(("a", 0, [github("git.push")]), ("b", 1, [WORKFLOW])) == [["a", "b"]]
    assert cases(("a", 0, [github("git.clone")]), ("b", 1, [WORKFLOW])) == [["a"], ["b"]]
    elsewhere = github("git.push", repository="o/other")
    assert cases(("a", 0, [elsewhere]), ("b", 1, [WORKFLOW])) == [["a"], ["b"]]


def test_two_who_wrote_to_one_repository_are_not_one() -> None:
    one, other = github("git.push", "bot"), github("git.push", "eve")
    assert cases(("a", 0, [one]), ("b", 1, [other])) == [["a"], ["b"]]


ties = st.sampled_from([Tie("credential", name) for name in "abcdefgh"])
items = st.lists(
    st.builds(
        lambda hours, lasting, alike, gives, takes: (hours, lasting, alike, gives, takes),
        st.floats(0, 200), st.floats(0, 30), st.frozensets(ties, max_size=2),
        st.frozensets(ties, max_size=2), st.frozensets(ties, max_size=2),
    ),
    max_size=12,
)  # fmt: skip


@given(items)
def test_groups_part_the_alerts_and_do_not_depend_on_their_order(drawn: list[Any]) -> None:
    involved = [
        Involved(alert(f"{n:02}", hours, lasting=lasting), ties=alike, gives=gives, takes=takes)
        for n, (hours, lasting, alike, gives, takes) in enumerate(drawn)
    ]
    found = [ids(each) for each in group(involved)]
    assert sorted(name for names in found for name in names) == [i.alert.id for i in involved]
    assert sorted(found) == sorted(ids(each) for each in group(involved[::-1]))
    of = {name: number for number, names in enumerate(found) for name in names}
    for one, other in combinations(involved, 2):
        apart = max(one.alert.first, other.alert.first) - min(one.alert.last, other.alert.last)
        if apart.total_seconds() <= 24 * 3600 and one.ties & other.ties:
            assert of[one.alert.id] == of[other.alert.id]


def ids(of: Group) -> list[str]:
    return sorted(item.alert.id for item in of.items)


@given(items)
def test_bonds_connect_all_alerts_of_a_group_and_none_of_another(drawn: list[Any]) -> None:
    involved = [
        Involved(alert(f"{n:02}", hours, lasting=lasting), ties=alike, gives=gives, takes=takes)
        for n, (hours, lasting, alike, gives, takes) in enumerate(drawn)
    ]
    has = {item.alert.id: item.ties | item.gives | item.takes for item in involved}
    for each in group(involved):
        reached, todo = set(ids(each)[:1]), list(each.bonds)
        while near := [bond for bond in todo if reached & set(bond.alerts)]:
            reached.update(*(bond.alerts for bond in near))
            todo = [bond for bond in todo if bond not in near]
        assert reached == set(ids(each))
        assert not todo
        for bond in each.bonds:
            assert all(Tie(bond.by, bond.name, bond.network) in has[name] for name in bond.alerts)


def test_few_bonds_explain_a_group() -> None:
    known = Known(edge("L", "K"))
    found = [
        involve(alert(name, hour), [event(actor=actor, credential=credential)], known, Site())
        for name, hour, actor, credential in (
            ("a", 0, "role-a", "K"), ("b", 1, "role-a", "K"), ("c", 2, "role-a", "K2"), ("d", 3, "role-b", "L"),
        )
    ]  # fmt: skip
    (one,) = group(found)
    told = [(bond.by, bond.name, bond.network, bond.alerts) for bond in one.bonds]
    assert told == [
        ("actor", "role-a", None, ("a", "b", "c")),
        ("credential", "K", None, ("b", "d")),
    ]
