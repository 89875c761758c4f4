"""What a member is told of the registration (R39): by the phone that was given, if any."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from enrollment.messages import registration_received
from enrollment.models import ClosedReason
from enrollment.operations import register
from perisai.registry import Message
from perisai.services.messages import relay
from tests.factories.enrollment import (
    ConsentFactory,
    EligibleAgentFactory,
    MemberFactory,
    register_op,
    registration_data,
)

pytestmark = pytest.mark.django_db

RECEIVED = "Pendaftaran diterima. Perlindungan mulai setelah iuran pertama dibayar."


def test_r39_a_registration_is_confirmed_by_one_message(
    sent_messages: list[tuple[str, Message]],
) -> None:
    register(register_op(EligibleAgentFactory.create().pk, registration_data()))
    assert relay(timezone.now(), 10) == 1
    assert [message for _reference, message in sent_messages] == [
        Message(
            phone_e164="+6281234567890",
            language="id",
            template="member_registered",
            text=RECEIVED,
        )
    ]
    assert relay(timezone.now(), 10) == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"phone": None}, id="no phone"),
        pytest.param(
            {"closed_on": date(2026, 11, 10), "closed_reason": ClosedReason.DECEASED}, id="deceased"
        ),
    ],
)
def test_nobody_is_told_without_a_phone_or_after_closing(changes: dict[str, Any]) -> None:
    assert registration_received(MemberFactory.create(**changes).pk) is None
    assert registration_received(uuid4()) is None


def test_the_message_is_in_the_language_of_the_consent() -> None:
    member = MemberFactory.create()
    ConsentFactory.create(
        member=member,
        agent=EligibleAgentFactory.create(),
        language="en",
        text_version_id="2026-09-en",
    )
    written = registration_received(member.pk)
    assert written is not None
    assert (written.language, written.text) == (
        "en",
        "Registration received. Cover begins when the first contribution is paid.",
    )
