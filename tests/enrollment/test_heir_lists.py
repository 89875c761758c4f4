"""The list of heirs: replaced as a whole, never merged, in legal order where it is shown."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import ClosedReason, Heir, Member, MemberChange
from enrollment.operations import correct, set_list
from enrollment.services.member_detail import heirs_of
from perisai.errors import Invalid
from perisai.models import Agent
from sync.errors import NotInBook
from sync.registry import Result
from tests.factories.enrollment import MemberFactory, in_book, invented_nik, member_op
from tests.factories.perisai import AgentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> Member:
    return in_book(MemberFactory.create(number=1, agent=AgentFactory.create()))


def heir(name: str, relation: str = "child", **said: Any) -> dict[str, Any]:
    return {"name": name, "relation": relation} | said


def put(member: Member, *heirs: dict[str, Any], **members: Any) -> Result:
    result = set_list(member_op(member, "heir.set", {"heirs": list(heirs)}, **members))
    member.refresh_from_db()
    return result


def names(member: Member) -> list[str]:
    return [shown.name for shown in heirs_of(member.pk)]


def test_heirs_take_the_place_of_all_earlier_ones(member: Member) -> None:
    put(member, heir("Ani Contoh"), heir("Adi Contoh"))
    second = put(member, heir("Siti Contoh", "spouse"))
    assert second == Result(word="applied", entity="member", entity_id=member.pk, rev=3)
    assert names(member) == ["Siti Contoh"]
    changes = MemberChange.objects.order_by("rev").values_list("rev", "group", "fields")
    assert list(changes) == [(2, "heirs", ["heirs"]), (3, "heirs", ["heirs"])]
    put(member)
    assert Heir.objects.count() == 0


def test_heirs_are_shown_in_legal_order_then_as_named(member: Member) -> None:
    put(
        member,
        heir("Lain Contoh", "other"),
        heir("Kakak Contoh", "sibling"),
        heir("Anak Dua", "child"),
        heir("Anak Satu", "child"),
        heir("Siti Contoh", "spouse"),
    )
    assert names(member) == [
        *("Siti Contoh", "Anak Dua", "Anak Satu", "Kakak Contoh", "Lain Contoh")
    ]


def test_r36_of_a_minor_only_name_relation_and_birth_year_are_kept(member: Member) -> None:
    said = {"birth_date": "2015-05-01", "phone": "081234567890", "nik": invented_nik(5)}
    put(member, heir("Adi Contoh", **said))
    kept = Heir.objects.get()
    assert (kept.name, kept.relation, kept.birth_year) == ("Adi Contoh", "child", "2015")
    assert (kept.phone, kept.nik) == (None, None)


def test_heirs_changed_meanwhile_are_a_case(member: Member) -> None:
    put(member, heir("Ani Contoh"))
    late = put(member, heir("Adi Contoh"), base_rev=1)
    assert (late.word, late.code) == ("conflict", "heirs_changed")
    assert names(member) == ["Ani Contoh"]
    decided = put(member, heir("Adi Contoh"), base_rev=1, decision="apply")
    assert (decided.word, decided.rev) == ("applied", 3)
    assert names(member) == ["Adi Contoh"]


def test_heirs_beside_another_change_are_merged(member: Member) -> None:
    data = {"group": "contact", "set": {"rt": "009"}}
    correct(member_op(member, "member.correct", data))
    late = put(member, heir("Ani Contoh"), base_rev=1)
    assert (late.word, late.rev) == ("merged", 3)
    assert late.extra == {"merged": {"theirs": ["rt"], "ours": ["heirs"]}, "overlap": []}


def test_r20_the_heirs_of_a_closed_member_are_still_set(member: Member) -> None:
    member.closed_on, member.closed_reason = date(2026, 9, 1), ClosedReason.DECEASED
    member.save(update_fields=["closed_on", "closed_reason"])
    assert put(member, heir("Ani Contoh")).word == "applied"


@pytest.mark.parametrize(
    ("heirs", "pointer", "code"),
    [
        (None, "/data/heirs", "required"),
        ([heir("Ani Contoh")] * 6, "/data/heirs", "too_many"),
        ([heir("Ani Contoh", "friend")], "/data/heirs/0/relation", "unknown_choice"),
        ([heir("A1")], "/data/heirs/0/name", "name_invalid"),
        ([heir("Ani", phone="12")], "/data/heirs/0/phone", "phone_invalid"),
        ([heir("Ani", nik="12")], "/data/heirs/0/nik", "length"),
    ],
)
def test_faulty_heirs_leave_the_list_as_it_is(
    member: Member, heirs: Any, pointer: str, code: str
) -> None:
    put(member, heir("Budi Contoh"))
    with pytest.raises(Invalid) as refused:
        set_list(member_op(member, "heir.set", {"heirs": heirs}))
    assert [(fault.pointer, fault.code) for fault in refused.value.errors] == [(pointer, code)]
    assert names(member) == ["Budi Contoh"]


def test_heirs_of_another_agents_member_are_not_in_the_book(member: Member) -> None:
    stranger: Agent = AgentFactory.create()
    with pytest.raises(NotInBook):
        put(member, heir("Ani Contoh"), agent_id=stranger.pk)
    assert Heir.objects.count() == 0
