"""Time, as the engine sees it; tests put another one in its place."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and waits."""

    def now(self) -> datetime:
        """Give the time in UTC."""

    def sleep(self, length: timedelta) -> None:
        """Wait."""


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Give the time in UTC."""
        return datetime.now(UTC)

    def sleep(self, length: timedelta) -> None:
        """Wait."""
        time.sleep(max(0.0, length.total_seconds()))
