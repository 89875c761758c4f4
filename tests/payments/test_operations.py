"""What a pushed registration does to money."""

from datetime import date
from typing import Any

import pytest

from enrollment.models import Member
from payments.models import Bill, MemberPayer
from perisai import clock
from perisai.ids import new_id
from perisai.models import Role
from sync.models import Conflict, Operation
from sync.services.decide import Word, decide
from tests.factories.enrollment import (
    EligibleAgentFactory,
    cared_for,
    invented_nik,
    registration_data,
)
from tests.factories.payments import NOW, MemberPayerFactory, PayerFactory, cared_for_member
from tests.factories.perisai import DeviceFactory, OfficeFactory, UserFactory
from tests.statements import counted
from tests.sync.phones import Phone, phone_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
NUMBER = 7_001


@pytest.fixture
def phone() -> Phone:
    return phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))


def register(phone: Phone, *, seq: int = 1, number: int = NUMBER, **said: Any) -> dict[str, Any]:
    """Push one form; its result."""
    member_id = str(new_id())
    form = {
        "op_id": str(new_id()),
        "seq": seq,
        "kind": "member.register",
        "v": 1,
        "entity_id": member_id,
        "at": NOW.isoformat(timespec="milliseconds"),
        "data": registration_data(number, **said),
    }
    return phone.push(form)[0]


def row_of(phone: Phone, result: dict[str, Any]) -> Any:
    """The member's row as the phone pulls it."""
    phone.pull()
    return phone.rows["member", result["entity_id"]][1]


def test_complete_form_with_months_gets_its_bill_in_the_same_operation(phone: Phone) -> None:
    result = register(phone, months=3)

    bill = Bill.objects.get()
    assert (result["result"], result.get("warnings", [])) == ("applied", [])
    assert bill.made_by_agent_id == phone.device.agent_id
    assert row_of(phone, result)["bill"] == {
        "code": bill.code,
        "months": 3,
        "paid_months": 0,
        "payable": 33_600,
        "expires_at": "2026-11-23T10:00:00.000+07:00",
        "state": "open",
    }


def test_registration_with_heirs_and_a_bill_costs_at_most_25_statements(phone: Phone) -> None:
    heirs = [{"name": f"Ahli {word}", "relation": word} for word in ("spouse", "child")]
    register(phone, months=1, heirs=heirs)  # what is read once per process is read
    with counted() as spent:
        result = register(phone, seq=2, number=NUMBER + 1, months=1, heirs=heirs)

    of_the_call = 2  # token, outbox
    assert (result["result"], Bill.objects.count()) == ("applied", 2)
    assert len(spent) <= of_the_call + 25, len(spent)


def test_form_without_months_gets_no_bill(phone: Phone) -> None:
    result = register(phone)

    assert result["result"] == "applied"
    assert row_of(phone, result)["bill"] is None


def test_draft_is_accepted_and_gets_no_bill(phone: Phone) -> None:
    result = register(phone, months=1, income_monthly=None)

    assert (result["result"], result.get("warnings", [])) == ("applied", [])
    assert row_of(phone, result)["missing"] == ["income_monthly"]
    assert Bill.objects.count() == 0


def test_months_that_are_not_offered_are_a_warning(phone: Phone) -> None:
    result = register(phone, months=4)

    assert (result["result"], result["warnings"]) == ("applied", ["months_not_allowed"])
    assert Bill.objects.count() == 0
    assert cared_for().count() == 1


def test_code_that_nobody_reserved_is_a_warning_and_no_bill(phone: Phone) -> None:
    result = register(phone, months=1, bill_code="9931419926535894")

    assert (result["result"], result["warnings"]) == ("applied", ["bill_code_unusable"])
    assert Bill.objects.count() == 0


def test_payer_of_the_agents_office_is_noted_and_pays_the_bill(phone: Phone) -> None:
    payer = PayerFactory.create(office=phone.device.agent.office, contract_to=date(2026, 12, 31))

    result = register(phone, months=1, payer={"kind": "apbd", "id": payer.pk})

    bill = Bill.objects.get()
    row = row_of(phone, result)
    assert (bill.payer, bill.payer_kind, bill.payable) == (payer, "apbd", 16_800)
    assert (row["payer"]["kind"], row["payer"]["until"]) == ("apbd", "2026-12")


@pytest.mark.parametrize("kind", ["apbd", "csr"], ids=["another office", "another kind"])
def test_payer_that_the_office_has_not_is_a_warning(phone: Phone, kind: str) -> None:
    office = {} if kind == "apbd" else {"office": phone.device.agent.office}
    payer = PayerFactory.create(**office)

    result = register(phone, payer={"kind": kind, "id": payer.pk})

    assert (result["result"], result["warnings"]) == ("applied", ["payer_unknown"])
    assert MemberPayer.objects.count() == 0


