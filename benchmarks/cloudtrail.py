"""Write many CloudTrail records, fast: ``python -m benchmarks.cloudtrail 1000000 OUT.ndjson``.

The shape of real traffic decides how fast a detection engine is, so it is imitated: a few roles are
hot (Zipf), sessions last an hour and carry many events, pods and instances live for days, one
identity in twelve is a user with a key that lasts, calls leave through a few NAT addresses of each
account, one in fifty is a service's own, one in ten thousand is suspicious. A million records span thirty days, in order, and weigh about 1.3 GB.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from random import Random

from benchmarks import cloudtrail_calls as calls

START = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
SPAN = 30 * 86400
ACCOUNTS = (
    "111122223333", "444455556666", "123456789012", "555555555555", "777788889999", "999999999999",
)  # fmt: skip
ROLES = 400
USERS = 12
"""Of so many identities one is a user with a long-term key."""
SESSION = 3600
USES_OF_A_SESSION = 30
"""On average; hot sessions carry many more."""

SERVICE_SHARE = 0.02
SUSPICIOUS_SHARE = 0.0001
INTRUDER = ("203.0.113.24", "198.51.100.93")


@dataclass(frozen=True)
class Role:
    """A role, or a user: whose it is, and what it mostly does."""

    account: str
    name: str
    id: str
    is_user: bool
    mix: tuple[calls.Template, ...]


@dataclass
class Holder:
    """A pod, an instance or a function that holds a role's credentials for an hour at a time."""

    role: Role
    name: str
    origin: str
    """``sourceIPAddress`` and ``userAgent``, rendered."""
    identity: str = ""
    """``userIdentity`` of the current session, rendered."""
    session_from: int = 0


