"""Cover: what a member's `paid_through` means on a day (R14, R15, R17). Never stored.

One table of bounds has two readers, `cover_state()` for one member and `cover_case()` for a
million; they cannot drift apart. `paid_through` is a month (its first day) or None: never paid.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Case, CharField, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from perisai.months import add_months, month_of, months_between

LAPSE_AFTER: Final = 3
"""Ended unpaid months after which cover lapses, unless the setting says 2 or 4."""


class CoverState(TextChoices):
    """Where a member stands on a day. GRACE_3 exists only where cover lapses after four months."""

    REGISTERED_UNPAID = "registered_unpaid", _("terdaftar, belum bayar")
    ACTIVE = "active", _("aktif")
    OVERDUE = "overdue", _("lewat jatuh tempo")
    GRACE_1 = "grace_1", _("1 bulan belum dibayar")
    GRACE_2 = "grace_2", _("2 bulan belum dibayar")
    GRACE_3 = "grace_3", _("3 bulan belum dibayar")
    LAPSED = "lapsed", _("tidak aktif")
    CLOSED = "closed", _("ditutup")


class CoverKind(TextChoices):
    """What the next payment does: begin cover, carry it on, or begin it anew after a lapse."""

    FIRST = "first"
    CONTINUE = "continue"
    REENTRY = "reentry"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverDay:
    """The day that cover is judged on, with the due date of its month (R13). Made at the edge."""

    as_of: date
    due_on: date
    lapse_after: int = LAPSE_AFTER  # 2 to 4

    def bounds(self) -> list[tuple[date, CoverState]]:
        """The latest `paid_through` of each state, worst first; who paid later is ACTIVE."""
        running = CoverState.OVERDUE if self.as_of > self.due_on else CoverState.ACTIVE
        grace = [(n, CoverState(f"grace_{n}")) for n in range(self.lapse_after - 1, 0, -1)]
        worst_first = [(self.lapse_after, CoverState.LAPSED), *grace, (0, running)]
        return [(paid_through_when(unpaid=n, as_of=self.as_of), state) for n, state in worst_first]


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCover:
    """Where the next payment begins: its first month, and what it does."""

    first_month: date
    kind: CoverKind


def paid_through_when(*, unpaid: int, as_of: date) -> date:
    """The `paid_through` of a member who has exactly `unpaid` ended unpaid months on `as_of`."""
    return add_months(month_of(as_of), -1 - unpaid)


def cover_state(paid_through: date | None, *, closed_on: date | None, day: CoverDay) -> CoverState:
    """One member's state on a day."""
    if closed_on is not None and closed_on <= day.as_of:
        return CoverState.CLOSED
    if paid_through is None:
        return CoverState.REGISTERED_UNPAID
    fitting = (state for latest, state in day.bounds() if paid_through <= latest)
    return next(fitting, CoverState.ACTIVE)


def cover_case(day: CoverDay, path: str = "") -> Case:
    """The same as SQL: `Member.objects.annotate(cover_state=cover_case(day))`.

    `path` leads from another model's rows to the member: `member__`.
    """
    paid_through = f"{path}paid_through"
    return Case(
        When(**{f"{path}closed_on__lte": day.as_of}, then=Value(CoverState.CLOSED)),
        When(**{paid_through: None}, then=Value(CoverState.REGISTERED_UNPAID)),
        *(
            When(**{f"{paid_through}__lte": latest}, then=Value(state))
            for latest, state in day.bounds()
        ),
        default=Value(CoverState.ACTIVE),
        output_field=CharField(),
    )


def is_running(paid_through: date | None, *, closed_on: date | None, as_of: date) -> bool:
    """ACTIVE or OVERDUE: every ended month is paid. No due date is needed to tell."""
    if paid_through is None or (closed_on is not None and closed_on <= as_of):
        return False
    return ended_months(paid_through, as_of=as_of) == 0


def ended_months(paid_through: date | None, *, as_of: date) -> int:
    """Unpaid months that have ended by a day; the running month is not one of them."""
    if paid_through is None:
        return 0
    return max(0, months_between(paid_through, as_of) - 1)


def lapses_on(paid_through: date | None, *, lapse_after: int = LAPSE_AFTER) -> date | None:
    """The first day without membership if nothing more is paid; None for who never paid."""
    if paid_through is None:
        return None
    return add_months(paid_through, lapse_after + 1)


def next_cover(
    paid_through: date | None, *, as_of: date, lapse_after: int | None = LAPSE_AFTER
) -> NextCover:
    """The oldest month to be paid on a day and the kind of that payment (R7, R17).

    Arrears come first. Who never paid begins with the running month, and so does who has lapsed:
    the old months are written off. `lapse_after` None: the lapse is bridged (R18).
    """
    running = month_of(as_of)
    if paid_through is None:
        return NextCover(first_month=running, kind=CoverKind.FIRST)
    has_lapsed = lapse_after is not None and ended_months(paid_through, as_of=as_of) >= lapse_after
    if has_lapsed:
        return NextCover(first_month=running, kind=CoverKind.REENTRY)
    return NextCover(first_month=add_months(paid_through, 1), kind=CoverKind.CONTINUE)
