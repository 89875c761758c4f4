"""Consent given and taken back by phones whose clock is wrong (R36, R38)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from enrollment.models import Consent, ConsentWithdrawal, Member
from perisai import clock
from perisai.ids import new_id
from perisai.models import Agent
from tests.factories.enrollment import MemberFactory, consent_data, in_book, registration_data
from tests.sync.phones import Body, Phone, new_phone, op, owner, registering_phone

pytestmark = pytest.mark.django_db

SLOW, FAST, RIGHT = timedelta(days=-2), timedelta(days=400), timedelta()
A_WHILE = timedelta(minutes=3)
NETWORK = timedelta(minutes=1)  # more than a test's own time between two calls


@pytest.fixture
def phone() -> Phone:
    return new_phone()


@pytest.fixture
def member(phone: Phone) -> Member:
    return in_book(MemberFactory.create(number=1, agent=Agent.objects.get(pk=owner(phone))))


def shows(wrong: timedelta) -> datetime:
    """What a phone's clock shows that is wrong by so much."""
    return clock.now() + wrong


def push(phone: Phone, seq: int, kind: str, data: Body, *, wrong: timedelta, **members: Any) -> str:
    """Send it with the clock as it is; the word of the answer."""
    phone.client.credentials(
        HTTP_X_APP_VERSION="1.4.0",
        HTTP_X_SCHEMA="1",
        HTTP_X_DEVICE_TIME=shows(wrong).isoformat(),
        HTTP_AUTHORIZATION=f"Token {phone.client.token}",
    )
    made = {"entity_id": new_id(), "at": shows(wrong).isoformat()} | members
    (answer,) = phone.push(op(seq, kind, data=data, **made))
    return str(answer["result"])


def agree(phone: Phone, seq: int, member: Member, *, wrong: timedelta) -> str:
    data = consent_data(
        member_id=str(member.pk),
        purposes=["reminders"],
        given_at=(shows(wrong) - A_WHILE).isoformat(),
    )
    return push(phone, seq, "consent.record", data, wrong=wrong)


def take_back(phone: Phone, seq: int, member: Member, *, wrong: timedelta) -> str:
    asked_at = shows(wrong).isoformat()
    data = {"member_id": str(member.pk), "purposes": ["reminders"], "asked_at": asked_at}
    return push(phone, seq, "consent.withdraw", data, wrong=wrong)


def is_reminded(phone: Phone, member: Member) -> bool:
    phone.pull()
    return bool(phone.rows["member", str(member.pk)][1]["reminders"])


@pytest.mark.parametrize(
    ("given_on", "asked_on"), [(RIGHT, SLOW), (FAST, RIGHT), (SLOW, SLOW), (FAST, SLOW)]
)
def test_r36_what_is_taken_back_later_counts_by_whatever_clock(
    phone: Phone, member: Member, given_on: timedelta, asked_on: timedelta
) -> None:
    assert agree(phone, 1, member, wrong=given_on) == "applied"
    assert is_reminded(phone, member)

    assert take_back(phone, 2, member, wrong=asked_on) == "applied"

    assert not is_reminded(phone, member)


def test_r36_agreed_again_by_a_slow_clock_she_is_reminded_again(
    phone: Phone, member: Member
) -> None:
    take_back(phone, 1, member, wrong=RIGHT)
    data = consent_data(
        member_id=str(member.pk), purposes=["reminders"], given_at=shows(SLOW).isoformat()
    )
    assert push(phone, 2, "consent.record", data, wrong=SLOW) == "applied"
    assert is_reminded(phone, member)


def test_r36_a_forms_consent_is_kept_by_our_clock(db: None) -> None:
    phone = registering_phone()
    given_at = (shows(FAST) - A_WHILE).isoformat()
    data = registration_data(1, consent=consent_data(given_at=given_at))
    before = clock.now()

    assert push(phone, 1, "member.register", data, wrong=FAST) == "applied"

    kept = Consent.objects.get().given_at
    assert abs(kept - (before - A_WHILE)) < NETWORK


def test_r36_nobody_agrees_or_takes_back_after_we_heard_of_it(phone: Phone, member: Member) -> None:
    ahead = (shows(RIGHT) + timedelta(days=3)).isoformat()
    given = consent_data(member_id=str(member.pk), purposes=["reminders"], given_at=ahead)
    asked = {"member_id": str(member.pk), "purposes": ["photo"], "asked_at": ahead}
    push(phone, 1, "consent.record", given, wrong=RIGHT)
    push(phone, 2, "consent.withdraw", asked, wrong=RIGHT)
    now = clock.now()
    assert Consent.objects.get().given_at <= now
    assert ConsentWithdrawal.objects.get().asked_at <= now


def test_r36_a_clock_mended_before_the_consent_was_sent_undoes_no_withdrawal(
    phone: Phone, member: Member
) -> None:
    agreed_at, asked_at = (clock.now() - timedelta(minutes=ago) for ago in (60, 30))
    given = consent_data(
        member_id=str(member.pk), purposes=["reminders"], given_at=shows(FAST).isoformat()
    )
    asked = {"member_id": str(member.pk), "purposes": ["reminders"]}
    phone.push(
        op(1, "consent.record", entity_id=new_id(), data=given, at=agreed_at.isoformat()),
        op(
            *(2, "consent.withdraw"),
            entity_id=new_id(),
            data=asked | {"asked_at": asked_at.isoformat()},
            at=asked_at.isoformat(),
        ),
    )
    assert Consent.objects.get().given_at == agreed_at
    assert not is_reminded(phone, member)
