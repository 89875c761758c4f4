"""A form becomes a member or a draft (R10, R20 to R28, R36)."""

from datetime import date, datetime
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models import Assignment, Consent, Heir, Member, Registration, Verdict
from enrollment.operations import register
from enrollment.services.members import missing_of
from perisai.damm import is_sound
from perisai.models import Agent, AgentVillage, OutboxMessage, Regency
from perisai.privacy import blind_index, name_words
from sync.models import BookEntry
from sync.registry import Op, Result
from tests.factories.enrollment import (
    CAPTURED_AT,
    EligibleAgentFactory,
    MemberFactory,
    consent_data,
    invented_nik,
    register_op,
    registration_data,
)

pytestmark = pytest.mark.django_db

CAPTURED_ON = date(2026, 11, 18)
ALL_OPTIONAL: tuple[str, ...] = (
    "village_code",
    "address_line",
    "phone",
    "phone_owner",
    "occupations",
    "income_monthly",
    "programmes",
)


@pytest.fixture
def agent() -> Agent:
    return EligibleAgentFactory.create()


def registered(op: Op) -> tuple[Result, Member]:
    result = register(op)
    return result, Member.objects.get(pk=op.entity_id)


def presence(agent_id: UUID) -> list[tuple[UUID, bool]]:
    entries = BookEntry.objects.filter(book__agent=agent_id, entity="member")
    return list(entries.order_by("entity_id").values_list("entity_id", "is_present"))


def test_a_complete_form_becomes_a_member_with_all_that_was_said(agent: Agent) -> None:
    op = register_op(agent.pk, registration_data(7, email="Budi@Contoh.ID", birthplace="Sidoarjo"))
    result, member = registered(op)
    assert result == Result(
        word="applied", entity="member", entity_id=op.entity_id, rev=1, warnings=()
    )
    assert (member.nik, member.nik_index) == (
        invented_nik(7),
        blind_index("nik", invented_nik(7)),
    )
    assert (member.full_name, member.birthplace) == ("BUDI CONTOH", "Sidoarjo")
    assert list(map(bytes, member.name_words)) == name_words("BUDI CONTOH", regency_code="3515")
    assert (member.phone, member.phone_owner) == ("+6281234567890", "self")
    assert (member.village_id, member.regency_code) == ("3515142001", "3515")
    assert (member.rt, member.rw, member.email) == ("003", "001", "budi@contoh.id")
    assert (member.programmes, member.income_monthly) == (["JKK", "JKM"], 900_000)
    assert (member.agent_id, member.branch_id) == (agent.pk, agent.office.branch_id)
    assert (member.registered_on, member.paid_through, member.episode_no) == (CAPTURED_ON, None, 0)
    assert (member.ecosystem, member.kpj_provisional) == ("desa", True)
    assert member.kpj.startswith("9")
    assert is_sound(member.kpj)
    named = member.occupations.get()
    assert (named.occupation_id, named.is_main) == ("DES01", True)


def test_the_facts_of_a_registration_stand_beside_the_member(agent: Agent) -> None:
    op = register_op(agent.pk, registration_data(months=3, bill_code="9961129031000178"))
    _result, member = registered(op)
    registration = Registration.objects.get()
    assert (registration.op_id, registration.member_id) == (op.op_id, member.pk)
    assert (registration.verdict, registration.captured_at) == (Verdict.ACCEPTED, CAPTURED_AT)
    assert (registration.months, registration.bill_code) == (3, "9961129031000178")
    consent = Consent.objects.get()
    assert (consent.member_id, consent.purposes) == (member.pk, ["registration", "reminders"])
    assert (consent.agent_id, consent.text_version_id) == (agent.pk, "2026-09-id")
    assignment = Assignment.objects.get()
    assert (assignment.member_id, assignment.agent_id) == (member.pk, agent.pk)
    assert assignment.from_on == CAPTURED_ON
    message = OutboxMessage.objects.get()
    assert (message.kind, message.subject_id) == ("member.registered", member.pk)
    assert presence(agent.pk) == [(member.pk, True)]


def test_r10_every_member_gets_a_number_of_its_own(agent: Agent) -> None:
    numbers = {registered(register_op(agent.pk, registration_data(n)))[1].kpj for n in range(5)}
    assert len(numbers) == 5


@pytest.mark.parametrize("absent", ALL_OPTIONAL)
def test_r24_what_is_absent_makes_a_draft(agent: Agent, absent: str) -> None:
    _result, member = registered(register_op(agent.pk, registration_data(without=[absent])))
    assert missing_of(member) == ([] if absent == "phone_owner" else [absent])


def test_r24_a_draft_is_a_member_in_the_book(agent: Agent) -> None:
    AgentVillage.objects.create(agent=agent, village_id="1671011001")
    op = register_op(agent.pk, registration_data(without=ALL_OPTIONAL))
    result, member = registered(op)
    assert result.word == "applied"
    assert missing_of(member) == [
        "village_code",
        "address_line",
        "phone",
        "occupations",
        "income_monthly",
        "programmes",
    ]
    assert member.regency_code == "1671"
    assert presence(agent.pk) == [(member.pk, True)]


def test_r24_a_draft_of_an_agent_without_villages_stands_in_the_branch(agent: Agent) -> None:
    agent.branch.regencies.add(Regency.objects.get(code="8271"))
    op = register_op(agent.pk, registration_data(without=["village_code"]))
    assert registered(op)[1].regency_code == "8271"


