"""How the report puts things: times, numbers, kinds and owners in words, the same everywhere."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Final

from rekey.alert import LEVELS, Alert, CredentialRef, Level
from rekey.case import (
    Case,
    CaseActor,
    CredentialNode,
    Investigation,
    Owner,
    RejectedRecord,
)
from rekey.credential_kind import in_words
from rekey.sources.interface import Rejected


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """Count things: ``1 case``, ``2 cases``, ``1,204 events``."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def in_utc(time: datetime) -> datetime:
    """Move a time to UTC, which the whole report uses; one without a zone is taken as UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def when(time: datetime | None) -> str:
    """Date and time to the second, in UTC; a dash where there is none."""
    return f"{in_utc(time):%Y-%m-%d %H:%M:%S}" if time else "–"


def clock(time: datetime) -> str:
    """Time of day to the second, in UTC."""
    return f"{in_utc(time):%H:%M:%S}"


def day(time: datetime) -> str:
    """Date in UTC."""
    return f"{in_utc(time):%Y-%m-%d}"


def brief(time: datetime) -> str:
    """Day and minute without the year, for pictures: ``22 Nov 10:14``."""
    return f"{in_utc(time):%d %b %H:%M}"


def span(first: datetime, last: datetime) -> str:
    """From–to, with the date once if it is the same day."""
    if when(first) == when(last):
        return when(first)
    return f"{when(first)} – {clock(last) if day(first) == day(last) else when(last)}"


def duration(delta: timedelta) -> str:
    """Length of time in its two largest units: ``41 s``, ``27 min``, ``3 h 12 min``, ``2 d 4 h``."""
    seconds = max(0, int(delta.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d" + (f" {hours % 24} h" if hours % 24 else "")
    if hours:
        return f"{hours} h" + (f" {minutes % 60} min" if minutes % 60 else "")
    return f"{minutes} min" if minutes else f"{seconds} s"


def size(count: int) -> str:
    """Bytes in decimal units."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def kind(credential: CredentialRef) -> str:
    """Name the kind of a credential; a source's own name for it where we have none."""
    return in_words(credential.kind)


def owner(owner: Owner | None) -> str:
    """Name the owner; "unknown owner" is said, never left out."""
    if owner is None:
        return "unknown owner"
    tier = f"tier {owner.tier}" if (owner.tier or "").isdecimal() else owner.tier
    parts = (owner.owner, owner.team, owner.system, tier, owner.contact)
    return ", ".join(part for part in parts if part)


def attribution(actor: CaseActor) -> str:
    """Say how sure we are of an identity, and why."""
    return (
        f"{actor.attribution}: {'; '.join(actor.reasons)}" if actor.reasons else actor.attribution
    )


def validity(node: CredentialNode) -> str:
    """Say whether a credential still worked when the logs ended."""
    if node.revoked_at is not None:
        return f"revoked {when(node.revoked_at)}"
    if node.expires_at is None:
        return {"valid": "valid, no expiry logged", "expired": "expired"}.get(
            node.validity, "validity unknown"
        )
    verb = {"valid": "valid until", "expired": "expired", "unknown": "used after its expiry at"}
    return f"{verb[node.validity]} {when(node.expires_at)}"


def levels(found: list[Level]) -> str:
    """Count levels, worst first: ``1 critical, 2 high``."""
    counts = Counter(found)
    return ", ".join(f"{counts[level]} {level}" for level in reversed(LEVELS) if counts[level])


def by_weight(alert: Alert) -> tuple[int, datetime, str]:
    """Sort key: worst level first, then earliest."""
    return -LEVELS.index(alert.rule.level), in_utc(alert.first), alert.id


