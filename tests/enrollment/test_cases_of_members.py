"""Cases about members, from both phones to the supervisor's word."""

from dataclasses import dataclass
from typing import Any

import pytest

from enrollment.models import Consent, Member, MemberChange, Registration, Verdict
from enrollment.services.handover import hand_over
from perisai import clock
from perisai.ids import new_id
from perisai.models import Role, User
from sync.models import CaseState, Conflict, Operation
from sync.services.decide import Word, decide
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    invented_nik,
    registration_data,
)
from tests.factories.perisai import AgentFactory, DeviceFactory, UserFactory
from tests.sync.phones import Body, Phone, op, owner, phone_of

pytestmark = pytest.mark.django_db

NUMBER = 5
REASON = "Sudah diperiksa dengan kartu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two phones of one branch that registered one person; the second form is held."""

    first: Phone
    second: Phone
    member: Member
    sent: Body
    supervisor: User

    def say(self, decision: Any) -> None:
        """The supervisor's word."""
        case = Conflict.objects.get(kind="duplicate_identity")
        word = Word(decision=decision, reason=REASON)
        decide(case.pk, word, by=self.supervisor, now=clock.now())


def register(seq: int, **said: Any) -> Body:
    return op(seq, "member.register", entity_id=new_id(), data=registration_data(NUMBER, **said))


def attempt(seq: int, member_id: object) -> Body:
    data = {
        "member_id": str(member_id),
        "unpaid_since": None,
        "channel": "visit",
        "contact": "met_member",
    }
    return op(seq, "follow_up.attempt", entity_id=new_id(), data=data)


@pytest.fixture
def clash(db: None) -> Clash:
    first = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
    office = first.device.agent.office
    second = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create(office=office)))
    first.push(register(1))
    sent = register(1, phone="0812-9999-0001", full_name="BUDI CONTOH LAGI")
    results = second.push(sent, attempt(2, sent["entity_id"]))
    assert [(one["result"], one["code"]) for one in results] == [
        ("conflict", "duplicate_identity"),
        ("blocked", "needs_op"),
    ]
    for phone in (first, second):
        phone.pull()
    return Clash(
        first=first,
        second=second,
        member=cared_for().get(),
        sent=sent,
        supervisor=UserFactory.create(role=Role.SUPERVISOR, branch=office.branch),
    )


def held_form(clash: Clash) -> Operation:
    return Operation.objects.get(op_id=clash.sent["op_id"])


def all_agree(clash: Clash) -> bool:
    for phone in (clash.first, clash.second):
        phone.pull()
    return clash.first.agrees() and clash.second.agrees()


def test_f14_same_nik_from_two_phones_both_kept(clash: Clash) -> None:
    assert cared_for().count() == 1
    forms = Operation.objects.filter(kind="member.register").order_by("received_at")
    assert [form.result for form in forms] == ["applied", "conflict"]
    names = [(form.body or {})["data"]["full_name"] for form in forms]
    assert names == ["BUDI CONTOH", "BUDI CONTOH LAGI"]
    case = Conflict.objects.get()
    assert (case.other_id, case.operation) == (clash.member.pk, held_form(clash))
    assert [found.verdict for found in Registration.objects.all()] == [Verdict.ACCEPTED]
    told = str(clash.second.rows)
    assert (str(clash.member.pk) in told, clash.first.device.agent.number in told) == (False, False)
    assert all_agree(clash)


def test_merge_makes_the_second_form_a_correction_and_the_member_stays(clash: Clash) -> None:
    clash.say("merge")

    clash.member.refresh_from_db()
    assert (clash.member.agent_id, clash.member.phone, clash.member.rev) == (
        owner(clash.first),
        "+6281299990001",
        2,
    )
    assert held_form(clash).outcome["into"] == str(clash.member.pk)
    assert (held_form(clash).result, held_form(clash).code) == ("redirected", "merged")
    change = MemberChange.objects.get(member=clash.member, rev=2)
    assert (change.user, change.op_id) == (clash.supervisor, held_form(clash).op_id)
    assert all_agree(clash)
    assert ("member", str(clash.member.pk)) in clash.first.rows
    assert ("member", str(clash.member.pk)) not in clash.second.rows
    waiting = Operation.objects.get(kind="follow_up.attempt")
    assert (waiting.result, waiting.code) == ("redirected", "merged")
    assert waiting.outcome["into"] == str(clash.member.pk)


def test_apply_gives_the_member_to_the_second_agent(clash: Clash) -> None:
    clash.say("apply")

    clash.member.refresh_from_db()
    assert (clash.member.agent_id, clash.member.phone) == (owner(clash.second), "+6281299990001")
    assert all_agree(clash)
    assert ("member", str(clash.member.pk)) not in clash.first.rows
    row = clash.second.rows["member", str(clash.member.pk)][1]
    assert (row["name"], row["attempts"], row["review"]) == ("BUDI CONTOH LAGI", 1, [])
    assert Consent.objects.filter(member=clash.member).count() == 2