def test_r24_no_phone_with_a_reason_is_complete(agent: Agent) -> None:
    data = registration_data(without=["phone", "phone_owner"], no_phone_reason="tidak punya")
    _result, member = registered(register_op(agent.pk, data))
    assert missing_of(member) == []
    assert (member.phone, member.phone_index) == (None, None)


def test_r24_an_income_of_zero_is_said(agent: Agent) -> None:
    _result, member = registered(register_op(agent.pk, registration_data(income_monthly=0)))
    assert (member.income_monthly, missing_of(member)) == (0, [])


def test_r25_two_occupations_with_one_main_are_kept(agent: Agent) -> None:
    named = [{"code": "DES01", "is_main": True}, {"code": "DES02", "is_main": False}]
    _result, member = registered(register_op(agent.pk, registration_data(occupations=named)))
    kept = member.occupations.order_by("occupation").values_list("occupation", "is_main")
    assert list(kept) == [("DES01", True), ("DES02", False)]


@pytest.mark.parametrize(
    ("written", "kept"), [("5", "005"), ("05", "005"), ("005", "005"), ("", ""), (" ", "")]
)
def test_r28_rt_and_rw_are_three_digits(agent: Agent, written: str, kept: str) -> None:
    data = registration_data(rt=written, rw=written)
    _result, member = registered(register_op(agent.pk, data))
    assert (member.rt, member.rw) == (kept, kept)


def test_r26_people_may_share_a_phone(agent: Agent) -> None:
    first = registered(register_op(agent.pk, registration_data(1)))[1]
    second = registered(register_op(agent.pk, registration_data(2)))[1]
    assert set(Member.objects.with_phone("+6281234567890")) == {first, second}


def test_r1_an_employer_with_jht_is_accepted(agent: Agent) -> None:
    data = registration_data(programmes=["JKK", "JKM", "JHT"], employs_others=True)
    _result, member = registered(register_op(agent.pk, data))
    assert (member.programmes, member.employs_others) == (["JKK", "JKM", "JHT"], True)


def test_r22_confirmed_doubts_are_warnings_and_are_kept(agent: Agent) -> None:
    data = registration_data(
        sex="female", soft_checks_confirmed=["sex_differs", "birth_differs", "digits_equal"]
    )
    result, member = registered(register_op(agent.pk, data))
    assert result.warnings == ("sex_differs",)
    assert Registration.objects.get(member=member).soft_checks == ["sex_differs"]


def test_r22_a_nik_may_be_written_in_groups(agent: Agent) -> None:
    digits = invented_nik(3)
    grouped = f"{digits[:6]}-{digits[6:12]}.{digits[12:]} "
    assert registered(register_op(agent.pk, registration_data(3, nik=grouped)))[1].nik == digits


@pytest.mark.parametrize(
    ("birth_date", "captured_at"),
    [
        pytest.param("2008-11-18", "2026-11-18T00:00:00+07:00", id="18 today"),
        pytest.param("1961-11-19", "2026-11-18T23:59:00+07:00", id="64 until tonight"),
    ],
)
def test_r21_the_age_counts_on_the_day_of_capture(
    agent: Agent, birth_date: str, captured_at: str
) -> None:
    data = registration_data(birth_date=birth_date, soft_checks_confirmed=["birth_differs"])
    op = register_op(agent.pk, data, at=datetime.fromisoformat(captured_at))
    assert register(op).word == "applied"


def test_r36_of_heirs_who_are_minors_only_name_relation_and_year_are_kept(agent: Agent) -> None:
    whole = {"phone": "081234567891", "nik": invented_nik(900)}
    heirs = [
        {"name": "Siti Contoh", "relation": "spouse", "birth_date": "1982-02-03", **whole},
        {"name": "Adi Contoh", "relation": "child", "birth_date": "2015-02-03", **whole},
    ]
    _result, member = registered(register_op(agent.pk, registration_data(heirs=heirs)))
    kept = [
        (heir.position, heir.name, heir.relation, heir.birth_year, heir.phone, heir.nik)
        for heir in Heir.objects.filter(member=member).order_by("position")
    ]
    assert kept == [
        (1, "Siti Contoh", "spouse", "1982", "+6281234567891", invented_nik(900)),
        (2, "Adi Contoh", "child", "2015", None, None),
    ]


def test_a_member_of_the_household_is_the_agents_own(agent: Agent) -> None:
    head = MemberFactory.create(agent=agent)
    data = registration_data(household_of=str(head.pk))
    assert registered(register_op(agent.pk, data))[1].household_of_id == head.pk


def test_unknown_members_of_the_data_are_no_fault(agent: Agent) -> None:
    data = registration_data(favourite_colour="hijau", consent=consent_data(weather="hujan"))
    assert register(register_op(agent.pk, data)).word == "applied"


def test_a_registration_costs_the_same_statements_with_one_heir_or_five(agent: Agent) -> None:
    def statements(number: int, heirs: list[dict[str, str]]) -> int:
        op = register_op(agent.pk, registration_data(number, heirs=heirs))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            register(op)
        return len(captured)

    register(register_op(agent.pk, registration_data(1)))
    heir = {"name": "Siti Contoh", "relation": "spouse", "nik": invented_nik(900)}
    one, five = statements(2, [heir]), statements(3, [heir] * 5)
    assert one == 19
    assert five == one
