"""What is to stand in a SIEM: the package's part of an object, and its users' part as it is."""

from collections.abc import Sequence

from rekey.deploy.digest import digest
from rekey.deploy.interface import Body, Policy
from rekey.deploy.ledger import Record, fields


def merged(wanted: Body, live: Body, record: Record | None, policy: Policy) -> Body:
    """Put what is ours over what is there; what we once wrote and want no more goes.

    Where a field says the same already it stays as it stands there, however the server writes it.

    Args:
        wanted: as the package has it.
        live: as it is.
        record: what we wrote last; ``None`` if we did not.
        policy: whose its fields are.
    """
    sent = _sent(record)
    after = {name: value for name, value in live.items() if name in wanted or name not in sent}
    for name in policy.content(wanted):
        if not policy.same(name, live, wanted) and not _stored_so(
            name, wanted, live, record, policy
        ):
            after[name] = wanted[name]
    for name in policy.followed & wanted.keys():
        if name not in live or not (
            policy.same(name, live, wanted) or _is_theirs(name, live, record, policy)
        ):
            after[name] = wanted[name]
    for name in policy.kept & (wanted.keys() | live.keys()):
        after[name] = live.get(name, wanted.get(name))
    for name in policy.shared & wanted.keys():
        before = record.sent.entries.get(name, ()) if record else ()
        after[name] = joined(wanted[name], live.get(name, ()), before)
    return after


def joined(wanted: Sequence[str], live: Sequence[str], before: Sequence[str]) -> list[str]:
    """Join lists of which each entry is somebody's.

    Ours come and go with the package. What others added stays, and so does the gap where they took
    one of ours away. Where nothing is to be done the order stays as it is.

    Args:
        wanted: ours, as the package has them.
        live: all that are there.
        before: ours, as we wrote them last.
    """
    gone = {entry for entry in before if entry not in wanted}
    new = [entry for entry in wanted if entry not in before and entry not in live]
    return [entry for entry in live if entry not in gone] + new


def _sent(record: Record | None) -> set[str]:
    if record is None:
        return set()
    return {*record.sent.fields, *(record.pending.sent.fields if record.pending else ())}


def _is_theirs(field: str, live: Body, record: Record | None, policy: Policy) -> bool:
    """Say whether somebody else chose what stands in a field that was ours."""
    if record is None:
        return True
    now = fields({field: live[field]}, policy)[field]
    pending = record.pending.sent.fields.get(field) if record.pending else None
    return now not in (record.stored.get(field), pending)


def _stored_so(field: str, wanted: Body, live: Body, record: Record | None, policy: Policy) -> bool:
    """Say whether a field looks different only because the server writes it so."""
    if record is None or field not in record.sent.fields:
        return False
    same = record.sent.fields[field] == digest(policy.plain(field, wanted[field]))
    return same and record.stored.get(field) == fields(live, policy).get(field)
