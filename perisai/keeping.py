"""How long each class of personal data is kept, and what happens then (security page 5, R36).

The periods are settings (`KEEP_DAYS`) within the bounds that stand here; counsel confirms them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from django.conf import settings

YEAR: Final = 365
TEN_YEARS: Final = 3_653
LATE_AFTER: Final = timedelta(days=7)
"""A class whose rows wait longer than this for their end is behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptClass:
    """One row of the table; days from the event that ends the need. `least` to `most` may be set.

    `no_job` says why nothing runs nightly for it; empty: a purge must be registered.
    """

    code: str
    kept: str
    least: int
    most: int
    then: Literal["deleted", "destroyed", "archived"]
    no_job: str = ""


TABLE: Final[tuple[KeptClass, ...]] = (
    KeptClass(
        code="members",
        kept="member, heirs, address: from closing",
        least=5 * YEAR,
        most=3 * TEN_YEARS,
        then="destroyed",
    ),
    KeptClass(
        code="drafts",
        kept="draft or rejected registration: from capture or refusal",
        least=30,
        most=YEAR,
        then="destroyed",
    ),
    KeptClass(
        code="operations",
        kept="raw phone operations: from receipt",
        least=90,
        most=2 * YEAR,
        then="destroyed",
    ),
    KeptClass(
        code="attempts",
        kept="notes, places and files of attempts: from the attempt",
        least=YEAR,
        most=5 * YEAR,
        then="destroyed",
    ),
    KeptClass(
        code="prospects",
        kept="prospect who did not join: from the last contact",
        least=30,
        most=2 * YEAR,
        then="destroyed",
    ),
    KeptClass(
        code="login_events",
        kept="tries to log in: from the try",
        least=90,
        most=2 * YEAR,
        then="deleted",
    ),
    KeptClass(
        code="messages",
        kept="messages: kind, time, index of the number, from sending; no text is ever stored",
        least=30,
        most=2 * YEAR,
        then="deleted",
    ),
    KeptClass(
        code="money",
        kept="payments, journal, receipts: ids and amounts",
        least=TEN_YEARS,
        most=3 * TEN_YEARS,
        then="archived",
        no_job="no name is in it: the member's pseudonym stays",
    ),
    KeptClass(
        code="records",
        kept="reveals, consents, requests, breaches, history of hand-edited rows",
        least=TEN_YEARS,
        most=3 * TEN_YEARS,
        then="archived",
        no_job="archived by operators; the member's part goes with the member",
    ),
    KeptClass(
        code="photos",
        kept="photos of cards and faces: from receipt; other files stay with their record",
        least=0,
        most=2 * YEAR,
        then="destroyed",
    ),
    KeptClass(
        code="partner_bodies",
        kept="raw bodies of partners: from receipt",
        least=30,
        most=YEAR,
        then="deleted",
        no_job="no raw body of a partner is stored yet",
    ),
    KeptClass(
        code="logs",
        kept="application logs, redacted: from writing",
        least=7,
        most=YEAR,
        then="deleted",
        no_job="the host's log driver rotates them",
    ),
    KeptClass(
        code="backups",
        kept="backups: from making; erasures are replayed after a restore",
        least=7,
        most=YEAR,
        then="deleted",
        no_job="they expire where they lie",
    ),
)


def class_of(code: str) -> KeptClass:
    """The row of a code. Raises KeyError."""
    return {row.code: row for row in TABLE}[code]


def days_of(code: str) -> int:
    """The period of a class on this installation."""
    return int(settings.KEEP_DAYS[code])


def kept_until(code: str, now: datetime) -> datetime:
    """What is older than this instant has been kept long enough."""
    return now - timedelta(days=days_of(code))


def out_of_bounds() -> list[KeptClass]:
    """Classes whose period is missing, or shorter or longer than the law may bear."""
    return [
        row
        for row in TABLE
        if not row.least <= int(settings.KEEP_DAYS.get(row.code, -1)) <= row.most
    ]
