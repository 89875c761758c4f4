"""A payment closes a follow-up by derivation, and its reversal opens it again (R12, R16)."""

from datetime import date, timedelta

import pytest

from enrollment.cover import CoverState, cover_state
from enrollment.models import Member
from enrollment.services.cover_days import cover_day
from payments.services.reversal import reverse
from retention.models import FollowUp
from retention.services.sweep import open_follow_ups
from tests.factories.payments import NOW, PostAgentFactory, imported_member, paid, reversal_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=20)


def open_months(member: Member) -> list[str]:
    """The first unpaid months of the member's open follow-ups."""
    found = FollowUp.objects.open(as_of=NOW.date()).filter(member=member).order_by("unpaid_since")
    return [f"{month:%Y-%m}" for month in found.values_list("unpaid_since", flat=True)]


def test_r16_reversal_opens_the_follow_up_that_its_payment_closed() -> None:
    member = imported_member(paid_through=date(2026, 8, 1))
    open_follow_ups(member.regency_code, as_of=date(2026, 10, 1))
    assert open_months(member) == ["2026-09"]
    payment = paid(member, PostAgentFactory.create())
    open_follow_ups(member.regency_code, as_of=date(2026, 11, 21))
    assert open_months(member) == ["2026-10"]
    rows = list(FollowUp.objects.values())

    reverse(reversal_of(payment), now=LATER)

    assert open_months(member) == ["2026-09"]
    assert list(FollowUp.objects.values()) == rows


def test_r17_reversal_of_a_reentry_brings_back_the_old_episodes_follow_up() -> None:
    member = imported_member(paid_through=date(2026, 5, 1))
    open_follow_ups(member.regency_code, as_of=date(2026, 9, 1))
    assert open_months(member) == ["2026-06"]
    payment = paid(member, PostAgentFactory.create())
    assert open_months(member) == []

    reverse(reversal_of(payment), now=LATER)

    assert open_months(member) == ["2026-06"]
    member.refresh_from_db()
    day = cover_day(NOW.date())
    assert cover_state(member.paid_through, closed_on=None, day=day) is CoverState.LAPSED
