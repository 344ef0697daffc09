"""How sure we are who acted, and why we say so."""

from collections.abc import Iterable, Sequence

from rekey.case import Attribution
from rekey.enrichers.lineage import Edge
from rekey.event import WorkloadEvent, plain
from rekey.site import Site


def attribute(
    actor: str | None, events: Sequence[WorkloadEvent], edges: Iterable[Edge], site: Site
) -> tuple[Attribution, tuple[str, ...]]:
    """Judge the attribution of one actor's events in a case.

    *Proven*: each event names the credential that acted, and no link between credentials rests on a
    name; whether its issue was logged as well is among the reasons. *Derived*: the log names the
    actor, but a link in between rests on a name. *Ambiguous*: several workloads act under this
    identity. *Unknown*: the log does not say who it was.
    """
    if actor is None:
        return "unknown", ("the log does not say who acted",)
    known = site.identity(actor)
    if known and known.shared:
        return "ambiguous", ("the site file says that several workloads share this identity",)
    credentials = {text for event in events if (text := plain(event.credential.id))}
    reasons: list[str] = []
    without = sum(1 for event in events if plain(event.credential.id) is None)
    if without:
        reasons.append(f"{without} of {len(events)} events name no credential")
    own = [edge for edge in edges if edge.child in credentials]
    named = {edge.child for edge in own}
    weak = [edge for edge in own if edge.link != "proven"]
    reasons += [f"{_short(edge.child)}: {edge.reason}" for edge in weak]
    if unseen := credentials - named:
        reasons.append(_unseen(unseen))
    if not credentials:
        return "derived", (*reasons, "the actor is named by the log alone")
    if any(edge.link == "ambiguous" for edge in own):
        return "ambiguous", tuple(reasons)
    if weak or without:
        return "derived", tuple(reasons)
    reasons.insert(0, "every event names the credential that acted")
    return "proven", tuple(reasons)


def _unseen(credentials: set[str]) -> str:
    names = ", ".join(_short(name) for name in sorted(credentials)[:3])
    more = f" and {len(credentials) - 3} more" if len(credentials) > 3 else ""
    return f"the issue of {names}{more} is not in these logs"


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:18]}…{name[-18:]}"
