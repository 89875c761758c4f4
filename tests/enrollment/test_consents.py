"""Consents recorded and taken back (R36): facts, of which the latest counts."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError

from enrollment.errors import UnknownConsentText
from enrollment.models import (
    Consent,
    ConsentWithdrawal,
    Member,
    MemberChange,
    Outcome,
    SubjectRequest,
)
from enrollment.operations import record, withdraw
from enrollment.services.member_rows import member_rows
from enrollment.services.subject_requests import DecisionForm, decide_request
from perisai.errors import Invalid, NotFound
from perisai.ids import new_id
from perisai.models import Agent, Role
from sync.errors import NotInBook
from sync.models import Conflict, Operation, OperationNeed
from sync.registry import Result
from sync.services.decide import Word, decide
from tests.factories.enrollment import (
    CAPTURED_AT,
    AssignmentFactory,
    ConsentFactory,
    MemberFactory,
    cared_for,
    consent_data,
    in_book,
    member_op,
    registration_data,
)
from tests.factories.payments import NOW
from tests.factories.perisai import AgentFactory, UserFactory
from tests.statements import run_sql
from tests.sync.phones import Phone, new_phone, op, owner, registering_phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


@pytest.fixture
def member(agent: Agent) -> Member:
    return in_book(MemberFactory.create(number=1, agent=agent))


def at(minutes: int) -> str:
    return (CAPTURED_AT + timedelta(minutes=minutes)).isoformat()


def written(minutes: int) -> dict[str, Any]:
    """An operation written down then, and received within the hour."""
    made_at = CAPTURED_AT + timedelta(minutes=minutes)
    received_at = CAPTURED_AT + timedelta(hours=1)
    times = {"made_at": made_at, "adjusted_at": made_at, "received_at": received_at}
    return {"entity_id": new_id()} | times


def recorded(member: Member, purposes: list[str], *, given: int = 0, **said: Any) -> Result:
    data = consent_data(purposes=purposes, given_at=at(given), member_id=str(member.pk)) | said
    return record(member_op(member, "consent.record", data, **written(given)))


def withdrawn(member: Member, purposes: list[str], *, asked: int = 0, **members: Any) -> Result:
    data = {"member_id": str(member.pk), "purposes": purposes, "asked_at": at(asked)}
    return withdraw(member_op(member, "consent.withdraw", data, **written(asked) | members))


def is_reminded(member: Member) -> bool:
    assert member.agent_id is not None
    return bool(member_rows(member.agent_id, [member.pk])[member.pk]["reminders"])


def test_r36_a_consent_is_kept_beside_the_earlier_ones(member: Member) -> None:
    ConsentFactory.create(member=member, agent=member.agent, purposes=["registration"])
    result = recorded(member, ["reminders", "photo"], witness="Ani Contoh")
    consent = Consent.objects.order_by("created_at", "id").reverse()[0]
    assert consent.pk == result.entity_id
    assert (result.word, result.entity) == ("applied", "consent")
    assert (consent.purposes, consent.witness) == (["reminders", "photo"], "Ani Contoh")
    assert (consent.agent_id, consent.given_at) == (member.agent_id, CAPTURED_AT)
    assert Consent.objects.count() == 2
    assert MemberChange.objects.count() == 0
    assert is_reminded(member)


def test_r36_of_a_text_that_did_not_exist_nobody_agreed(member: Member) -> None:
    with pytest.raises(UnknownConsentText) as refused:
        recorded(member, ["photo"], text_version="2031-01-id")
    assert refused.value.errors[0].pointer == "/data/text_version"
    assert Consent.objects.count() == 0


@pytest.mark.parametrize("purposes", [[], ["everything"]])
def test_a_consent_to_nothing_or_to_something_unknown_is_refused(
    member: Member, purposes: list[str]
) -> None:
    with pytest.raises(Invalid):
        recorded(member, purposes)
    with pytest.raises(Invalid):
        withdrawn(member, purposes)
    assert (Consent.objects.count(), ConsentWithdrawal.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("words", "reminded"),
    [
        ([("yes", 0)], True),
        ([("yes", 0), ("no", 5)], False),
        ([("yes", 0), ("no", 5), ("yes", 9)], True),
        ([("no", 5), ("yes", 0)], False),
        ([("yes", 9), ("no", 5)], True),
        ([("yes", 5), ("no", 5)], False),
        ([], False),
    ],
)
def test_r36_the_latest_word_on_reminders_counts_however_it_arrives(
    member: Member, words: list[tuple[str, int]], *, reminded: bool
) -> None:
    for word, minute in words:
        if word == "yes":
            recorded(member, ["reminders"], given=minute)
        else:
            withdrawn(member, ["reminders"], asked=minute)
    assert is_reminded(member) is reminded


def test_r36_one_purpose_taken_back_leaves_the_others(member: Member) -> None:
    recorded(member, ["reminders", "photo"])
    withdrawn(member, ["photo"], asked=5)
    assert is_reminded(member)
    assert Conflict.objects.count() == 0


def test_r36_the_registration_taken_back_is_a_request_due_in_72_hours(member: Member) -> None:
    recorded(member, ["registration", "reminders"])
    result = withdrawn(member, ["registration"], asked=5)
    request = SubjectRequest.objects.get()
    assert (request.pk, request.kind, request.member) == (result.entity_id, "withdrawal", member)
    assert member.agent is not None
    assert (request.agent, request.taken_by) == (member.agent, member.agent.user)
    received_at = CAPTURED_AT + timedelta(hours=1)
    assert request.received_at == received_at
    assert request.due_at == received_at + timedelta(hours=72)
    assert not is_reminded(member)
    assert Conflict.objects.count() == 0  # one thing to do for a person, not two
    member.refresh_from_db()
    assert member.closed_on is None


def test_r36_taken_back_twice_it_is_one_request_until_it_is_decided(member: Member) -> None:
    withdrawn(member, ["registration"])
    withdrawn(member, ["registration", "photo"], asked=5)
    request = SubjectRequest.objects.get()
    assert ConsentWithdrawal.objects.count() == 2
    form = DecisionForm(outcome=Outcome.REFUSED, reason="Bukan peserta yang meminta")
    decide_request(request.pk, form, by=UserFactory.create(), now=request.due_at)
    withdrawn(member, ["registration"], asked=9)
    assert SubjectRequest.objects.count() == 2


def test_r36_a_former_agent_is_heard_and_the_office_decides(member: Member) -> None:
    former = AgentFactory.create()
    AssignmentFactory.create(member=member, agent=former)
    withdrawn(member, ["registration"], agent_id=former.pk)
    request = SubjectRequest.objects.get()
    assert (request.agent, request.taken_by) == (former, former.user)
    form = DecisionForm(outcome=Outcome.DONE, reason="Identitas sudah diperiksa")
    with pytest.raises(NotFound):
        decide_request(request.pk, form, by=former.user, now=request.due_at)


def test_r36_a_withdrawal_is_heard_from_whoever_held_the_member(member: Member) -> None:
    former = AgentFactory.create()
    with pytest.raises(NotInBook):
        withdrawn(member, ["reminders"], agent_id=former.pk)
    AssignmentFactory.create(member=member, agent=former)
    assert withdrawn(member, ["reminders"], agent_id=former.pk).word == "applied"
    assert ConsentWithdrawal.objects.get().agent_id == former.pk


def test_foreign_and_unknown_members_are_one_answer(member: Member) -> None:
    stranger = AgentFactory.create()
    for said in ({}, {"member_id": str(uuid4())}):
        data = consent_data(member_id=str(member.pk)) | said
        with pytest.raises(NotInBook):
            record(member_op(member, "consent.record", data, agent_id=stranger.pk))
    assert Consent.objects.count() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE enrollment_consentwithdrawal SET asked_at = now()",
        "DELETE FROM enrollment_consentwithdrawal",
    ],
)
def test_a_withdrawal_is_never_changed(member: Member, statement: str) -> None:
    withdrawn(member, ["reminders"])
    with pytest.raises(ProgrammingError, match="Cannot update or delete rows"):
        run_sql(statement)


def own_member(phone: Phone) -> Member:
    agent = Agent.objects.get(pk=owner(phone))
    return in_book(MemberFactory.create(number=1, agent=agent))


def test_over_http_reminders_stop_in_the_book(db: None) -> None:
    phone = new_phone()
    member = own_member(phone)
    given = consent_data(member_id=str(member.pk), purposes=["reminders"])
    asked = {"member_id": str(member.pk), "purposes": ["reminders"], "asked_at": at(1)}
    first, second = phone.push(
        op(1, "consent.record", entity_id=new_id(), data=given),
        op(2, "consent.withdraw", entity_id=new_id(), data=asked),
    )
    assert [first["result"], second["result"]] == ["applied", "applied"]
    phone.pull()
    assert phone.rows["member", str(member.pk)][1]["reminders"] is False


def test_r36_consent_taken_back_stops_a_registration_that_is_held(db: None) -> None:
    phone = new_phone()
    held_id = new_id()
    agent = Agent.objects.get(pk=owner(phone))
    MemberFactory.create(number=2, agent=AgentFactory.create())
    (held,) = phone.push(op(1, "member.register", entity_id=held_id, data=registration_data(2)))
    assert (held["result"], agent.pk) == ("conflict", owner(phone))
    asked = {"member_id": str(held_id), "purposes": ["registration"], "asked_at": at(1)}
    (answer,) = phone.push(op(2, "consent.withdraw", entity_id=new_id(), data=asked))
    assert answer["result"] == "applied"
    stopped = Operation.objects.get(kind="member.register")
    assert (stopped.result, stopped.code) == ("rejected", "consent_withdrawn")
    assert Conflict.objects.get().state == "refused"
    assert ConsentWithdrawal.objects.count() == 0


def test_r36_reminders_taken_back_while_a_form_is_held_stay_so(db: None) -> None:
    phone = registering_phone()
    held_id = new_id()
    MemberFactory.create(number=2, agent=AgentFactory.create())
    phone.push(op(1, "member.register", entity_id=held_id, data=registration_data(2)))
    asked = {"member_id": str(held_id), "purposes": ["reminders"], "asked_at": at(1)}
    (answer,) = phone.push(op(2, "consent.withdraw", entity_id=new_id(), data=asked))
    assert (answer["result"], ConsentWithdrawal.objects.count()) == ("applied", 0)
    branch = Agent.objects.get(pk=owner(phone)).branch
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
    Member.objects.update(branch=branch)
    case = Conflict.objects.get()
    decide(case.pk, Word(decision="apply", reason="Orangnya benar"), by=supervisor, now=NOW)

    (kept,) = ConsentWithdrawal.objects.all()
    assert (kept.purposes, kept.agent_id) == (["reminders"], owner(phone))
    phone.pull()
    assert phone.rows["member", str(kept.member_id)][1]["reminders"] is False


def test_r36_consent_taken_back_stops_a_registration_that_waits(db: None) -> None:
    phone = registering_phone()
    waiting_id, first_id = new_id(), new_id()
    MemberFactory.create(number=1, agent=AgentFactory.create())
    first = op(1, "member.register", entity_id=first_id, data=registration_data(1))
    waits = op(
        2,
        "member.register",
        entity_id=waiting_id,
        data=registration_data(2),
        depends_on=[first["op_id"]],
    )
    answers = phone.push(first, waits)
    assert [answer["result"] for answer in answers] == ["conflict", "blocked"]
    asked = {"member_id": str(waiting_id), "purposes": ["registration"], "asked_at": at(1)}
    (answer,) = phone.push(op(3, "consent.withdraw", entity_id=new_id(), data=asked))
    assert answer["result"] == "applied"

    case = Conflict.objects.get()
    branch = Agent.objects.get(pk=owner(phone)).branch
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
    Member.objects.update(branch=branch)
    decide(case.pk, Word(decision="merge", reason="Orang yang sama"), by=supervisor, now=NOW)

    stopped = Operation.objects.get(op_id=waits["op_id"])
    assert (stopped.result, stopped.code) == ("rejected", "consent_withdrawn")
    assert not OperationNeed.objects.exists()
    assert cared_for().filter(pk=waiting_id).count() == 0
    phone.pull()
    assert phone.rows["op_result", waits["op_id"]][1]["result"] == "rejected"
