"""One object, three ways: as the package has it, as it is live, as we wrote it last."""

from dataclasses import dataclass

from rekey.deploy.digest import digest
from rekey.deploy.interface import Body, Live, Policy
from rekey.deploy.ledger import Digests, Record, Sent, fields, said
from rekey.deploy.merge import merged
from rekey.deploy.plan import Change, Difference, Status

UNKNOWN = "was not deployed with this ledger, so that edits cannot be told from an older version"
LOST = "an answer was lost when it was written, so that edits cannot be told from what we wrote"


@dataclass(frozen=True)
class Choices:
    """What the user allows.

    Attributes:
        overwrite: keys whose local edits give way to the package.
        prune: remove what is ours and no longer in the package.
    """

    overwrite: frozenset[str] = frozenset()
    prune: bool = False


def compare(
    key: str, name: str, wanted: Body | None, live: Live | None, record: Record | None,
    policy: Policy, choices: Choices,
) -> Change:  # fmt: skip
    """Say what is to be done with one object.

    Args:
        key: which object.
        name: what people call it.
        wanted: as the package has it; ``None`` if it does not.
        live: as it is; ``None`` if it is not there.
        record: what we wrote last; ``None`` if we did not.
        policy: whose its fields are.
        choices: what the user allows.
    """
    # That we began to make an object does not make it ours: somebody else may have been first.
    wrote = record is not None and record.is_settled
    if live is not None and not live.ours and not wrote:
        note = "something else bears this id; it is left alone"
        return Change(key=key, name=name, status=Status.FOREIGN, note=note)
    allowed = key in choices.overwrite
    if wanted is None:
        return _unwanted(key, name, live, record, policy, choices)
    if live is None:
        if record is not None and wrote and not record.pending and not allowed:
            note = "we made it; --overwrite makes it again"
            return Change(key=key, name=name, status=Status.MISSING, note=note)
        sent = said(wanted, wanted.keys() - policy.kept, policy)
        return Change(key=key, name=name, status=Status.CREATE, after=wanted, sent=sent)
    edits = edited(wanted, live.body, record, policy)
    if edits and not allowed:
        return Change(
            key=key, name=name, status=Status.EDITED, note=_waiting(wanted, record, policy),
            differences=_differences(wanted, live.body, edits),
        )  # fmt: skip
    return _update(key, name, wanted, live.body, record, policy)


def edited(wanted: Body, live: Body, record: Record | None, policy: Policy) -> list[str]:
    """Name the fields of ours that somebody else changed."""
    ours = policy.content(wanted)
    if record is None:
        return [field for field in ours if not policy.same(field, live, wanted)]
    now = fields(live, policy)
    wrote = [policy.content(each) for each in _written(record)]
    changed = {
        field
        for field in set().union(*wrote)
        if all(each.get(field) != now.get(field) for each in wrote)
    }
    # What is new to us may have been theirs before; empty is what servers write by themselves.
    new = ours.keys() - record.sent.fields.keys() - set().union(*wrote)
    taken = {field for field in new if live.get(field)}
    known = changed | (taken if record.is_settled else set())
    return sorted(f for f in known if f not in wanted or not policy.same(f, live, wanted))


def _written(record: Record) -> list[Digests]:
    """Give the states that are our own doing: the last one for sure, and one that may be."""
    settled = [record.stored] if record.is_settled else []
    return settled + ([record.pending.sent.fields] if record.pending else [])


def _update(
    key: str, name: str, wanted: Body, live: Body, record: Record | None, policy: Policy
) -> Change:
    after = merged(wanted, live, record, policy)
    # All that is sent and differs is shown, and what does not differ is sent as it stands there.
    changed = [f for f in sorted(after.keys() | live.keys()) if after.get(f) != live.get(f)]
    # A schedule that users chose is theirs from then on: the ledger must not take it for ours.
    theirs = {n for n in policy.followed & wanted.keys() if not policy.same(n, after, wanted)}
    sent = said(wanted, wanted.keys() - policy.kept - theirs, policy)
    if not changed:
        return _unchanged(key, name, wanted, live, record, sent)
    replaced = any(field in policy.fixed for field in changed)
    return Change(
        key=key, name=name, status=Status.REPLACE if replaced else Status.UPDATE,
        differences=_differences(after, live, changed), before=digest(live), after=after,
        sent=sent, previous=_ours(live, wanted, record, policy),
    )  # fmt: skip


def _unchanged(
    key: str, name: str, wanted: Body, live: Body, record: Record | None, sent: Sent
) -> Change:
    """Nothing to do there; what the ledger does not know of it is to be written down."""
    if record is not None and record.sent == sent and not record.pending:
        return Change(key=key, name=name, status=Status.UNCHANGED)
    return Change(
        key=key, name=name, status=Status.UNCHANGED, before=digest(live), after=wanted, sent=sent
    )


def _unwanted(
    key: str, name: str, live: Live | None, record: Record | None, policy: Policy, choices: Choices
) -> Change:
    if live is None:
        return Change(key=key, name=name, status=Status.UNCHANGED, note="gone on both sides")
    if record is None or not choices.prune:
        note = "--prune removes it" if record else "not deployed with this ledger: left alone"
        return Change(key=key, name=name, status=Status.RETIRED, note=note)
    edits = edited({}, live.body, record, policy)
    if edits and key not in choices.overwrite:
        note = "removed upstream, and edited here: --overwrite lets it go"
        changes = tuple(Difference(field=field, old=live.body.get(field)) for field in edits)
        return Change(key=key, name=name, status=Status.EDITED, note=note, differences=changes)
    return Change(
        key=key, name=name, status=Status.REMOVE, before=digest(live.body), previous=live.body
    )


def _ours(live: Body, wanted: Body, record: Record | None, policy: Policy) -> Body:
    """Give what is ours of an object, to go back to."""
    sent = record.sent if record else Sent()
    names = (wanted.keys() | sent.fields.keys()) - policy.kept
    ours = {name: live[name] for name in sorted(names) if name in live}
    for name in policy.shared & ours.keys():
        known = sent.entries.get(name) or wanted.get(name) or []
        ours[name] = [entry for entry in ours[name] if entry in known]
    return ours


def _waiting(wanted: Body, record: Record | None, policy: Policy) -> str:
    if record is None:
        return UNKNOWN
    if not record.is_settled:
        return LOST
    same = fields(policy.content(wanted), policy) == policy.content(record.sent.fields)
    return "" if same else "a newer version waits: --overwrite takes it"


def _differences(wanted: Body, live: Body, names: list[str]) -> tuple[Difference, ...]:
    return tuple(Difference(field=n, old=live.get(n), new=wanted.get(n)) for n in names)
