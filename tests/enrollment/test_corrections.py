"""Corrections of members: fields set, merged with what others changed, or kept as a case."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from enrollment.errors import AgeOutOfRange, MemberClosed, NikInvalid, SoftCheckUnconfirmed
from enrollment.models import ClosedReason, Dukcapil, Member, MemberChange
from enrollment.operations import correct
from perisai.errors import FieldError, Invalid
from perisai.models import Agent
from perisai.privacy import blind_index, name_words
from sync.errors import NotInBook
from sync.models import Conflict
from sync.registry import Result
from tests.factories.enrollment import (
    CAPTURED_AT,
    MemberFactory,
    in_book,
    invented_nik,
    member_op,
)
from tests.factories.perisai import AgentFactory
from tests.sync.phones import Phone, new_phone, op, owner

pytestmark = pytest.mark.django_db

NUMBER = 7_000


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


@pytest.fixture
def member(agent: Agent) -> Member:
    return in_book(MemberFactory.create(number=NUMBER, agent=agent))


def corrected(member: Member, group: str, said: Mapping[str, Any], **members: Any) -> Result:
    """The answer to a correction; the member is read anew."""
    confirmed = members.pop("confirmed", [])
    data = {"group": group, "set": dict(said), "soft_checks_confirmed": confirmed}
    result = correct(member_op(member, "member.correct", data, **members))
    member.refresh_from_db()
    return result


def faults(member: Member, group: str, said: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """The faults for which a correction is refused, with nothing changed."""
    before = str(Member.objects.values().get(pk=member.pk))
    with pytest.raises(Invalid) as refused:
        corrected(member, group, said)
    assert str(Member.objects.values().get(pk=member.pk)) == before
    assert MemberChange.objects.count() == 0
    return refused.value.errors


def applied(member: Member, rev: int = 2, *, warnings: tuple[str, ...] = ()) -> Result:
    return Result(word="applied", entity="member", entity_id=member.pk, rev=rev, warnings=warnings)


def merged(member: Member, rev: int, theirs: list[str], ours: list[str], overlap: list[str]) -> Any:
    return Result(
        word="merged",
        entity="member",
        entity_id=member.pk,
        rev=rev,
        extra={"merged": {"theirs": theirs, "ours": ours}, "overlap": overlap},
    )


def test_r26_r28_contact_is_set_as_a_registration_would_keep_it(member: Member) -> None:
    said = {
        "phone": "0813-1111-2222",
        "phone_owner": "cadre",
        "email": "Budi@Contoh.ID",
        "address_line": "Dusun Baru",
        "rt": "5",
        "rw": "12",
        "postcode": "61258",
    }
    assert corrected(member, "contact", said) == applied(member)
    assert (member.phone, member.phone_owner) == ("+6281311112222", "cadre")
    assert bytes(member.phone_index or b"") == blind_index("phone", "+6281311112222")
    assert (member.email, member.address_line) == ("budi@contoh.id", "Dusun Baru")
    assert (member.rt, member.rw, member.postcode) == ("005", "012", "61258")
    assert (member.village_id, member.full_name) == ("3515142001", "Budi Contoh")


def test_r28_another_village_moves_regency_and_search_words(member: Member) -> None:
    corrected(member, "contact", {"village_code": "1671011001"})
    assert (member.village_id, member.regency_code) == ("1671011001", "1671")
    assert list(map(bytes, member.name_words)) == name_words("Budi Contoh", regency_code="1671")


def test_r27_another_name_has_other_search_words(member: Member) -> None:
    corrected(member, "identity", {"full_name": "Siti  Contoh"})
    assert member.full_name == "Siti Contoh"
    assert list(map(bytes, member.name_words)) == name_words("Siti Contoh", regency_code="3515")


def test_r24_identity_beside_the_card_is_set_too(member: Member) -> None:
    said = {
        "mother_maiden_name": "Ani Contoh",
        "birthplace": "Gresik",
        "kk_number": "3515140101200001",
    }
    assert corrected(member, "identity", said) == applied(member)
    assert (member.mother_maiden_name, member.birthplace) == ("Ani Contoh", "Gresik")
    assert member.kk_number == "3515140101200001"


def test_r25_work_is_set(member: Member) -> None:
    said = {
        "occupations": [{"code": "DES02", "is_main": True}, {"code": "DES01", "is_main": False}],
        "income_monthly": 2_000_000,
        "workplace": "Pasar Contoh",
        "season_note": "panen Maret",
        "ecosystem": "pasar",
    }
    assert corrected(member, "work", said) == applied(member)
    held = [(named.occupation_id, named.is_main) for named in member.occupations.all()]
    assert sorted(held) == [("DES01", False), ("DES02", True)]
    assert (member.income_monthly, member.workplace) == (2_000_000, "Pasar Contoh")
    assert (member.season_note, member.ecosystem) == ("panen Maret", "pasar")


def test_programmes_are_set(member: Member) -> None:
    assert corrected(member, "programme", {"programmes": ["JHT", "JKM", "JKK"]}) == applied(member)
    assert member.programmes == ["JKK", "JKM", "JHT"]


def test_null_clears_and_what_is_not_said_stays(member: Member) -> None:
    corrected(member, "contact", {"phone": None, "no_phone_reason": "tidak punya"})
    assert (member.phone, member.phone_index, member.phone_owner) == (None, None, "")
    assert member.no_phone_reason == "tidak punya"
    assert (member.address_line, member.rt) == ("Dusun Contoh", "003")
    corrected(member, "contact", {"phone": "081234567890", "phone_owner": "self"})
    member = Member.objects.get()
    assert (member.phone, member.no_phone_reason) == ("+6281234567890", None)


@pytest.mark.parametrize(
    ("group", "said", "pointer", "code"),
    [
        ("contact", {"phone": "12"}, "/data/set/phone", "phone_invalid"),
        ("contact", {"email": "budi"}, "/data/set/email", "email_invalid"),
        ("contact", {"village_code": "3515142999"}, "/data/set/village_code", "unknown_village"),
        ("contact", {"full_name": "Budi"}, "/data/set/full_name", "not_in_group"),
        ("identity", {"full_name": "Siti123"}, "/data/set/full_name", "name_invalid"),
        ("identity", {"full_name": None}, "/data/set/full_name", "required"),
        ("identity", {"phone": "081234567890"}, "/data/set/phone", "not_in_group"),
        ("work", {"occupations": [{"code": "X"}]}, "/data/set/occupations", "unknown_occupation"),
        ("work", {"employs_others": True}, "/data/set/programmes", "jht_required"),
        ("programme", {"programmes": ["JHT"]}, "/data/set/programmes", "jkk_jkm_required"),
        ("programme", {"programmes": None}, "/data/set/programmes", "required"),
        ("contact", {"mood": "fine"}, "/data/set", "unknown_field"),
        ("contact", {}, "/data/set", "required"),
        ("heirs", {"phone": None}, "/data/group", "unknown_choice"),
    ],
)
def test_r24_to_r28_what_breaks_a_rule_of_registration_is_refused(
    member: Member, group: str, said: Mapping[str, Any], pointer: str, code: str
) -> None:
    found = [(fault.pointer, fault.code) for fault in faults(member, group, said)]
    assert found == [(pointer, code)]


def test_r28_a_household_is_one_of_the_agents_own(member: Member, agent: Agent) -> None:
    head = MemberFactory.create(number=1, agent=agent)
    corrected(member, "contact", {"household_of": str(head.pk)})
    assert member.household_of_id == head.pk
    foreign = MemberFactory.create(number=2, agent=AgentFactory.create())
    for other in (foreign.pk, uuid4(), member.pk):
        with pytest.raises(Invalid) as refused:
            corrected(member, "contact", {"household_of": str(other)})
        assert [fault.code for fault in refused.value.errors] == ["not_in_book"]


def test_r22_a_new_nik_is_asked_as_a_registration_is(member: Member) -> None:
    with pytest.raises(NikInvalid) as refused:
        corrected(member, "identity", {"nik": "12"})
    assert refused.value.errors[0].pointer == "/data/set/nik"
    other = invented_nik(NUMBER + 1_000)  # of another birth date
    with pytest.raises(SoftCheckUnconfirmed):
        corrected(member, "identity", {"nik": other})
    confirmed = corrected(member, "identity", {"nik": other}, confirmed=["birth_differs"])
    assert confirmed == applied(member, warnings=("birth_differs",))
    assert (member.nik, bytes(member.nik_index or b"")) == (other, blind_index("nik", other))
    assert MemberChange.objects.get().soft_checks == ["birth_differs"]


def test_r21_a_birth_date_that_was_too_young_on_the_day_is_refused(member: Member) -> None:
    said = {"birth_date": "2010-01-01"}
    with pytest.raises(AgeOutOfRange) as refused:
        corrected(member, "identity", said, confirmed=["birth_differs"])
    assert refused.value.errors[0].pointer == "/data/set/birth_date"
    assert (member.rev, MemberChange.objects.count()) == (1, 0)


def test_member_edit_makes_one_change_row(member: Member) -> None:
    said = {"rt": "007", "address_line": "Dusun Lama"}
    made = member_op(member, "member.correct", {"group": "contact", "set": said})
    correct(made)
    change = MemberChange.objects.get()
    assert (change.member_id, change.rev, change.group) == (member.pk, 2, "contact")
    assert change.fields == ["address_line", "rt"]
    assert (change.agent_id, change.user_id, change.device_id) == (
        member.agent_id,
        None,
        made.device_id,
    )
    assert (change.op_id, change.changed_at) == (made.op_id, CAPTURED_AT)
    assert (change.reason, change.old_values) == (None, None)


def test_what_is_so_already_makes_no_revision(member: Member) -> None:
    assert corrected(member, "contact", {"rt": "3", "phone": "081234567890"}) == applied(member, 1)
    assert MemberChange.objects.count() == 0


def test_fields_that_nobody_else_touched_are_merged(member: Member) -> None:
    corrected(member, "contact", {"phone": "081311112222"})
    late = corrected(member, "contact", {"address_line": "Dusun Baru"}, base_rev=1)
    assert late == merged(member, 3, ["phone"], ["address_line"], [])
    assert (member.phone, member.address_line) == ("+6281311112222", "Dusun Baru")
    assert list(MemberChange.objects.order_by("rev").values_list("rev", flat=True)) == [2, 3]
    assert Conflict.objects.count() == 0


@pytest.mark.parametrize(
    ("group", "first", "second", "name"),
    [
        ("contact", {"rt": "001"}, {"rt": "002"}, "rt"),
        ("work", {"income_monthly": 1}, {"income_monthly": 2}, "income_monthly"),
    ],
)
def test_of_one_field_the_newer_arrival_wins_and_a_person_looks(
    member: Member, group: str, first: Any, second: Any, name: str
) -> None:
    corrected(member, group, first)
    late = corrected(member, group, second, base_rev=1)
    assert late == merged(member, 3, [name], [name], [name])
    case = Conflict.objects.get()
    assert (case.kind, case.entity_id, case.agent_id) == ("overlap", member.pk, member.agent_id)
    assert case.details == {name: str(first[name])}


@pytest.mark.parametrize(
    ("group", "first", "second"),
    [
        ("identity", {"full_name": "Budi Satu"}, {"full_name": "Budi Dua"}),
        ("programme", {"programmes": ["JKK", "JKM", "JHT"]}, {"programmes": ["JKM", "JKK"]}),
    ],
)
def test_of_one_identity_or_programme_a_person_decides(
    member: Member, group: str, first: Any, second: Any
) -> None:
    corrected(member, group, first)
    held = str(Member.objects.values().get())
    late = corrected(member, group, second, base_rev=1)
    assert (late.word, late.code, late.rev) == ("conflict", "overlap", None)
    assert str(Member.objects.values().get()) == held
    assert MemberChange.objects.count() == 1


def test_the_same_value_twice_is_no_overlap(member: Member) -> None:
    corrected(member, "contact", {"rt": "009"})
    again = corrected(member, "contact", {"rt": "009"}, base_rev=1)
    assert again == merged(member, 2, ["rt"], [], [])
    assert Conflict.objects.count() == 0


@pytest.mark.parametrize(
    ("base_rev", "code"), [(None, "required"), (2, "out_of_range"), (0, "out_of_range")]
)
def test_a_revision_that_the_member_never_had_is_refused(
    member: Member, base_rev: int | None, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        corrected(member, "contact", {"rt": "009"}, base_rev=base_rev)
    assert refused.value.errors == (FieldError(pointer="/base_rev", code=code),)
    assert (member.rev, member.rt) == (1, "003")


@pytest.mark.parametrize("settled", ["paid", "matched"])
def test_identity_after_payment_or_match_is_a_change_request(member: Member, settled: str) -> None:
    if settled == "paid":
        member.paid_through, member.episode_no = date(2026, 9, 1), 1
        member.save(update_fields=["paid_through", "episode_no"])
    else:
        member.dukcapil = Dukcapil.MATCH
        member.save(update_fields=["dukcapil"])
    asked = corrected(member, "identity", {"full_name": "Siti Contoh"})
    assert (asked.word, asked.code, asked.other_id) == ("conflict", "review_required", None)
    assert (member.full_name, member.rev) == ("Budi Contoh", 1)
    assert corrected(member, "contact", {"rt": "009"}) == applied(member)

    decided = corrected(member, "identity", {"full_name": "Siti Contoh"}, decision="apply")
    assert decided == applied(member, 3)
    assert member.full_name == "Siti Contoh"
    assert member.dukcapil == Dukcapil.NOT_CHECKED


def test_r23_the_nik_of_another_member_is_a_case(member: Member) -> None:
    other = MemberFactory.create(number=NUMBER + 1)
    said = {"nik": invented_nik(NUMBER + 1)}
    asked = corrected(member, "identity", said)
    assert (asked.word, asked.code, asked.other_id) == ("conflict", "duplicate_identity", other.pk)
    assert (member.nik, member.rev) == (invented_nik(NUMBER), 1)


def test_r23_the_nik_of_somebody_deceased_is_a_case_of_its_own(member: Member) -> None:
    dead = MemberFactory.create(
        number=NUMBER + 1, closed_on=date(2026, 9, 1), closed_reason=ClosedReason.DECEASED
    )
    asked = corrected(member, "identity", {"nik": invented_nik(NUMBER + 1)})
    assert (asked.word, asked.code, asked.case) == (
        "conflict",
        "review_required",
        "identity_deceased",
    )
    assert asked.other_id == dead.pk


def test_r20_a_closed_member_is_not_corrected(member: Member) -> None:
    member.closed_on, member.closed_reason = date(2026, 9, 1), ClosedReason.WITHDRAWN
    member.save(update_fields=["closed_on", "closed_reason"])
    with pytest.raises(MemberClosed):
        corrected(member, "contact", {"rt": "009"})
    assert (member.rt, MemberChange.objects.count()) == ("003", 0)


def test_foreign_and_unknown_members_are_one_answer(member: Member) -> None:
    stranger = AgentFactory.create()
    made = member_op(member, "member.correct", {"group": "contact", "set": {"rt": "1"}})
    for strange in (replace(made, agent_id=stranger.pk), replace(made, entity_id=uuid4())):
        with pytest.raises(NotInBook):
            correct(strange)
    assert Member.objects.get().rt == "003"


def own_member(phone: Phone, **members: Any) -> Member:
    agent = Agent.objects.get(pk=owner(phone))
    return in_book(MemberFactory.create(number=NUMBER, agent=agent, **members))


def test_over_http_a_correction_shows_in_the_book(db: None) -> None:
    phone = new_phone()
    member = own_member(phone)
    data = {"group": "contact", "set": {"rt": "009"}}
    (answer,) = phone.push(op(1, "member.correct", entity_id=member.pk, base_rev=1, data=data))
    assert (answer["result"], answer["rev"], answer["entity"]) == ("applied", 2, "member")
    phone.pull()
    version, row = phone.rows["member", str(member.pk)]
    assert (version, row["rt"], row["rev"]) == (answer["ver"], "009", 2)


def test_over_http_a_change_request_is_a_case_and_changes_nothing(db: None) -> None:
    phone = new_phone()
    member = own_member(phone, paid_through=date(2026, 9, 1))
    data = {"group": "identity", "set": {"full_name": "Siti Contoh"}}
    (answer,) = phone.push(op(1, "member.correct", entity_id=member.pk, base_rev=1, data=data))
    case = Conflict.objects.get()
    assert answer["result"] == "conflict"
    assert (answer["code"], answer["conflict_id"]) == ("review_required", str(case.pk))
    assert (case.kind, case.entity, case.entity_id) == ("review_required", "member", member.pk)
    member.refresh_from_db()
    assert (member.full_name, member.rev) == ("Budi Contoh", 1)
