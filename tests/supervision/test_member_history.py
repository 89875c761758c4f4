"""A member's page: who changed what, heirs in legal order, doubts that were confirmed."""

from typing import Any

import pytest

from enrollment.models import Heir, Relation
from enrollment.operations import correct
from tests.factories.enrollment import in_book, member_op
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db


def page(corner: Corner, as_user: As) -> str:
    answer: Any = as_user(corner.supervisor).get(corner.detail_url("enrollment_member"))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_an_edit_is_told_by_its_fields_and_never_by_values(corner: Corner, as_user: As) -> None:
    member = in_book(corner.member)
    data = {
        "group": "identity",
        "set": {"mother_maiden_name": "IBU RAHASIA", "sex": "female"},
        "soft_checks_confirmed": ["sex_differs"],
    }
    op = member_op(member, "member.correct", data, decision="apply", decided_by=None)
    assert correct(op).word == "applied"
    text = page(corner, as_user)
    assert "Riwayat perubahan" in text
    assert "nama gadis ibu kandung" in text
    assert corner.agent.number in text
    assert "IBU RAHASIA" not in text


def test_heirs_stand_in_legal_order_with_what_may_be_shown(corner: Corner, as_user: As) -> None:
    for position, (name, relation) in enumerate(
        [("ANAK CONTOH", Relation.CHILD), ("ISTRI CONTOH", Relation.SPOUSE)], start=1
    ):
        Heir.objects.create(
            member=corner.member,
            position=position,
            name=name,
            relation=relation,
            phone="+6281298765432",
            nik="3515140101809999",
        )
    text = page(corner, as_user)
    assert text.index("ISTRI CONTOH") < text.index("ANAK CONTOH")
    assert "+6281298765432" not in text
    assert "3515140101809999" not in text
    assert "suami atau istri" in text


def test_gaps_are_badges(corner: Corner, as_user: As) -> None:
    assert "tanpa catatan" in page(corner, as_user)
    corner.member.phone, corner.member.phone_index = None, None
    corner.member.save(update_fields=["phone", "phone_index"])
    assert "tanpa nomor ponsel" in page(corner, as_user)