def test_reopened_member_is_billed_too(phone: Phone) -> None:
    known = cared_for_member(
        phone.device.agent,
        number=NUMBER,
        nik=invented_nik(NUMBER),
        paid_through=date(2025, 1, 1),
        episode_started_on=date(2024, 12, 5),
        closed_on=date(2025, 3, 1),
        closed_reason="withdrawn",
    )

    result = register(phone, months=1)

    assert (result["result"], result["into"]) == ("redirected", str(known.pk))
    assert Bill.objects.get().lines.all()[0].member_id == known.pk


def test_member_who_comes_back_to_pay_herself_has_no_payer_any_more(phone: Phone) -> None:
    known = cared_for_member(
        phone.device.agent,
        number=NUMBER,
        nik=invented_nik(NUMBER),
        closed_on=date(2025, 3, 1),
        closed_reason="withdrawn",
    )
    MemberPayerFactory.create(member=known, payer=PayerFactory.create())

    register(phone, months=1, payer={"kind": "self", "id": None})

    assert MemberPayer.objects.count() == 0
    assert Bill.objects.get().payer_kind == "self"


def merged_into_a_colleagues(phone: Phone, known: Member, **said: Any) -> list[str]:
    """A form about a colleague's member, merged into her by a supervisor; what its agent is told.

    The member stays with the colleague.
    """
    assert register(phone, **said)["code"] == "duplicate_identity"
    by = UserFactory.create(role=Role.SUPERVISOR, branch=phone.device.agent.office.branch)
    word = Word(decision="merge", reason="orang yang sama")
    decide(Conflict.objects.get().pk, word, by=by, now=clock.now())
    known.refresh_from_db()
    assert known.agent_id != phone.device.agent_id
    told: list[str] = Operation.objects.get().outcome.get("warnings", [])
    return told


@pytest.fixture
def colleagues(phone: Phone) -> Member:
    """The person of these forms, whom a colleague of another office looks after."""
    branch = phone.device.agent.office.branch
    other = EligibleAgentFactory.create(office=OfficeFactory.create(branch=branch))
    return cared_for_member(other, number=NUMBER, nik=invented_nik(NUMBER))


def test_form_merged_into_a_colleagues_member_leaves_her_payer(
    phone: Phone, colleagues: Member
) -> None:
    payer = PayerFactory.create()
    MemberPayerFactory.create(member=colleagues, payer=payer)

    told = merged_into_a_colleagues(phone, colleagues, payer={"kind": "self", "id": None})

    assert told == ["member_not_own"]
    assert MemberPayer.objects.get().payer == payer


def test_form_merged_into_a_colleagues_member_names_her_no_payer(
    phone: Phone, colleagues: Member
) -> None:
    payer = PayerFactory.create(office=phone.device.agent.office)

    said = {"kind": payer.kind, "id": payer.pk}
    told = merged_into_a_colleagues(phone, colleagues, payer=said)

    assert told == ["member_not_own"]
    assert MemberPayer.objects.count() == 0


def test_form_merged_into_a_colleagues_member_says_that_it_made_no_bill(
    phone: Phone, colleagues: Member
) -> None:
    told = merged_into_a_colleagues(phone, colleagues, months=1)

    assert told == ["member_not_own"]
    assert Bill.objects.count() == 0


def test_form_merged_into_a_colleagues_member_that_asks_for_nothing_tells_nothing(
    phone: Phone, colleagues: Member
) -> None:
    assert merged_into_a_colleagues(phone, colleagues) == []


def test_form_of_somebody_deceased_is_a_case_of_its_own_kind_and_no_bill(phone: Phone) -> None:
    dead = cared_for_member(
        phone.device.agent,
        number=NUMBER,
        nik=invented_nik(NUMBER),
        closed_on=date(2025, 3, 1),
        closed_reason="deceased",
    )

    result = register(phone, months=1)

    case = Conflict.objects.get()
    assert (result["result"], result["code"]) == ("conflict", "review_required")
    assert (case.kind, case.other_id) == ("identity_deceased", dead.pk)
    assert result["conflict_id"] == str(case.pk)
    assert Bill.objects.count() == 0


def test_refused_form_leaves_no_bill(phone: Phone) -> None:
    result = register(phone, months=1, programmes=["JKK"])

    assert result["result"] == "rejected"
    assert (cared_for().count(), Bill.objects.count()) == (0, 0)
