"""`paid_through` is the fold of the cover months, whatever is billed and paid in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment.models import Member
from payments.models import Bill, CoverMonth, PostAgent
from payments.services.billing import BillOrder, make_bill
from payments.services.checks import run_checks
from payments.services.outcomes import Posted, Refused
from payments.services.posting import pay
from perisai.months import add_months, months_between
from tests.factories.payments import (
    WIB,
    PostAgentFactory,
    cared_for_member,
    command_for,
    partner_maker,
)

START = datetime(2025, 6, 3, 9, tzinfo=WIB)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """After some days a bill is made; some bill, perhaps an old one, is paid."""

    days: int
    months: int
    which: int
    off_by: int


STEPS = st.lists(
    st.builds(
        Step,
        days=st.integers(0, 75),
        months=st.sampled_from([1, 1, 2, 3, 6]),
        which=st.integers(0, 3),
        off_by=st.sampled_from([0, 0, 0, 1]),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_paid_through_is_the_fold_of_the_cover_months(steps: list[Step]) -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    now, posted = START, 0

    for step in steps:
        now += timedelta(days=step.days)
        posted += pay_some_bill(member, outlet, step, now=now)

    months = list(CoverMonth.objects.filter(member=member).order_by("month"))
    member.refresh_from_db()
    newest = [row.month for row in months if row.episode_no == member.episode_no]
    assert (member.paid_through is None) == (posted == 0)
    assert member.paid_through == (max(newest) if newest else None)
    assert len(newest) == (months_between(newest[0], newest[-1]) + 1 if newest else 0)
    assert all(row.month < newest[0] for row in months if row.episode_no < member.episode_no)
    assert [result.code for result in run_checks() if result.breaks] == []


def pay_some_bill(member: Member, outlet: PostAgent, step: Step, *, now: datetime) -> bool:
    """Whether the payment of one of the newest bills was booked."""
    order = BillOrder(maker=partner_maker(outlet), member_ids=(member.pk,), months=step.months)
    made = make_bill(order, now=now)
    if isinstance(made, Refused):
        assert made.code in {"too_far_ahead", "already_paid"}
    bills = list(Bill.objects.filter(lines__member=member).distinct().order_by("-id")[:4])
    if not bills:
        return False
    bill = bills[min(step.which, len(bills) - 1)]
    command = command_for(
        bill, outlet, paid_at=now, amount=bill.payable + step.off_by, confirm_repeat=True
    )
    before = member.paid_through
    outcome = pay(command, now=now)
    member.refresh_from_db()
    if isinstance(outcome, Posted):
        assert member.paid_through is not None
        assert before is None or member.paid_through >= add_months(before, 1)
        return True
    assert member.paid_through == before
    return False
