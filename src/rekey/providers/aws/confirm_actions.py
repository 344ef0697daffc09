"""Seeing the successor of an access key in use, by everybody who used the old one."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rekey.containment.action_spec import Grade, Phase
from rekey.containment.call import Call, Check, Forecast, Observation
from rekey.containment.interface import Action
from rekey.providers.aws.client import Aws, in_words
from rekey.providers.aws.described import USED, USER, on, spec
from rekey.providers.aws.keys import KIND, KeyAction
from rekey.providers.aws.regions import asked_regions
from rekey.providers.aws.settings import AwsOptions
from rekey.providers.aws.trail import Event, everywhere

_BEFORE: Final = timedelta(days=1)
_NUMBERS: Final = re.compile(r"\d+")


@dataclass(frozen=True)
class Caller:
    """Where calls with a key come from, and from which program; versions are left out of that."""

    address: str
    program: str

    @classmethod
    def of(cls, event: Event) -> "Caller":
        """Take it from an event."""
        return cls(event.source, _NUMBERS.sub("", event.agent))

    def __str__(self) -> str:
        return f"{self.address} {self.program.partition(' ')[0].strip('/[]').strip('/.')}".strip()


class ConfirmAccessKeyUsed(KeyAction):
    """Sees the successor in use by as many as used the old key within a day, each alike.

    A consumer that was restarted may come from another address, and one that was deployed anew with
    another program: one of the two must agree. CloudTrail's event history has management events
    only; who reads and writes objects is not in it, and must be declared (``consumers``).
    """

    reads = "cloudtrail:LookupEvents by AccessKeyId, and iam:GetAccessKeyLastUsed"
    spec = spec(
        "confirm_access_key_used", "See every consumer use the new access key", Phase.CONFIRM,
        KIND, ["GetAccessKeyLastUsed", "LookupEvents"],
        [*on(USER, "iam:GetAccessKeyLastUsed"),
         *on("*", "cloudtrail:LookupEvents", "ec2:DescribeRegions")],
        "APIReference/API_GetAccessKeyLastUsed.html", propagation=USED, mutates=False,
    )  # fmt: skip

    def forecast(self, call: Call) -> Forecast:
        """Say who must come."""
        old, wanted = self._of_old(call), self._wanted(call)
        named = f", among them whoever is like {in_words([str(one) for one in old])}" if old else ""
        return Forecast(Grade.B, f"{wanted} callers with the successor{named}")

    def observe(self, call: Call) -> Observation:
        """Read who uses it, and who does not yet."""
        seen, missing = self._of_new(call), self._missing(call)
        return Observation(
            "absent" if missing else "present",
            {"seen": [str(one) for one in seen], "not yet": missing},
        )

    def verify(self, call: Call) -> Sequence[Check]:
        """Ask whether everybody came."""
        missing = self._missing(call)
        answer = f"not yet: {in_words(missing)}" if missing else "all of them"
        return [Check(Grade.B, call.target.scope, self.reads, "all of them", answer, not missing)]

    def _wanted(self, call: Call) -> int:
        declared = self._options.dependents(call.target) or ()
        return max(1, len(declared), len(self._of_old(call)))

    def _missing(self, call: Call) -> list[str]:
        """Name who does not use the successor yet."""
        new = self._of_new(call)
        lacking = [str(one) for one in unmatched(self._of_old(call), new)]
        short = self._wanted(call) - max(len(new), self._used_at_all(call))
        if short > len(lacking):
            lacking.append(f"{short - len(lacking)} of those declared" if lacking or new else
                           "anybody")  # fmt: skip
        return lacking

    def _of_old(self, call: Call) -> list[Caller]:
        until = call.since or datetime.now(UTC)
        return self._callers(call.target.id, until - _BEFORE, until)

    def _of_new(self, call: Call) -> list[Caller]:
        since = call.since or datetime.now(UTC) - _BEFORE
        found = [one for id in _issued(call) for one in self._callers(id, since)]
        return list(dict.fromkeys(found))

    def _callers(self, key: str, since: datetime, until: datetime | None = None) -> list[Caller]:
        regions, _ = asked_regions(self._aws, self._options)
        seen = everywhere(self._aws, regions, "AccessKeyId", key, since, until)
        return list(dict.fromkeys(Caller.of(one) for one in seen.events))

    def _used_at_all(self, call: Call) -> int:
        """Give 1 where IAM saw a use that CloudTrail does not tell, as of an object."""
        return int(any(
            "LastUsedDate" in (self._aws.read(
                "iam", "get_access_key_last_used", AccessKeyId=id).get("AccessKeyLastUsed") or {})
            for id in _issued(call)
        ))  # fmt: skip


def unmatched(old: Sequence[Caller], new: Iterable[Caller]) -> list[Caller]:
    """Give the old callers that no new one stands for; each new one stands for one."""
    left, free = list(old), list(new)
    for alike in _ALIKE:
        for one in list(left):
            if (found := next((new for new in free if alike(one, new)), None)) is not None:
                left.remove(one)
                free.remove(found)
    return left


_ALIKE: Final[Sequence[Callable[[Caller, Caller], bool]]] = (
    lambda old, new: old == new,
    lambda old, new: old.address == new.address,
    lambda old, new: old.program == new.program,
)


def _issued(call: Call) -> list[str]:
    return [str(facts["access_key"]) for facts in call.earlier.values()
            if "access_key" in facts and "version" in facts]  # fmt: skip


def confirm_actions(aws: Aws, options: AwsOptions) -> tuple[Action, ...]:
    """Give the actions of this file."""
    return (ConfirmAccessKeyUsed(aws, options),)