class Traffic:
    """All holders, and the records that they cause."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = Random(seed)  # noqa: S311 - reproducible, not secret
        self._noise, self._at = "", 0
        self._times: tuple[int, str] = (0, "")
        self._holders: list[Holder] = []
        weights: list[float] = []
        for rank in range(1, ROLES + 1):
            role = self._role(rank)
            count = max(1, 24 // rank)
            for number in range(count):
                self._holders.append(self._holder(role, number))
                weights.append(1 / rank / count)
        self._weights = list(accumulate(weights))

    def lines(self, total: int) -> Iterator[str]:
        """Give records as JSON lines, in the order of time; hour by hour, as sessions go."""
        hours = SPAN // SESSION
        for hour in range(hours):
            size = total * (hour + 1) // hours - total * hour // hours
            if size:
                yield from self._hour(START + hour * SESSION, size)

    def _hour(self, start: int, size: int) -> Iterator[str]:
        """A few holders are at work in an hour; each takes its role anew, then uses it."""
        awake = self.rng.choices(
            self._holders, cum_weights=self._weights, k=size // USES_OF_A_SESSION + 1
        )
        picked = self.rng.choices(awake, k=size)
        step = SESSION / size
        for number, holder in enumerate(picked):
            at = start + step * number
            if holder.session_from < start and not holder.role.is_user:
                holder.session_from = start
                yield self._mint(holder, at)
            else:
                yield self._record(holder, at)

    def _record(self, holder: Holder, at: float) -> str:
        chance = self.rng.random()
        account = holder.role.account
        if chance < SUSPICIOUS_SHARE:
            call = self.rng.choice(calls.SUSPICIOUS)
            origin = calls.origin(self.rng.choice(INTRUDER), calls.CLI)
            return self._line(holder.identity, at, call, origin, account)
        if chance < SUSPICIOUS_SHARE + SERVICE_SHARE:
            call = self.rng.choice(calls.BY_SERVICES)
            principal = f"{call.principal}.amazonaws.com"
            origin = calls.origin(principal, principal)
            return self._line(calls.by_service(call.principal), at, call, origin, account)
        mix = holder.role.mix
        call = mix[int(self.rng.random() * len(mix))]
        origin = calls.bracketed(holder.origin) if call.principal == "s3" else holder.origin
        return self._line(holder.identity, at, call, origin, account)

    def _mint(self, holder: Holder, at: float) -> str:
        """Take the role: the answer names the key that the hour's events use."""
        role, name = holder.role, holder.name
        facts = (role.account, role.name, role.id, name, self._key())
        holder.identity = calls.identity(*facts, self._stamp(at))
        ends = datetime.fromtimestamp(int(at) + SESSION, UTC)
        call = calls.mint(*facts, ends.strftime("%b %d, %Y, %I:%M:%S %p"))
        if name.startswith("i-"):
            origin = calls.origin("ec2.amazonaws.com", "ec2.amazonaws.com")
            return self._line(calls.by_service("ec2"), at, call, origin, role.account)
        return self._line(
            calls.federated(role.account, role.name), at, call, holder.origin, role.account
        )

    def _line(
        self, identity: str, at: float, call: calls.Template, origin: str, account: str
    ) -> str:
        noise = self._hex(80)
        body = call.body
        said = body[0]
        if len(body) > 1:
            said += account + noise[64:].join(body[1:])
        return (
            f'{{"eventVersion":"1.11","userIdentity":{identity},"eventTime":"{self._stamp(at)}",'
            f"{call.head},{origin},{said},"
            f'"requestID":"{noise[:8]}-{noise[8:12]}-4{noise[13:16]}-a{noise[17:20]}-{noise[20:32]}",'
            f'"eventID":"{noise[32:40]}-{noise[40:44]}-4{noise[45:48]}-9{noise[49:52]}-{noise[52:64]}",'
            f'{call.middle},"recipientAccountId":"{account}",{call.tail}}}\n'
        )

    def _key(self) -> str:
        return "ASIA" + self._hex(16).upper()

    def _hex(self, digits: int) -> str:
        if self._at + digits > len(self._noise):
            self._noise, self._at = self.rng.randbytes(1 << 20).hex(), 0
        self._at += digits
        return self._noise[self._at - digits : self._at]

    def _stamp(self, at: float) -> str:
        second = int(at)
        if self._times[0] != second:
            text = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._times = (second, text)
        return self._times[1]

    def _role(self, rank: int) -> Role:
        (kind,) = self.rng.choices(tuple(calls.WEIGHTS), tuple(calls.WEIGHTS.values()))
        account = ACCOUNTS[rank % len(ACCOUNTS)]
        is_user = rank % USERS == 0
        id = ("AIDA" if is_user else "AROA") + self._hex(17).upper()
        return Role(account, f"{kind}-{rank:03d}", id, is_user, calls.MIXES[kind])

    def _holder(self, role: Role, number: int) -> Holder:
        instance = role.name.startswith("node")
        name = f"i-0{self._hex(16)}" if instance else f"{role.name}-{self._hex(9)}"
        gateway = ACCOUNTS.index(role.account) * 8 + number % 3
        address = f"192.0.2.{10 + gateway}" if number % 4 else f"10.{gateway}.{number}.17"
        holder = Holder(role, name, calls.origin(address, self.rng.choice(calls.AGENTS)))
        if role.is_user:
            key = "AKIA" + self._hex(16).upper()
            holder.identity = calls.user(role.account, role.name, role.id, key)
        return holder


def main() -> None:
    """Write a file, and say how fast it was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("number", type=int, help="how many records")
    parser.add_argument("out", type=Path, help="NDJSON file to write")
    arguments = parser.parse_args()
    began = time.perf_counter()
    with arguments.out.open("w", encoding="ascii", buffering=1 << 22) as file:
        file.writelines(Traffic().lines(arguments.number))
    took = time.perf_counter() - began
    size = arguments.out.stat().st_size
    print(f"{arguments.number:,} records, {size / 1e6:,.0f} MB, {arguments.number / took:,.0f}/s")


if __name__ == "__main__":
    main()
