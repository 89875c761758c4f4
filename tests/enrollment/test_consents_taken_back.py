"""Consent taken back about a form whose member somebody else has, or that was sent anew (R36)."""

from typing import Any

import pytest

from enrollment.models import ConsentWithdrawal, Member, SubjectRequest
from perisai.ids import new_id
from perisai.models import Agent
from sync.models import BookEntry
from tests.factories.enrollment import MemberFactory, cared_for, in_book, registration_data
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
