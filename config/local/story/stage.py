"""Who and what the chapters share, and when the story plays."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from subprocess import CompletedProcess
from typing import Any, Final, Protocol

from config.local.otp import App
from config.local.story.counter import Counter
from config.local.story.office import Office
from config.local.story.phone import Phone
from config.local.story.teller import Teller

WIB: Final = timezone(timedelta(hours=7))
STORY_BEGINS: Final = datetime(2026, 11, 20, 9, 0, tzinfo=WIB)  # before a discount ends
NEW_YEAR: Final = datetime(2027, 1, 1, 9, 0, tzinfo=WIB)  # the first of a month of grace
AFTER_PROMISE: Final = datetime(2027, 1, 16, 9, 0, tzinfo=WIB)  # two weeks without a visit, too
CAPTURED_AT: Final = "2026-11-18T09:15:00.000+07:00"
AGENT: Final = "PRS-8271-0001"  # Ternate: islands and fishers
OTHER_AGENT: Final = "PRS-1671-0001"
WORKER_SECONDS: Final = 60


class Services(Protocol):
    """What the story asks of the launcher."""

    def restart(self, *, demo_now: datetime | None = None) -> None:
        """Web, worker and beat anew, with the business clock at an instant."""

    def manage(self, *arguments: str) -> "CompletedProcess[str]":
        """Run a command at the story's present time."""

    def messages(self) -> list[dict[str, Any]]:
        """What arrived on people's phones so far, oldest first."""


@dataclass(slots=True)
class Stage:
    """Who and what the chapters share."""

    teller: Teller
    base_url: str
    secrets: dict[str, str]
    services: Services
    phone: Phone
    counter: Counter
    app: App
    batch: list[dict[str, Any]] = field(default_factory=list)
    village: str = ""
    farmer_id: str = ""
    fisher_id: str = ""
    seller_id: str = ""
    payment_id: str = ""
    recovered: int = 0
    desk: Office | None = None  # the supervisor of the story's own branch, once logged in


def until(condition: Callable[[], bool]) -> bool:
    """Whether a condition comes true within the time that a worker may take."""
    give_up_at = time.monotonic() + WORKER_SECONDS
    while time.monotonic() < give_up_at:
        if condition():
            return True
        time.sleep(1)
    return False