def verdict(found: Investigation) -> str:
    """Say in one sentence what came of it."""
    if found.cases:
        graded = [case.level for case in found.cases]
        need = "One case needs" if len(graded) == 1 else f"{len(graded):,} cases need"
        if len(set(graded)) > 1:
            return f"{need} a response: {levels(graded)}."
        word = "critical" if graded[0] == "critical" else f"{graded[0]}-severity"
        return f"{need.replace('case', f'{word} case')} a response."
    if found.other_alerts:
        graded = [alert.rule.level for alert in found.other_alerts]
        grave = sum(LEVELS.index(level) >= LEVELS.index("medium") for level in graded)
        if grave:
            need = f"{plural(grave, 'lone alert')} {'needs' if grave == 1 else 'need'} a look"
            return f"No case was opened, but {need}: {levels(graded)}."
        return f"No case was opened; {plural(len(graded), 'lone alert')}: {levels(graded)}."
    return "No case and no alert."


def caveat(found: Investigation) -> str:
    """Say what the verdict cannot cover; empty where the logs could answer everything."""
    missing = [source.source for source in found.readiness if not source.present]
    products = {source.partition("_")[0] for source in missing}
    others = sum(one.what.partition("/")[0] not in products for one in found.not_evaluable)
    gaps = [source.source for source in found.readiness if source.gaps]
    parts = [
        f"no {', '.join(missing)} logs" if missing else "",
        f"{plural(others, 'question')} could not be answered" if others else "",
        f"quiet stretches in {', '.join(gaps)}" if gaps else "",
        f"{plural(sum(found.rejected.values()), 'record')} could not be read"
        if found.rejected
        else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"Not covered: {said}." if said else ""


def standing(case: Case) -> tuple[CredentialNode, ...]:
    """Credentials that a response must reach: what still worked when the logs ended, or may have.

    The subject of an identity token is no credential that can be ended; what was issued for it is.
    """
    at_large = (n for n in case.credentials if n.credential.kind != "oidc_subject")
    return tuple(
        sorted(
            (node for node in at_large if not node.has_ended),
            key=lambda node: node.validity != "valid",
        )
    )


def standing_count(case: Case) -> str:
    """Count them: ``1 of 10 credentials had not expired when the logs ended, and 3 more may not``.

    Logs tell what expires, and seldom what somebody ended: those are not counted, where they do.
    """
    found = standing(case)
    sure = sum(node.validity == "valid" for node in found)
    whole = plural(len(case.credentials), "credential")
    rest = len(found) - sure
    if case.credentials and not found:
        every = f"all {whole}" if len(case.credentials) > 1 else "the credential"
        return f"{every} had expired or been revoked when the logs ended"
    if rest and not sure:
        return f"{rest:,} of {whole} may still have worked when the logs ended"
    told = f"{sure:,} of {whole} had not expired when the logs ended"
    return f"{told}, and {rest:,} more may not have" if rest else told


def validity_and_use(node: CredentialNode) -> str:
    """Say whether a credential still worked, who ended it, and when it was used last."""
    by = f" by {node.revoked_by}" if node.revoked_by else ""
    used = f"; last used {when(node.last_used)}" if node.last_used else "; never seen in use"
    return validity(node) + by + used


_REJECTIONS: Final = {
    "not_json": "no JSON",
    "truncated": "cut off",
    "wrong_encoding": "not UTF-8",
    "unknown_source": "of no known log source",
    "missing_field": "without a field that every record has",
    "absurd_time": "without a time that an event can have",
    "too_large": "too large",
    "too_deep": "nested too deep",
    "archive_bomb": "an archive that unfolds without end",
    "unreadable": "cannot be read",
    "wrong_type": "with a field of a type that its source never writes",
}


def rejection(reason: str) -> str:
    """Say why a record was set aside; see :class:`rekey.sources.interface.Reason`."""
    return _REJECTIONS.get(reason, reason)


def first_rejected(one: RejectedRecord | Rejected) -> str:
    """Say where the first record of a reason stands: ``logs/a.json, record 7: no eventID``."""
    where = f"{one.path}, record {one.record}" if one.record else one.path
    return f"{where}: {one.detail}"
