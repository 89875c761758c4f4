"""Consent taken back about a form whose member somebody else has, or that was sent anew (R36)."""

from typing import Any

import pytest

from enrollment.models import ConsentWithdrawal, Member, SubjectRequest
from perisai.ids import new_id
from perisai.models import Agent
from sync.models import BookEntry, Operation
from tests.factories.enrollment import (
    MemberFactory,
    cared_for,
    consent_data,
    in_book,
    registration_data,
)
from tests.factories.perisai import AgentFactory, DeviceFactory
from tests.sync.offices import case_of, rule, supervisor_of
from tests.sync.phones import Body, Phone, new_phone, op, owner, phone_of, registering_phone

pytestmark = pytest.mark.django_db

ASKED_AT = "2026-11-18T09:14:00.000+07:00"  # a form's consent is of two minutes before


@pytest.fixture
def phone() -> Phone:
    return registering_phone()


@pytest.fixture
def colleague(phone: Phone) -> Agent:
    return AgentFactory.create(office=phone.device.agent.office)


def register(seq: int, number: int = 2, /, **members: Any) -> Body:
    """A form of the man of a number."""
    said = {"entity_id": new_id(), "data": registration_data(number)} | members
    return op(seq, "member.register", **said)


def take_back(phone: Phone, seq: int, form: Body, *purposes: str, **members: Any) -> Body:
    """Withdraw what was agreed to in the form, under the id that its phone made; the answer."""
    data = {
        "member_id": form["entity_id"],
        "purposes": list(purposes or ["reminders"]),
        "asked_at": ASKED_AT,
    }
    said = {"entity_id": new_id(), "data": data} | members
    (answer,) = phone.push(op(seq, "consent.withdraw", **said))
    return answer


def is_reminded(member: Member) -> bool:
    """What the phone of the member's own agent shows."""
    assert member.agent_id is not None
    phone = phone_of(DeviceFactory.create(agent_id=member.agent_id))
    phone.pull()
    return bool(phone.rows["member", str(member.pk)][1]["reminders"])


def merged_form(phone: Phone, colleague: Agent) -> Body:
    """A form that the office merged into a colleague's member."""
    in_book(MemberFactory.create(number=2, agent=colleague))
    form = register(1)
    phone.push(form)
    rule(case_of(form), "merge", by=supervisor_of(phone))
    return form


def test_r36_after_a_merge_the_author_is_heard(phone: Phone, colleague: Agent) -> None:
    form = merged_form(phone, colleague)
    member = cared_for().get()
    assert is_reminded(member)

    answer = take_back(phone, 2, form)

    assert (answer["result"], answer["into"]) == ("redirected", str(member.pk))
    (kept,) = ConsentWithdrawal.objects.all()
    assert (kept.member_id, kept.agent_id) == (member.pk, owner(phone))
    assert not is_reminded(member)


def test_r36_after_a_merge_that_her_book_forgot_the_author_is_heard(
    phone: Phone, colleague: Agent
) -> None:
    merged_form(phone, colleague)
    member = cared_for().get()
    BookEntry.objects.filter(book__agent=owner(phone), is_present=False).delete()

    answer = take_back(phone, 2, {"entity_id": str(member.pk)})

    assert answer["result"] == "redirected"
    assert not is_reminded(member)


def test_r36_who_only_sent_a_form_that_a_colleague_got_is_heard(db: None) -> None:
    phone = new_phone()  # of an agent whose registrations do not count (R29)
    colleague = AgentFactory.create(office=phone.device.agent.office)
    form = register(1)
    phone.push(form)
    rule(case_of(form), "apply", by=supervisor_of(phone), under=colleague.pk)
    member = cared_for().get()
    assert (member.agent_id, is_reminded(member)) == (colleague.pk, True)

    answer = take_back(phone, 2, form, "reminders", "registration")

    assert (answer["result"], answer["into"]) == ("redirected", str(member.pk))
    assert ConsentWithdrawal.objects.get().agent_id == owner(phone)
    assert SubjectRequest.objects.get().agent_id == owner(phone)
    assert not is_reminded(member)


@pytest.mark.parametrize("is_merged", [True, False])
def test_r36_reminders_taken_back_while_held_stay_so_wherever_the_form_goes(
    phone: Phone, colleague: Agent, *, is_merged: bool
) -> None:
    in_book(MemberFactory.create(number=2, agent=colleague))
    form = register(1)
    phone.push(form)
    assert take_back(phone, 2, form)["result"] == "applied"

    case, by = case_of(form), supervisor_of(phone)
    if is_merged:
        rule(case, "merge", by=by)
    else:
        rule(case, "apply", by=by, under=colleague.pk)

    (kept,) = ConsentWithdrawal.objects.all()
    assert (kept.member_id, kept.agent_id) == (cared_for().get().pk, owner(phone))
    assert not is_reminded(cared_for().get())


