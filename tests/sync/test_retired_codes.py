"""A code that is retired is offered no more, and stays valid in operations for ever (F15)."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import Member, Occupation
from perisai import publishing
from perisai.models import ReferenceFile
from perisai.publishing import code_list, code_lists
from perisai.services.reference_files import publish_all
from tests.factories.enrollment import MemberFactory, cared_for, in_book, registration_data
from tests.factories.payments import NOW
from tests.sync.phones import op, registering_phone

pytestmark = pytest.mark.django_db
RETIRED = date(2026, 10, 1)


@pytest.fixture
def retired(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contact and an occupation that were retired before anything here was captured."""
    words = {code.word: code.label for code in code_lists()["contact"]}
    kept = {name: codes for name, codes in code_lists().items() if name != "contact"}
    monkeypatch.setattr(publishing, "_lists", kept)
    code_list("contact", words, retired={"not_home": RETIRED})
    Occupation.objects.filter(code="DES01").update(retired_on=RETIRED)
    publish_all(now=NOW)


@pytest.mark.usefixtures("retired")
def test_f15_retired_codes_still_accepted() -> None:
    newest: dict[str, Any] = {file.name: file.content for file in ReferenceFile.objects.newest()}
    assert (
        '"code":"not_home","en":"not at home","id":"tidak di rumah","retired_on":"2026-10-01"'
        in (newest["codes"])
    )
    assert newest["occupations"].count('"retired_on":"2026-10-01"') == 1

    phone = registering_phone()
    member: Member = in_book(MemberFactory.create(number=2, agent=phone.device.agent))
    attempt = {
        "member_id": str(member.pk),
        "unpaid_since": None,
        "channel": "visit",
        "contact": "not_home",
    }
    registered, tried = phone.push(
        op(1, "member.register", data=registration_data(1)),
        op(2, "follow_up.attempt", data=attempt),
    )
    assert (registered["result"], tried["result"]) == ("applied", "applied")
    made = cared_for().get(pk=registered["entity_id"])
    assert [named.occupation_id for named in made.occupations.all()] == ["DES01"]
