"""Persons behind sessions: a session is as human as whoever it was issued to.

A role that a person takes up acts under the role's name, and a log of its use calls it a workload. The
record of the issue knows better. Only sessions inherit: a long-term key that a person made for a job is
the job's.
"""

from collections.abc import Iterable, Mapping

from rekey.credential_kind import kind_of
from rekey.enrichers.lineage import Edge, Lineage
from rekey.event import ActorKind, WorkloadEvent


def issues(credentials: Iterable[str], lineage: Lineage) -> dict[str, list[Edge]]:
    """Give how sessions came about, as far as it is proven; the nearest issue first.

    The last one may have been paid for with nothing that has an id, such as a SAML assertion: its
    record tells to whom it was issued all the same.
    """
    found: dict[str, list[Edge]] = {}
    for name in dict.fromkeys(credentials):
        for edge in lineage.ancestors(name):
            if kind_of(edge.child) != "aws_session_key":
                break
            found.setdefault(name, []).append(edge)
            if edge.link != "proven":
                break
    return found


def persons(
    issued: Mapping[str, Iterable[Edge]], events: Mapping[int, WorkloadEvent]
) -> dict[str, WorkloadEvent]:
    """Tell which sessions are a person's.

    Args:
        issued: see :func:`issues`.
        events: those of all edges, by store id.

    Returns:
        for each, the event that issued it, or one before it in the chain, to a person.
    """
    found = {}
    for name, edges in issued.items():
        for edge in edges:
            if events[edge.seq].actor.kind is ActorKind.HUMAN:
                found[name] = events[edge.seq]
                break
    return found