def test_r36_a_stranger_takes_nothing_back(phone: Phone, colleague: Agent) -> None:
    member = in_book(MemberFactory.create(number=2, agent=colleague))
    answer = take_back(phone, 1, {"entity_id": str(member.pk)})
    assert (answer["result"], answer["problem"]["code"]) == ("rejected", "not_in_book")
    assert ConsentWithdrawal.objects.count() == 0


def spoilt() -> Any:
    """What a form says whose village nobody knows."""
    return registration_data(2, village_code="9999999999")


@pytest.mark.parametrize("is_same_id", [True, False])
@pytest.mark.parametrize("purpose", ["reminders", "registration"])
def test_r36_taken_back_between_a_refused_form_and_its_correction_it_counts(
    phone: Phone, purpose: str, *, is_same_id: bool
) -> None:
    first = register(1, data=spoilt())
    assert phone.push(first)[0]["result"] == "rejected"
    assert take_back(phone, 2, first, purpose)["result"] == "applied"

    second = register(3, replaces=first["op_id"])
    if is_same_id:
        second["entity_id"] = first["entity_id"]
    assert phone.push(second)[0]["result"] == "applied"

    member = cared_for().get()
    (kept,) = ConsentWithdrawal.objects.all()
    assert (kept.member_id, kept.purposes) == (member.pk, [purpose])
    assert SubjectRequest.objects.count() == (purpose == "registration")
    assert not is_reminded(member)


def test_r36_of_a_form_refused_twice_each_withdrawal_counts(phone: Phone) -> None:
    first = register(1, data=spoilt())
    second = register(3, data=spoilt(), replaces=first["op_id"])
    phone.push(first)
    take_back(phone, 2, first, "photo")
    phone.push(second)
    take_back(phone, 4, second, "reminders")
    phone.push(register(5, replaces=second["op_id"]))
    kept = ConsentWithdrawal.objects.filter(member=cared_for().get())
    assert sorted(kept.values_list("purposes", flat=True)) == [["photo"], ["reminders"]]


def test_r36_who_agrees_again_in_the_corrected_form_asks_for_nothing(phone: Phone) -> None:
    first = register(1, data=spoilt())
    phone.push(first)
    take_back(phone, 2, first, "reminders", "registration", "photo")
    again = consent_data(given_at="2026-11-18T09:14:30.000+07:00")
    data = registration_data(2, consent=again)
    phone.push(register(3, replaces=first["op_id"], data=data))
    assert ConsentWithdrawal.objects.get().purposes == ["photo"]
    assert SubjectRequest.objects.count() == 0
    assert is_reminded(cared_for().get())


def test_r36_an_id_used_twice_while_a_form_is_held_is_refused_at_once(
    phone: Phone, colleague: Agent
) -> None:
    in_book(MemberFactory.create(number=2, agent=colleague))
    form, used = register(1), new_id()
    phone.push(form)
    assert take_back(phone, 2, form, "reminders", entity_id=used)["result"] == "applied"
    second = take_back(phone, 3, form, "photo", entity_id=used)
    assert (second["result"], second["problem"]["code"]) == ("rejected", "consent_id_taken")

    rule(case_of(form), "merge", by=supervisor_of(phone))

    assert ConsentWithdrawal.objects.get().purposes == ["reminders"]
    assert not is_reminded(cared_for().get())


def test_r36_an_id_that_is_taken_by_the_decision_undoes_no_withdrawal(
    phone: Phone, colleague: Agent
) -> None:
    others = in_book(MemberFactory.create(number=3, agent=colleague))
    in_book(MemberFactory.create(number=2, agent=colleague))
    form, used = register(1), new_id()
    phone.push(form)
    take_back(phone, 2, form, "reminders", entity_id=used)
    take_back(phone, 3, form, "photo")
    theirs = phone_of(DeviceFactory.create(agent=colleague))
    assert take_back(theirs, 1, {"entity_id": str(others.pk)}, entity_id=used)["result"] == (
        "applied"
    )

    rule(case_of(form), "merge", by=supervisor_of(phone))

    member = cared_for().get(pk=form_member(form))
    kept = ConsentWithdrawal.objects.filter(member=member)
    assert sorted(kept.values_list("purposes", flat=True)) == [["photo"], ["reminders"]]
    assert not is_reminded(member)


def form_member(form: Body) -> str:
    """The member that a form was put on."""
    return str(Operation.objects.get(op_id=form["op_id"]).outcome["into"])
