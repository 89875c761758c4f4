"""What people ask about their own data: a clock of hours, a second person, and what follows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import override_settings

from enrollment.errors import (
    DecisionUnexplained,
    ErasureHeld,
    LimitNotInForce,
    RequestDecided,
    RequestIdTaken,
    TakenInByOneself,
)
from enrollment.models import (
    IdentityCheck,
    LimitKind,
    Member,
    Outcome,
    ProcessingLimit,
    RequestKind,
    SubjectAlarm,
    SubjectDecision,
    SubjectRequest,
    unrestricted,
)
from enrollment.services.member_rows import member_rows
from enrollment.services.processing_limits import lift_limit
from enrollment.services.subject_alarms import raise_alarms
from enrollment.services.subject_copies import ask_for_copy, keep_content
from enrollment.services.subject_requests import (
    DecisionForm,
    RequestForm,
    decide_request,
    take_in_at_office,
    take_in_by_agent,
)
from perisai.errors import NotFound
from perisai.ids import new_id
from perisai.models import OutboxMessage, Role, User
from perisai.services.messages import relay
from sync.models import BookEntry
from sync.services import book
from sync.services.cases import CaseReport, open_case
from tests.factories.enrollment import ConsentFactory, MemberFactory, in_book
from tests.factories.perisai import AgentFactory, UserFactory
from tests.factories.subject_requests import RECEIVED_AT, SubjectRequestFactory
from tests.statements import run_sql

pytestmark = pytest.mark.django_db
FRIDAY_NIGHT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 22:00 WIB
WHY = "Identitas sudah diperiksa"
LATER = RECEIVED_AT + timedelta(hours=5)


def asked(kind: RequestKind = RequestKind.ACCESS, *, words: str = "") -> RequestForm:
    """Somebody asks, face to face."""
    return RequestForm(id=new_id(), kind=kind, identity_check=IdentityCheck.IN_PERSON, words=words)


def granted(reason: str = WHY) -> DecisionForm:
    """A request is granted."""
    return DecisionForm(outcome=Outcome.DONE, reason=reason)


def refused(reason: str = WHY) -> DecisionForm:
    """A request is refused."""
    return DecisionForm(outcome=Outcome.REFUSED, reason=reason)


def test_request_clock_over_weekend() -> None:
    """R36: elapsed hours, no working days."""
    member = MemberFactory.create()
    by = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)
    request = take_in_at_office(member.pk, asked(words="minta salinan"), by=by, now=FRIDAY_NIGHT)
    assert request.due_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Monday 22:00 WIB
    kept = SubjectRequest.objects.get()
    assert (kept.words, kept.taken_by_id, kept.agent_id) == ("minta salinan", by.pk, None)
    assert list(SubjectRequest.objects.overdue(request.due_at)) == []
    late = request.due_at + timedelta(seconds=1)
    assert list(SubjectRequest.objects.overdue(late)) == [request]


@override_settings(PRIVACY_DEADLINE=48)
def test_the_term_is_the_settings() -> None:
    member = MemberFactory.create()
    request = take_in_at_office(member.pk, asked(), by=UserFactory.create(), now=FRIDAY_NIGHT)
    assert request.due_at - request.received_at == timedelta(hours=48)


def test_a_branch_takes_in_for_its_own_people_alone() -> None:
    member = MemberFactory.create()
    stranger = UserFactory.create(role=Role.SUPERVISOR)
    for by in (stranger, UserFactory.create(role=Role.AUDITOR)):
        with pytest.raises(NotFound):
            take_in_at_office(member.pk, asked(), by=by, now=FRIDAY_NIGHT)
    with pytest.raises(NotFound):
        take_in_at_office(new_id(), asked(), by=UserFactory.create(), now=FRIDAY_NIGHT)
    assert SubjectRequest.objects.count() == 0


def test_an_agent_takes_in_for_own_members_once_per_id() -> None:
    agent, other = AgentFactory.create(), AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    form = asked(RequestKind.WITHDRAWAL)
    first, is_new = take_in_by_agent(member.pk, form, agent=agent, now=FRIDAY_NIGHT)
    again, is_again = take_in_by_agent(member.pk, form, agent=agent, now=LATER)
    assert (first, is_new, is_again) == (again, True, False)
    assert (again.received_at, again.agent_id) == (FRIDAY_NIGHT, agent.pk)
    with pytest.raises(NotFound):
        take_in_by_agent(member.pk, asked(), agent=other, now=FRIDAY_NIGHT)
    changed = RequestForm(id=form.id, kind=RequestKind.ERASURE, identity_check=form.identity_check)
    with pytest.raises(RequestIdTaken):
        take_in_by_agent(member.pk, changed, agent=agent, now=LATER)
    assert SubjectRequest.objects.count() == 1


@pytest.mark.parametrize(("form", "reminded"), [(granted(), False), (refused(), True)])
def test_a_withdrawal_at_the_office_stops_reminders_and_its_end_reaches_the_phone(
    form: DecisionForm, *, reminded: bool
) -> None:
    """R36: stopped while it waits and for good once granted; a refused one takes nothing back."""
    agent = AgentFactory.create()
    member = in_book(MemberFactory.create(agent=agent))
    ConsentFactory.create(member=member, agent=agent, purposes=["registration", "reminders"])
    by = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)

    request = take_in_at_office(member.pk, asked(RequestKind.WITHDRAWAL), by=by, now=FRIDAY_NIGHT)

    assert member_rows(agent.pk, [member.pk])[member.pk]["reminders"] is False
    entry = BookEntry.objects.get(entity_id=member.pk)
    decision = decide_request(request.pk, form, by=UserFactory.create(), now=LATER)
    assert member_rows(agent.pk, [member.pk])[member.pk]["reminders"] is reminded
    assert BookEntry.objects.get(entity_id=member.pk).version == entry.version + 1
    shown = SubjectRequest.objects.visible_to(by).with_decision().get()
    assert shown.decision == decision


def test_alarms_come_after_24_48_and_66_hours_each_once() -> None:
    request = SubjectRequestFactory.create()
    decided = SubjectRequestFactory.create()
    decide_request(decided.pk, refused(), by=UserFactory.create(), now=LATER)
    counts = []
    for hours in (23.9, 24, 24.2, 47.9, 48, 65.9, 66, 80):
        counts.append(raise_alarms(RECEIVED_AT + timedelta(hours=hours)))
    assert counts == [0, 1, 0, 0, 1, 0, 1, 0]
    alarms = SubjectAlarm.objects.filter(request=request).order_by("hours")
    assert [alarm.hours for alarm in alarms] == [24, 48, 66]
    assert SubjectAlarm.objects.count() == OutboxMessage.objects.count() == 3


@override_settings(PRIVACY_DUTY_PHONE="+6281200000001")
def test_an_alarm_tells_the_duty_when_and_what_and_nobody_whom(sent_messages: list) -> None:  # type: ignore[type-arg]  # of pairs
    member = MemberFactory.create()
    SubjectRequestFactory.create(member=member, kind=RequestKind.ERASURE)
    raise_alarms(RECEIVED_AT + timedelta(hours=24))
    relay(datetime.now(UTC) + timedelta(minutes=1), limit=10)
    ((_, told),) = sent_messages
    assert told.phone_e164 == "+6281200000001"
    assert told.text == (
        "Permintaan data penghapusan data belum diputuskan. Batas waktu 23 November 2026 10.00 WIB."
    )
    assert dict(told.parameters) == {
        "kind": "penghapusan data",
        "due": "23 November 2026 10.00 WIB",
    }
    assert member.full_name not in told.text


def test_four_eyes_on_requests() -> None:
    request = SubjectRequestFactory.create()
    with pytest.raises(TakenInByOneself):
        decide_request(request.pk, refused(), by=request.taken_by, now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        SubjectDecision.objects.create(
            request=request,
            outcome=Outcome.REFUSED,
            reason=WHY,
            decided_by=request.taken_by,
            decided_at=LATER,
        )
    assert SubjectDecision.objects.count() == 0


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR, Role.FINANCE, Role.AGENT])
def test_only_national_users_decide(role: Role) -> None:
    request = SubjectRequestFactory.create()
    branch = request.member.branch if role == Role.SUPERVISOR else None
    by = UserFactory.create(role=role, branch=branch)
    with pytest.raises(NotFound):
        decide_request(request.pk, refused(), by=by, now=LATER)
    assert SubjectDecision.objects.count() == 0


def test_a_decision_is_said_once_and_with_a_reason() -> None:
    request = SubjectRequestFactory.create(kind=RequestKind.CORRECTION)
    by = UserFactory.create()
    with pytest.raises(DecisionUnexplained):
        decide_request(request.pk, granted("sudah"), by=by, now=LATER)
    decision = decide_request(request.pk, granted(), by=by, now=LATER)
    with pytest.raises(RequestDecided):
        decide_request(request.pk, refused(), by=by, now=LATER)
    kept = SubjectDecision.objects.get()
    assert (kept.pk, kept.outcome, kept.reason) == (decision.pk, "done", WHY)
    assert list(SubjectRequest.objects.undecided()) == []


def restricted_member(kind: RequestKind = RequestKind.RESTRICTION) -> tuple[Member, User]:
    """A member of an agent, whose request was granted, and who granted it."""
    member = MemberFactory.create(agent=AgentFactory.create())
    request = SubjectRequestFactory.create(member=member, kind=kind)
    by = UserFactory.create()
    decide_request(request.pk, granted(), by=by, now=LATER)
    return member, by


def test_a_restriction_takes_a_person_out_of_lists_and_is_lifted_once() -> None:
    member, by = restricted_member()
    limit = ProcessingLimit.objects.get()
    assert (limit.kind, limit.set_at, limit.member_id) == ("restriction", LATER, member.pk)
    assert not Member.objects.filter(unrestricted()).exists()
    entry = BookEntry.objects.get(entity_id=member.pk)
    version = entry.version

    lift_limit(member.pk, LimitKind.RESTRICTION, by=by, now=LATER)
    assert Member.objects.filter(unrestricted()).get() == member
    entry.refresh_from_db()
    assert entry.version > version
    with pytest.raises(LimitNotInForce):
        lift_limit(member.pk, LimitKind.RESTRICTION, by=by, now=LATER)
    stranger = UserFactory.create(role=Role.SUPERVISOR)
    with pytest.raises(NotFound):
        lift_limit(member.pk, LimitKind.RESTRICTION, by=stranger, now=LATER)


def test_a_second_restriction_changes_nothing() -> None:
    member, by = restricted_member()
    again = SubjectRequestFactory.create(member=member, kind=RequestKind.RESTRICTION)
    decide_request(again.pk, granted(), by=by, now=LATER)
    assert ProcessingLimit.objects.get().request_id != again.pk


def test_a_refused_restriction_restricts_nothing() -> None:
    request = SubjectRequestFactory.create(kind=RequestKind.RESTRICTION)
    decide_request(request.pk, refused(), by=UserFactory.create(), now=LATER)
    assert ProcessingLimit.objects.count() == 0


@pytest.mark.parametrize(
    "table",
    ["enrollment_subjectrequest", "enrollment_subjectdecision", "enrollment_subjectalarm"],
)
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_requests_decisions_and_alarms_are_append_only(table: str, statement: str) -> None:
    request = SubjectRequestFactory.create()
    raise_alarms(RECEIVED_AT + timedelta(hours=24))
    decide_request(request.pk, refused(), by=UserFactory.create(), now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(statement.format(table))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  our own table
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM enrollment_processinglimit",
        "UPDATE enrollment_processinglimit SET set_at = now()",
        "UPDATE enrollment_processinglimit SET lifted_at = NULL, lifted_by_id = NULL",
    ],
)
def test_a_limit_is_kept_as_it_was(statement: str) -> None:
    member, by = restricted_member()
    lift_limit(member.pk, LimitKind.RESTRICTION, by=by, now=LATER)
    with pytest.raises(DatabaseError), transaction.atomic():
        run_sql(statement)


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.NATIONAL, 1), (Role.AUDITOR, 1), (Role.FINANCE, 0), (Role.AGENT, 0)],
)
def test_requests_are_seen_by_who_answers_for_them(role: Role, expected: int) -> None:
    request = SubjectRequestFactory.create()
    seen = SubjectRequest.objects.visible_to(UserFactory.create(role=role))
    assert seen.count() == expected
    own = UserFactory.create(role=Role.SUPERVISOR, branch=request.member.branch)
    foreign = UserFactory.create(role=Role.SUPERVISOR)
    assert SubjectRequest.objects.visible_to(own).count() == 1
    assert SubjectRequest.objects.visible_to(foreign).count() == 0


def test_an_erasure_forgets_the_person_and_the_words_of_earlier_requests() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    with book.recording() as changes:
        changes.put(agent.pk, "member", [member.pk])
    earlier = SubjectRequestFactory.create(member=member, words="nomor saya 0812")
    by = UserFactory.create()
    copy = ask_for_copy(earlier.pk, by=by, language="id", now=LATER)
    keep_content(copy.pk, {"member": [{"nik": member.nik}]}, now=LATER)
    request = SubjectRequestFactory.create(member=member, kind=RequestKind.ERASURE)
    decide_request(request.pk, granted(), by=by, now=LATER)

    member.refresh_from_db()
    earlier.refresh_from_db()
    copy.refresh_from_db()
    assert (member.erased_at, earlier.words, copy.content) == (LATER, None, None)
    assert copy.gone_at == LATER
    assert SubjectDecision.objects.get().reason == WHY
    assert BookEntry.objects.get(entity_id=member.pk).reason == "erased"
    again = SubjectRequestFactory.create(member=member, kind=RequestKind.ERASURE)
    decide_request(again.pk, granted(), by=by, now=LATER)  # the second time nothing happens


def test_an_erasure_that_is_held_decides_nothing() -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent)
    request = SubjectRequestFactory.create(member=member, kind=RequestKind.ERASURE)
    open_case(
        CaseReport(kind="claim_help", entity="member", entity_id=member.pk, agent_id=agent.pk)
    )
    by = UserFactory.create()
    with pytest.raises(ErasureHeld):
        decide_request(request.pk, granted(), by=by, now=LATER)
    assert SubjectDecision.objects.count() == 0
    decide_request(request.pk, refused(), by=by, now=LATER)
    member.refresh_from_db()
    assert (member.erased_at, SubjectDecision.objects.get().outcome) == (None, "refused")


def test_who_took_an_erasure_in_erases_nobody() -> None:
    request = SubjectRequestFactory.create(kind=RequestKind.ERASURE)
    with pytest.raises(TakenInByOneself):
        decide_request(request.pk, granted(), by=request.taken_by, now=LATER)
    request.member.refresh_from_db()
    assert request.member.erased_at is None
