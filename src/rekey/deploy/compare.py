"""One object, three ways: as the package has it, as it is live, as we wrote it last."""

from collections.abc import Mapping
from dataclasses import dataclass

from rekey.deploy.digest import digest
from rekey.deploy.interface import Body, Live, Policy
from rekey.deploy.ledger import Record, fields
from rekey.deploy.plan import Change, Difference, Status

UNKNOWN = "was not deployed with this ledger, so that edits cannot be told from an older version"


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
    if live is not None and not live.ours and record is None:
        note = "something else bears this id; it is left alone"
        return Change(key=key, name=name, status=Status.FOREIGN, note=note)
    allowed = key in choices.overwrite
    if wanted is None:
        return _unwanted(key, name, live, record, policy, choices)
    if live is None:
        if record is not None and record.sent and not record.pending and not allowed:
            note = "we made it; --overwrite makes it again"
            return Change(key=key, name=name, status=Status.MISSING, note=note)
        ours = tuple(sorted(wanted.keys() - policy.kept))
        return Change(key=key, name=name, status=Status.CREATE, after=wanted, ours=ours)
    edits = edited(wanted, live.body, record, policy)
    if edits and not allowed:
        note = UNKNOWN if record is None else _waiting(wanted, record, policy)
        return Change(
            key=key, name=name, status=Status.EDITED, note=note,
            differences=_differences(wanted, live.body, edits),
        )  # fmt: skip
    return _update(key, name, wanted, live.body, record, policy)


def edited(wanted: Body, live: Body, record: Record | None, policy: Policy) -> list[str]:
    """Name the fields of ours that somebody else changed."""
    ours = policy.content(wanted)
    if record is None:
        return [field for field in ours if live.get(field) != wanted[field]]
    now = fields(live)
    changed = {
        field for field, stored in policy.content(record.stored).items() if stored != now.get(field)
    }
    # What is new to us may have been theirs before; empty is what servers write by themselves.
    taken = {field for field in ours if field not in record.sent and live.get(field)}
    known = changed | (taken if record.sent else set())
    return sorted(f for f in known if f not in wanted or live.get(f) != wanted[f])


def _update(
    key: str, name: str, wanted: Body, live: Body, record: Record | None, policy: Policy
) -> Change:
    after = merged(wanted, live, record, policy)
    changed = [
        field
        for field in sorted(after.keys() | live.keys())
        if after.get(field) != live.get(field) and not _stored_so(field, wanted, live, record)
    ]
    # A schedule that users chose is theirs from then on: the ledger must not take it for ours.
    theirs = {name for name in policy.followed & wanted.keys() if after[name] != wanted[name]}
    ours = wanted.keys() - policy.kept - theirs
    if not changed:
        return _unchanged(key, name, wanted, live, record, tuple(sorted(ours)))
    replaced = any(field in policy.fixed for field in changed)
    return Change(
        key=key, name=name, status=Status.REPLACE if replaced else Status.UPDATE,
        differences=_differences(after, live, changed), before=digest(live), after=after,
        ours=tuple(sorted(ours)), previous=_ours(live, wanted, record, policy),
    )  # fmt: skip


def _unchanged(
    key: str, name: str, wanted: Body, live: Body, record: Record | None, ours: tuple[str, ...]
) -> Change:
    """Nothing to do there; what the ledger does not know of it is to be written down."""
    sent = {field: wanted[field] for field in ours}
    if record is not None and record.sent == fields(sent) and not record.pending:
        return Change(key=key, name=name, status=Status.UNCHANGED)
    return Change(
        key=key, name=name, status=Status.UNCHANGED, before=digest(live), after=wanted, ours=ours
    )


def merged(wanted: Body, live: Body, record: Record | None, policy: Policy) -> Body:
    """Put what is ours over what is there; what we once wrote and want no more goes."""
    sent = record.sent if record else {}
    after = {name: value for name, value in live.items() if name in wanted or name not in sent}
    after |= policy.content(wanted)
    now = fields(live)
    for name in policy.followed & wanted.keys():
        untouched = record is not None and record.stored.get(name) == now.get(name)
        after[name] = wanted[name] if untouched or name not in live else live[name]
    for name in policy.kept & (wanted.keys() | live.keys()):
        after[name] = live.get(name, wanted.get(name))
    return after


def _stored_so(field: str, wanted: Body, live: Body, record: Record | None) -> bool:
    """Say whether a field looks different only because the server writes it so."""
    if record is None or field not in wanted:
        return False
    same = record.sent.get(field) == digest(wanted[field])
    return same and record.stored.get(field) == (digest(live[field]) if field in live else None)


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
    previous = _ours(live.body, {}, record, policy)
    return Change(
        key=key, name=name, status=Status.REMOVE, before=digest(live.body), previous=previous
    )


def _ours(live: Body, wanted: Body, record: Record | None, policy: Policy) -> Body:
    """Give what is ours of an object, to go back to; all of it where it is about to be removed."""
    if not wanted:
        return dict(live)
    names = wanted.keys() | (record.sent.keys() if record else ())
    return {name: live[name] for name in sorted(names) if name in live and name not in policy.kept}


def _waiting(wanted: Body, record: Record, policy: Policy) -> str:
    same = fields(policy.content(wanted)) == policy.content(record.sent)
    return "" if same else "a newer version waits: --overwrite takes it"


def _differences(
    wanted: Mapping[str, object], live: Mapping[str, object], names: list[str]
) -> tuple[Difference, ...]:
    return tuple(Difference(field=n, old=live.get(n), new=wanted.get(n)) for n in names)