def test_refuse_changes_nothing_and_says_why(clash: Clash) -> None:
    clash.say("refuse")

    clash.member.refresh_from_db()
    assert (clash.member.agent_id, clash.member.rev) == (owner(clash.first), 1)
    assert MemberChange.objects.count() == 0
    problem = held_form(clash).outcome["problem"]
    assert (problem["code"], problem["detail"]) == ("duplicate_identity", REASON)
    assert Operation.objects.get(kind="follow_up.attempt").result == "blocked"
    assert all_agree(clash)
    told = str(clash.second.rows)
    assert (str(clash.member.pk) in told, clash.member.full_name in told) == (False, False)


def test_an_agent_who_was_not_eligible_is_believed_by_a_person(db: None) -> None:
    phone = phone_of(DeviceFactory.create(agent=AgentFactory.create()))
    sent = register(1)
    assert phone.push(sent)[0]["code"] == "agent_not_eligible"
    branch = phone.device.agent.office.branch
    by = UserFactory.create(role=Role.SUPERVISOR, branch=branch)
    word = Word(decision="apply", reason=REASON)
    decide(Conflict.objects.get().pk, word, by=by, now=clock.now())

    member = Member.objects.get()
    assert (str(member.pk), member.agent_id) == (sent["entity_id"], owner(phone))
    assert Registration.objects.get(op_id=sent["op_id"]).verdict == Verdict.ACCEPTED
    phone.pull()
    assert ("member", sent["entity_id"]) in phone.rows
    assert phone.agrees()


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """A member in an agent's book who has paid once, and who may decide."""

    phone: Phone
    member: Member
    supervisor: User


@pytest.fixture
def care(db: None) -> Care:
    phone = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create()))
    phone.push(register(1))
    member = cared_for().get()
    Member.objects.filter(pk=member.pk).update(
        paid_through="2026-10-01", episode_no=1, episode_started_on="2026-10-02"
    )
    branch = phone.device.agent.office.branch
    return Care(
        phone=phone,
        member=member,
        supervisor=UserFactory.create(role=Role.SUPERVISOR, branch=branch),
    )


def correct(seq: int, member: Member, group: str = "identity", **said: Any) -> Body:
    data = {"group": group, "set": said}
    return op(seq, "member.correct", entity_id=member.pk, base_rev=1, data=data)


@pytest.mark.parametrize(
    ("decision", "name", "result"),
    [("apply", "BUDI BENAR", "applied"), ("refuse", "BUDI CONTOH", "rejected")],
)
def test_a_change_request_is_decided_by_a_supervisor(
    care: Care, decision: Any, name: str, result: str
) -> None:
    """R24: identity after the first payment changes by a request alone."""
    (held,) = care.phone.push(correct(2, care.member, full_name="BUDI BENAR"))
    assert (held["result"], held["code"]) == ("conflict", "review_required")
    care.phone.pull()
    key = ("member", str(care.member.pk))
    row = care.phone.rows[key][1]
    assert (row["name"], row["review"]) == ("BUDI CONTOH", ["review_required"])

    case = Conflict.objects.get()
    decide(case.pk, Word(decision=decision, reason=REASON), by=care.supervisor, now=clock.now())

    care.phone.pull()
    row = care.phone.rows[key][1]
    assert (row["name"], row["review"]) == (name, [])
    assert care.phone.rows["op_result", held["op_id"]][1]["result"] == result
    assert care.phone.agrees()


def test_a_change_request_to_a_nik_that_is_taken_stays_open(care: Care) -> None:
    MemberFactory.create(number=NUMBER + 1)
    taken = invented_nik(NUMBER + 1)
    (held,) = care.phone.push(correct(2, care.member, nik=taken))
    assert held["code"] == "duplicate_identity"
    case = Conflict.objects.get()
    with pytest.raises(Exception, match="case_of_another_branch"):
        decide(case.pk, Word(decision="apply", reason=REASON), by=care.supervisor, now=clock.now())
    case.refresh_from_db()
    assert case.state == CaseState.OPEN
    care.member.refresh_from_db()
    assert care.member.nik == invented_nik(NUMBER)


@pytest.mark.parametrize("decision", ["apply", "refuse"])
def test_f10_late_work_is_answered_on_an_edit(care: Care, decision: Any) -> None:
    """The former agent's correction waits for a person, who sees the new agent's data."""
    office = care.phone.device.agent.office
    new = phone_of(DeviceFactory.create(agent=EligibleAgentFactory.create(office=office)))
    hand_over(
        [care.member.pk],
        to_agent=new.device.agent,
        by=care.supervisor,
        reason="Agen lama pindah",
        now=clock.now(),
    )
    (held,) = care.phone.push(correct(2, care.member, "contact", address_line="Dusun Baru"))
    assert (held["result"], held["code"]) == ("conflict", "reassigned")

    case = Conflict.objects.get()
    decide(case.pk, Word(decision=decision, reason=REASON), by=care.supervisor, now=clock.now())

    care.member.refresh_from_db()
    is_applied = decision == "apply"
    assert care.member.address_line == ("Dusun Baru" if is_applied else "Dusun Contoh")
    assert care.member.agent_id == owner(new)
    care.phone.pull()
    told = care.phone.rows["op_result", held["op_id"]][1]
    assert told["result"] == ("redirected" if is_applied else "rejected")
    assert ("member", str(care.member.pk)) not in care.phone.rows
    new.pull()
    assert new.rows["member", str(care.member.pk)][1]["rev"] == care.member.rev
    assert new.agrees()
    assert care.phone.agrees()
