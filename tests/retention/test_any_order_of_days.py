"""Any order of days, sweeps, payments and reversals: one open follow-up per member and kind."""

from datetime import date, datetime, timedelta
from typing import Any, Final

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from enrollment.models import Member
from payments.models import CorrectionKind, CoverMonth, Payment, PostAgent
from payments.services.corrections import CorrectionDraft, confirm_correction, request_correction
from payments.services.reversal import reverse
from perisai.models import Role, User
from perisai.months import add_months, month_of
from retention.due import due_days
from retention.models import FollowUp
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    cared_for_member,
    imported_member,
    paid,
    reversal_of,
)
from tests.factories.perisai import UserFactory

pytestmark = pytest.mark.django_db
Step = tuple[str, int]
Open = set[tuple[str, date | None]]
FARTHEST: Final = timedelta(days=300)
WHO = st.integers(0, 2)
# Paid, then days, sweeps and month ends go by, then the office takes it back: twice in a row too.
AFTER_MONTHS: Final[list[Step]] = [
    ("sweep", 0),
    *(("pay", 0), ("pay", 1), ("days", 31), ("sweep", 0), ("pay", 0), ("days", 62), ("sweep", 0)),
    *(("take back", 0), ("take back", 0), ("take back", 1), ("sweep", 0), ("sweep", -31)),
]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("days"), st.sampled_from([1, 3, 10, 31, 62])),
        st.tuples(st.just("sweep"), st.sampled_from([0, 0, 0, -31, -1, 1, 31])),
        st.tuples(st.just("pay"), WHO),
        st.tuples(st.just("take back"), WHO),
    ),
    min_size=5,
    max_size=25,
)


class Story:
    """Three members, one counter, and the day that it is."""

    def __init__(self) -> None:
        self.now: datetime = NOW
        self.outlet: PostAgent = PostAgentFactory.create()
        self.members: list[Member] = [
            imported_member(paid_through=date(2026, 8, 1)),
            imported_member(paid_through=date(2026, 5, 1)),
            cared_for_member(registered_on=date(2026, 11, 10)),
        ]
        self.office: list[User] = UserFactory.create_batch(2, role=Role.FINANCE)
        # By member: payments that were not taken back, with their day and what was open before.
        self.paid: dict[int, list[tuple[Payment, date, Open]]] = {}

    @property
    def as_of(self) -> date:
        """The day."""
        return self.now.date()

    def step(self, what: str, how: int) -> None:
        """One event."""
        if what == "days":
            self.now = min(self.now + timedelta(days=how), NOW + FARTHEST)
        elif what == "sweep":
            self.sweep(self.as_of + timedelta(days=how))
        elif what == "pay":
            self.pay(how)
        else:
            self.take_back(how)
        self.check()

    def sweep(self, as_of: date) -> None:
        """Of some day, twice."""
        codes = list(regencies_to_sweep(as_of, is_forced=True))
        for code in codes:
            open_follow_ups(code, as_of=as_of)
            assert open_follow_ups(code, as_of=as_of) == 0
        if as_of == self.as_of:
            for member in self.members:
                assert "arrears" in kinds(self.open_of(member)) or not self.owes(member)

    def pay(self, who: int) -> None:
        """One month at the counter; not far ahead."""
        member = self.members[who]
        through = member.paid_through
        if through is None or through < add_months(month_of(self.as_of), 3):
            before = self.open_of(member)
            payment = paid(member, self.outlet, now=self.now)
            self.paid.setdefault(who, []).append((payment, self.as_of, before))

    def take_back(self, who: int) -> None:
        """The newest payment, whenever it was made: what was open before it is open again."""
        if payments := self.paid.get(who):
            payment, paid_on, before = payments.pop()
            rows = FollowUp.objects.count()
            if paid_on == self.as_of:
                reverse(reversal_of(payment), now=self.now + timedelta(minutes=5))
            else:
                self.correct(payment)
            assert Payment.objects.filter(pk=payment.pk, reversed_at__isnull=False).exists()
            self.members[who].refresh_from_db()
            assert before <= self.open_of(self.members[who])
            assert FollowUp.objects.count() == rows

    def correct(self, payment: Payment) -> None:
        """After its day no counter takes a payment back: two persons of the office do."""
        asks, confirms = self.office
        draft = CorrectionDraft(
            kind=CorrectionKind.REVERSAL, reason="uang milik orang lain", payment=payment
        )
        correction = request_correction(draft, by=asks)
        confirm_correction(correction.pk, by=confirms, now=self.now + timedelta(minutes=5))

    def owes(self, member: Member) -> bool:
        """Whether a sweep of today would find an ended unpaid month."""
        due = due_days(self.as_of)
        through = member.paid_through
        return through is not None and due.oldest <= through <= due.newest

    def is_behind(self, member: Member) -> bool:
        """Whether a month has ended unpaid, however long ago: an earlier sweep may have seen it."""
        through = member.paid_through
        return through is not None and through <= due_days(self.as_of).newest

    def open_of(self, member: Member) -> Open:
        """Kinds and months of the member's open follow-ups."""
        found = FollowUp.objects.open(as_of=self.as_of).filter(member=member)
        return set(found.values_list("kind", "unpaid_since"))

    def check(self) -> None:
        """What holds after every event."""
        for member in self.members:
            opened = FollowUp.objects.open(as_of=self.as_of).filter(member=member)
            rows: list[Any] = list(opened.values_list("kind", "unpaid_since"))
            assert len({kind for kind, _ in rows}) == len(rows), rows
            covered = CoverMonth.objects.filter(member=member, reversed_at__isnull=True)
            paid_months = set(covered.values_list("month", flat=True))
            assert not paid_months & {month for _, month in rows}, rows
            assert "arrears" not in kinds(set(rows)) or self.is_behind(member)
        assert not FollowUp.objects.exclude(closed_on=None).exists()


def kinds(opened: Open) -> set[str]:
    """Kinds alone."""
    return {kind for kind, _ in opened}


@settings(max_examples=12)
@example(steps=AFTER_MONTHS)
@given(steps=STEPS)
def test_at_most_one_is_open_none_for_a_paid_month_and_again_after_a_reversal(
    steps: list[Step],
) -> None:
    with transaction.atomic():
        story = Story()
        for what, how in steps:
            story.step(what, how)
        transaction.set_rollback(True)
