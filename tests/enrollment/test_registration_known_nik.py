"""What a registration with a known NIK meets (R20, R23): one row per NIK for ever."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
import time_machine

from enrollment.models import (
    Assignment,
    ClosedReason,
    Consent,
    Heir,
    Member,
    MemberChange,
    Registration,
    Relation,
    Verdict,
)
from enrollment.operations import register
from enrollment.services.members import missing_of
from perisai.errors import Invalid
from perisai.models import Agent, OutboxMessage
from perisai.privacy import name_words
from sync.models import BookEntry
from sync.registry import Op, Result
from tests.factories.enrollment import (
    AssignmentFactory,
    ConsentFactory,
    EligibleAgentFactory,
    MemberFactory,
    cared_for,
    in_book,
    register_op,
    registration_data,
)

pytestmark = pytest.mark.django_db

CLOSED_ON = date(2026, 9, 30)
NUMBER = 5_000


@pytest.fixture
def agent() -> Agent:
    return EligibleAgentFactory.create()


@pytest.fixture
def former() -> Agent:
    return EligibleAgentFactory.create()


def entries(agent: Agent) -> list[tuple[UUID, bool, str]]:
    found = BookEntry.objects.filter(book__agent=agent).order_by("entity_id")
    return list(found.values_list("entity_id", "is_present", "reason"))


def held(op: Op, code: str, other: Member, *, case: str = "") -> Result:
    return Result(
        word="conflict",
        entity="member",
        entity_id=op.entity_id,
        code=code,
        other_id=other.pk,
        case=case,
    )


@pytest.mark.parametrize("is_own", [True, False], ids=["own", "another agent's"])
@pytest.mark.parametrize("is_draft", [True, False], ids=["draft", "complete"])
def test_r23_of_a_live_member_the_first_stands_and_the_second_is_a_case(
    agent: Agent, former: Agent, *, is_own: bool, is_draft: bool
) -> None:
    holder = agent if is_own else former
    changes = {"village_id": None, "address_line": None} if is_draft else {}
    live = in_book(MemberFactory.create(number=NUMBER, agent=holder, **changes))
    before = cared_for().values().get()
    seen = entries(holder)

    op = register_op(agent.pk, registration_data(NUMBER, full_name="ORANG LAIN"))

    assert register(op) == held(op, "duplicate_identity", live)
    assert str(cared_for().values().get()) == str(before)
    assert cared_for().get().full_name == "Budi Contoh"
    assert entries(holder) == seen
    assert Consent.objects.count() == OutboxMessage.objects.count() == 0
    kept = Registration.objects.get()
    assert (kept.op_id, kept.verdict, kept.member_id) == (op.op_id, Verdict.HELD, None)


@pytest.mark.parametrize("reason", [ClosedReason.DECEASED])
def test_r23_of_somebody_deceased_a_person_decides(agent: Agent, reason: ClosedReason) -> None:
    dead = MemberFactory.create(number=NUMBER, closed_on=CLOSED_ON, closed_reason=reason)
    op = register_op(agent.pk, registration_data(NUMBER))
    assert register(op) == held(op, "review_required", dead, case="identity_deceased")
    dead.refresh_from_db()
    assert (dead.closed_on, dead.closed_reason, dead.rev) == (CLOSED_ON, reason, 1)
    assert (cared_for().count(), Consent.objects.count()) == (1, 0)
    assert entries(agent) == []


@pytest.fixture
def left(former: Agent) -> Member:
    """Who paid through March, withdrew in September, and has a consent and an heir."""
    member = MemberFactory.create(
        number=NUMBER,
        agent=former,
        closed_on=CLOSED_ON,
        closed_reason=ClosedReason.WITHDRAWN,
        paid_through=date(2026, 3, 1),
        birthplace="Gresik",
        workplace="Pasar Contoh",
    )
    AssignmentFactory.create(member=member, agent=former)
    ConsentFactory.create(member=member, agent=former)
    Heir.objects.create(member=member, position=1, name="Ani Contoh", relation=Relation.CHILD)
    return in_book(member)


@pytest.mark.parametrize(
    "reason", [ClosedReason.WITHDRAWN, ClosedReason.MOVED_TO_PU, ClosedReason.CLAIMED_OUT]
)
def test_r20_who_left_and_registers_again_is_opened_under_this_agent(
    agent: Agent, former: Agent, left: Member, reason: ClosedReason
) -> None:
    left.closed_reason = reason
    left.save(update_fields=["closed_reason"])
    op = register_op(agent.pk, registration_data(NUMBER))
    assert register(op) == Result(
        word="redirected",
        entity="member",
        entity_id=op.entity_id,
        code="reopened",
        rev=2,
        extra={"into": str(left.pk)},
    )
    again = cared_for().get()
    assert (again.pk, again.rev, again.kpj) == (left.pk, 2, left.kpj)
    assert (again.closed_on, again.closed_reason) == (None, "")
    assert (again.agent_id, again.branch_id) == (agent.pk, agent.office.branch_id)
    assert (again.paid_through, again.episode_no) == (date(2026, 3, 1), 1)
    assert entries(agent) == [(left.pk, True, "")]
    assert entries(former) == [(left.pk, False, "reassigned")]
    assert Consent.objects.filter(member=left).count() == 2
    kept = Registration.objects.get()
    assert (kept.verdict, kept.member_id) == (Verdict.REOPENED, left.pk)
    newest = Assignment.objects.order_by("from_on").reverse()[0]
    assert (newest.agent_id, newest.from_on) == (agent.pk, date(2026, 11, 18))


def test_r20_what_the_new_form_says_is_a_correction(agent: Agent, left: Member) -> None:
    said = registration_data(
        NUMBER,
        village_code="1671011001",
        full_name="BUDI S. CONTOH",
        birthplace="Sidoarjo",
        occupations=[{"code": "DES02", "is_main": True}],
        heirs=[{"name": "Siti Contoh", "relation": "spouse"}],
    )
    register(register_op(agent.pk, said))
    again = cared_for().get()
    assert (again.full_name, again.birthplace) == ("BUDI S. CONTOH", "Sidoarjo")
    assert (again.village_id, again.regency_code) == ("1671011001", "1671")
    assert list(map(bytes, again.name_words)) == name_words("BUDI CONTOH", regency_code="1671")
    assert [named.occupation_id for named in again.occupations.all()] == ["DES02"]
    assert [heir.name for heir in again.heirs.all()] == ["Siti Contoh"]


def test_r20_what_the_new_form_does_not_say_stays(agent: Agent, left: Member) -> None:
    absent = ("village_code", "address_line", "phone", "occupations", "income_monthly")
    register(register_op(agent.pk, registration_data(NUMBER, without=[*absent, "programmes"])))
    again = cared_for().get()
    assert (again.birthplace, again.workplace) == ("Gresik", "Pasar Contoh")
    assert (again.village_id, again.address_line) == ("3515142001", "Dusun Contoh")
    assert (again.phone, again.income_monthly) == ("+6281234567890", 1_000_000)
    assert again.programmes == ["JKK", "JKM"]
    assert [named.occupation_id for named in again.occupations.all()] == ["DES01"]
    assert [heir.name for heir in again.heirs.all()] == ["Ani Contoh"]
    assert missing_of(again) == []


def test_r20_opened_again_under_the_same_agent_no_book_drops_it(agent: Agent) -> None:
    left = MemberFactory.create(
        number=NUMBER, agent=agent, closed_on=CLOSED_ON, closed_reason=ClosedReason.WITHDRAWN
    )
    in_book(left)
    register(register_op(agent.pk, registration_data(NUMBER)))
    assert entries(agent) == [(left.pk, True, "")]


def test_r32_a_form_that_could_not_run_takes_the_care_from_the_day_it_runs_on(
    agent: Agent, former: Agent, left: Member
) -> None:
    between = date(2026, 11, 20)
    left.closed_on = date(2026, 11, 22)
    left.save(update_fields=["closed_on"])
    AssignmentFactory.create(member=left, agent=former, from_on=between)
    came = register_op(agent.pk, registration_data(NUMBER), was_held=True)
    with time_machine.travel(datetime(2026, 11, 30, 3, tzinfo=UTC), tick=False):
        register(came)
    newest = Assignment.objects.order_by("from_on").reverse()[0]
    assert (newest.agent_id, newest.from_on) == (agent.pk, date(2026, 11, 30))


def test_r20_a_form_captured_before_the_former_agents_last_day_still_moves_the_care(
    agent: Agent, former: Agent
) -> None:
    left = MemberFactory.create(
        number=NUMBER, agent=former, closed_on=CLOSED_ON, closed_reason=ClosedReason.WITHDRAWN
    )
    AssignmentFactory.create(member=left, agent=former, from_on=date(2026, 11, 20))
    op = replace(
        register_op(agent.pk, registration_data(NUMBER)),
        received_at=datetime.fromisoformat("2026-11-20T10:00:00+07:00"),
    )
    register(op)
    assert list(Assignment.objects.values_list("agent", "from_on")) == [
        (agent.pk, date(2026, 11, 20))
    ]


def test_r21_who_comes_back_is_not_asked_for_the_age_to_join(agent: Agent) -> None:
    MemberFactory.create(number=NUMBER, closed_on=CLOSED_ON, closed_reason=ClosedReason.MOVED_TO_PU)
    data = registration_data(
        NUMBER, birth_date="1956-01-01", soft_checks_confirmed=["birth_differs"]
    )
    assert register(register_op(agent.pk, data)).word == "redirected"


def test_r23_of_a_merged_row_the_one_it_was_merged_into_counts(agent: Agent) -> None:
    kept = MemberFactory.create(number=NUMBER + 1)
    middle = MemberFactory.create(
        number=NUMBER + 2,
        merged_into=kept,
        closed_on=CLOSED_ON,
        closed_reason=ClosedReason.DUPLICATE,
    )
    MemberFactory.create(
        number=NUMBER,
        merged_into=middle,
        closed_on=CLOSED_ON,
        closed_reason=ClosedReason.DUPLICATE,
    )
    op = register_op(agent.pk, registration_data(NUMBER))
    assert register(op) == held(op, "duplicate_identity", kept)
    assert cared_for().count() == 3


def test_r23_the_case_never_says_whose_member_it_is(agent: Agent, former: Agent) -> None:
    MemberFactory.create(number=NUMBER, agent=former)
    told = str(register(register_op(agent.pk, registration_data(NUMBER))))
    owners = (former.pk, former.number, former.office.code, former.office.branch.code)
    assert not any(str(owner) in told for owner in owners)


def test_a_faulty_form_of_a_known_nik_is_refused_before_it_is_a_case(agent: Agent) -> None:
    MemberFactory.create(number=NUMBER)
    with pytest.raises(Invalid):
        register(register_op(agent.pk, registration_data(NUMBER, village_code=str(uuid4())[:20])))
    assert Registration.objects.count() == 0


def test_r20_opened_again_is_one_change_that_says_so(agent: Agent, left: Member) -> None:
    op = register_op(agent.pk, registration_data(NUMBER, birthplace="Sidoarjo"))
    register(op)
    change = MemberChange.objects.get()
    assert (change.member_id, change.rev, change.group) == (left.pk, 2, "registration")
    assert (change.agent_id, change.op_id, change.device_id) == (
        agent.pk,
        op.op_id,
        op.device_id,
    )
    assert {"birthplace", "closed_on", "closed_reason"} <= set(change.fields)
