"""An agent never reads a full NIK again after sending it (R37)."""

from typing import Any

import pytest
import time_machine

from enrollment.models import Heir, Member
from perisai.ids import new_id
from perisai.privacy import mask
from tests.factories.enrollment import invented_nik, registration_data
from tests.sync.phones import Phone, op, registering_phone

pytestmark = pytest.mark.django_db
HEIRS_NIK = invented_nik(77)


@pytest.fixture
def registered() -> tuple[Phone, Member]:
    """A phone that has just registered somebody with an heir, and the member."""
    member_id = new_id()
    heir = {"name": "ANI CONTOH", "relation": "spouse", "nik": HEIRS_NIK}
    said = registration_data(heirs=[heir])
    with time_machine.travel("2026-11-18T10:00:00+07:00", tick=False):
        phone = registering_phone()
        (result,) = phone.push(op(1, "member.register", entity_id=member_id, data=said))
    assert result["result"] == "applied", result
    return phone, Member.objects.get(pk=member_id)


def read_by(phone: Phone, member: Member) -> dict[str, str]:
    """Everything that the app can read of a member, by address."""
    addresses = [
        "/api/v1/members",
        f"/api/v1/members/{member.pk}",
        "/api/v1/follow-ups",
        "/api/v1/sync/changes",
        "/api/v1/sync/config",
        "/api/v1/sync",
        f"/api/v1/bills?member_id={member.pk}",
    ]
    found: dict[str, Any] = {one: phone.client.get(one) for one in addresses}
    asked = {"nik": member.nik}
    found["search"] = phone.client.post("/api/v1/members/search", asked)
    assert {answer.status_code for answer in found.values()} == {200}
    return {address: answer.content.decode() for address, answer in found.items()}


def test_book_holds_no_full_nik(registered: tuple[Phone, Member]) -> None:
    phone, member = registered
    with time_machine.travel("2026-11-18T10:00:00+07:00", tick=False):
        phone.pull()
    rows = str(phone.rows)
    assert mask("nik", member.nik) in rows
    assert member.nik not in rows
    assert HEIRS_NIK not in rows


def test_no_answer_of_the_app_holds_a_full_nik(registered: tuple[Phone, Member]) -> None:
    phone, member = registered
    assert Heir.objects.get().nik == HEIRS_NIK
    with time_machine.travel("2026-11-18T10:00:00+07:00", tick=False):
        read = read_by(phone, member)
    assert mask("nik", member.nik) in read[f"/api/v1/members/{member.pk}"]
    for address, text in read.items():
        assert member.nik not in text, address
        assert HEIRS_NIK not in text, address
