"""A supervisor corrects a member with a reason; the fact keeps who, why and what it was."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.models import Member, MemberChange
from perisai.models import Role
from sync.models import BookEntry
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import ADDRESS, Corner

pytestmark = pytest.mark.django_db
REASON = "Salah ketik, dicocokkan dengan kartu."


def correct(browser: Client, member: Member, part: str, **data: Any) -> Any:
    url = reverse("admin:enrollment_member_act", args=[member.pk, f"correct-{part}"])
    return browser.post(url, {"reason": REASON} | data)


@pytest.mark.parametrize(
    ("part", "data", "fields"),
    [
        ("contact", {"address_line": "Dusun Baru", "rt": "5"}, ["address_line", "rt"]),
        ("contact", {"cleared": ["rw"]}, ["rw"]),
        ("identity", {"full_name": "Siti Betul"}, ["full_name"]),
        ("work", {"income_monthly": "2500000"}, ["income_monthly"]),
        ("work", {"main": "DES12", "extra": "DES01"}, ["occupations"]),
        ("programmes", {"programmes": ["JKK", "JKM", "JHT"]}, ["programmes"]),
    ],
)
def test_a_correction_leaves_one_change_with_reason_and_old_values(
    part: str, data: dict[str, Any], fields: list[str], corner: Corner, as_user: As
) -> None:
    rev = corner.member.rev
    assert correct(as_user(corner.supervisor), corner.member, part, **data).status_code == 302
    change = MemberChange.objects.get(member=corner.member)
    assert (change.rev, change.fields, change.user) == (rev + 1, fields, corner.supervisor)
    assert change.reason == REASON
    assert sorted(change.old_values or {}) == fields
    assert Member.objects.get(pk=corner.member.pk).rev == rev + 1
    entry = BookEntry.objects.get(book__agent=corner.agent, entity_id=corner.member.pk)
    assert entry.is_present


def test_old_values_and_reason_are_ciphertext(corner: Corner, as_user: As) -> None:
    correct(as_user(corner.supervisor), corner.member, "contact", address_line="Dusun Baru")
    row = MemberChange.objects.filter(member=corner.member).values("old_values", "reason").get()
    assert ADDRESS not in str(row)
    change = MemberChange.objects.get(member=corner.member)
    assert change.old_values == {"address_line": ADDRESS}


@pytest.mark.parametrize(
    ("part", "data", "told"),
    [
        ("contact", {"village_code": "9999999999"}, "tidak dikenal"),
        ("contact", {"phone": "abc"}, "Bukan nomor ponsel"),
        ("identity", {"nik": "3300000000000000"}, "NIK"),
        ("work", {"extra": "DES01"}, "pekerjaan utama"),
        ("programmes", {"programmes": ["JHT"]}, "JKK"),
        ("contact", {"address_line": "Baru", "reason": "pendek"}, "10"),
    ],
)
def test_what_breaks_a_rule_is_told_and_changes_nothing(
    part: str, data: dict[str, Any], told: str, corner: Corner, as_user: As
) -> None:
    answer = correct(as_user(corner.supervisor), corner.member, part, **data)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not MemberChange.objects.filter(member=corner.member).exists()


def test_the_nik_of_another_member_is_refused(corner: Corner, as_user: As) -> None:
    other = MemberFactory.create(agent=corner.agent)
    answer = correct(
        as_user(corner.supervisor),
        corner.member,
        "identity",
        nik=other.nik,
        soft_checks_confirmed=["birth_differs", "sex_differs"],
    )
    assert answer.status_code == 422
    assert "NIK sudah terdaftar" in answer.content.decode()
    assert Member.objects.get(pk=corner.member.pk).nik == corner.member.nik


def test_another_branch_and_other_roles_correct_nothing(
    corner: Corner, elsewhere: Corner, as_user: As
) -> None:
    supervisor = as_user(corner.supervisor)
    assert correct(supervisor, elsewhere.member, "contact", rt="5").status_code == 404
    national = as_user(UserFactory.create(role=Role.NATIONAL))
    assert correct(national, corner.member, "contact", rt="5").status_code == 403
    assert not MemberChange.objects.exists()
