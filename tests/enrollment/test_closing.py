"""Closing a membership (R20): at once, as a case, or not at all."""

from datetime import UTC, date, datetime
from typing import Any, Literal
from uuid import uuid4

import pytest

from enrollment.errors import BothHavePaid, MemberHasPaid
from enrollment.models import ClosedReason, Member, MemberChange
from enrollment.operations import close
from enrollment.services.member_rows import member_rows
from perisai.errors import FieldError, Invalid
from perisai.models import Agent, Role, User
from sync.errors import NotInBook
from sync.models import BookEntry, Conflict
from sync.registry import Result
from sync.services.decide import Word, decide
from tests.factories.enrollment import ConsentFactory, MemberFactory, in_book, member_op
from tests.factories.perisai import AgentFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


@pytest.fixture
def agent() -> Agent:
    return AgentFactory.create()


@pytest.fixture
def member(agent: Agent) -> Member:
    return in_book(MemberFactory.create(number=1, agent=agent))


def closed(member: Member, reason: str, on: str = "2026-11-10", **members: Any) -> Result:
    said = {name: members.pop(name) for name in ("note", "duplicate_of") if name in members}
    result = close(
        member_op(member, "member.close", {"reason": reason, "on": on} | said, **members)
    )
    member.refresh_from_db()
    return result


def standing(member: Member) -> tuple[date | None, str, int]:
    return member.closed_on, member.closed_reason, member.rev


@pytest.mark.parametrize("reason", ["deceased", "moved_to_pu", "withdrawn"])
def test_r20_a_member_is_closed_with_day_and_reason(member: Member, reason: str) -> None:
    result = closed(member, reason, note="kata keluarga")
    assert result == Result(word="applied", entity="member", entity_id=member.pk, rev=2)
    assert standing(member) == (date(2026, 11, 10), reason, 2)
    change = MemberChange.objects.get()
    assert (change.rev, change.group) == (2, "closing")
    assert (change.fields, change.reason) == (["closed_on", "closed_reason"], "kata keluarga")


def test_r20_a_death_stops_reminders_at_once_and_asks_for_help_with_the_claim(
    member: Member, agent: Agent
) -> None:
    ConsentFactory.create(member=member, agent=agent)
    assert member_rows(agent.pk, [member.pk])[member.pk]["reminders"] is True
    closed(member, "deceased")
    row = member_rows(agent.pk, [member.pk])[member.pk]
    assert (row["reminders"], row["closed_on"], row["closed_reason"]) == (
        False,
        "2026-11-10",
        "deceased",
    )
    case = Conflict.objects.get()
    assert (case.kind, case.entity_id, case.agent_id) == ("claim_help", member.pk, agent.pk)
    assert row["review"] == ["claim_help"]


def judged(member: Member, decision: Literal["apply", "refuse"]) -> User:
    """What a supervisor says of the reported death."""
    supervisor = UserFactory.create(role=Role.SUPERVISOR, branch=member.branch)
    case = Conflict.objects.get()
    decide(case.pk, Word(decision=decision, reason="sudah ditanyakan"), by=supervisor, now=NOW)
    member.refresh_from_db()
    return supervisor


def test_r20_a_death_that_a_supervisor_confirms_stays(member: Member) -> None:
    closed(member, "deceased")
    judged(member, "apply")
    assert standing(member) == (date(2026, 11, 10), "deceased", 2)
    assert Conflict.objects.get().state == "applied"


def test_r20_a_death_that_was_none_is_undone_and_leaves_a_trace(member: Member) -> None:
    closed(member, "deceased")
    supervisor = judged(member, "refuse")
    assert standing(member) == (None, "", 3)
    change = MemberChange.objects.get(rev=3)
    assert (change.user_id, change.agent_id, change.group) == (supervisor.pk, None, "closing")
    assert change.reason == "sudah ditanyakan"
    assert change.old_values == {"closed_on": "2026-11-10", "closed_reason": "deceased"}
    entry = BookEntry.objects.get(entity="member", entity_id=member.pk)
    assert entry.is_present


@pytest.mark.parametrize("reason", ["moved_to_pu", "withdrawn"])
def test_r20_who_leaves_needs_no_case(member: Member, reason: str) -> None:
    closed(member, reason)
    assert Conflict.objects.count() == 0


@pytest.mark.parametrize(
    ("said", "kept"), [("2026-11-20", 18), ("2026-11-19", 17), ("2026-11-18", 18)]
)
def test_r20_a_day_of_a_calendar_that_goes_ahead_is_moved_back_with_it(
    member: Member, said: str, kept: int
) -> None:
    """The phone is two days fast; a day that is none of the future is kept as it was said."""
    made_at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    captured = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)
    result = closed(member, "deceased", on=said, made_at=made_at, adjusted_at=captured)
    assert (result.word, member.closed_on) == ("applied", date(2026, 11, kept))


def test_r20_a_day_that_the_phones_own_calendar_has_not_reached_is_refused(member: Member) -> None:
    made_at = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
    with pytest.raises(Invalid):
        closed(member, "deceased", on="2026-11-21", made_at=made_at)


def test_r20_who_was_born_on_that_day_may_be_closed_on_it(member: Member) -> None:
    closed(member, "withdrawn", on=member.birth_date.isoformat())
    assert member.closed_on == member.birth_date


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"on": "2026-11-19"}, "/data/on", "in_the_future"),
        ({"on": "0026-11-18"}, "/data/on", "before_birth"),
        ({"on": ""}, "/data/on", "required"),
        ({"reason": "claimed_out"}, "/data/reason", "unknown_choice"),
        ({"reason": ""}, "/data/reason", "required"),
        ({"reason": "duplicate"}, "/data/duplicate_of", "required"),
    ],
)
def test_r20_what_cannot_be_is_refused(
    member: Member, said: dict[str, str], pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        closed(member, **({"reason": "withdrawn"} | said))
    assert refused.value.errors == (FieldError(pointer=pointer, code=code),)
    member.refresh_from_db()
    assert standing(member) == (None, "", 1)


def test_r20_closed_twice_for_one_reason_is_one_closing(member: Member) -> None:
    closed(member, "withdrawn")
    again = closed(member, "withdrawn", "2026-11-12")
    assert (again.word, again.rev) == ("merged", 2)
    assert standing(member) == (date(2026, 11, 10), "withdrawn", 2)
    assert MemberChange.objects.count() == 1


def test_r20_another_reason_waits_for_a_person(member: Member) -> None:
    closed(member, "withdrawn")
    other = closed(member, "deceased")
    assert (other.word, other.code) == ("conflict", "already_closed")
    assert standing(member) == (date(2026, 11, 10), "withdrawn", 2)
    decided = closed(member, "deceased", decision="apply")
    assert (decided.word, decided.rev) == ("applied", 3)
    assert member.closed_reason == ClosedReason.DECEASED


def test_r23_a_duplicate_closes_nothing_until_a_person_decides(
    member: Member, agent: Agent
) -> None:
    kept = in_book(MemberFactory.create(number=2, agent=agent))
    asked = closed(member, "duplicate", duplicate_of=str(kept.pk))
    assert (asked.word, asked.code, asked.other_id) == ("conflict", "review_required", kept.pk)
    assert standing(member) == (None, "", 1)

    decided = closed(member, "duplicate", duplicate_of=str(kept.pk), decision="merge")
    assert decided.word == "applied"
    assert (member.closed_reason, member.merged_into_id) == ("duplicate", kept.pk)
    entry = BookEntry.objects.get(entity_id=member.pk)
    assert (entry.is_present, entry.reason, entry.into_id) == (False, "merged", kept.pk)


def test_r23_a_duplicate_that_paid_is_not_merged(member: Member, agent: Agent) -> None:
    kept = in_book(MemberFactory.create(number=2, agent=agent))
    member.paid_through, member.episode_no = date(2026, 9, 1), 1
    member.save(update_fields=["paid_through", "episode_no"])
    with pytest.raises(MemberHasPaid):
        closed(member, "duplicate", duplicate_of=str(kept.pk), decision="merge")
    kept.paid_through, kept.episode_no = date(2026, 9, 1), 1
    kept.save(update_fields=["paid_through", "episode_no"])
    with pytest.raises(BothHavePaid):
        closed(member, "duplicate", duplicate_of=str(kept.pk), decision="merge")
    member.refresh_from_db()
    assert standing(member) == (None, "", 1)


def test_a_foreign_and_an_unknown_double_are_one_answer(member: Member) -> None:
    foreign = MemberFactory.create(number=2, agent=AgentFactory.create())
    for other in (foreign.pk, uuid4(), member.pk):
        with pytest.raises(Invalid) as refused:
            closed(member, "duplicate", duplicate_of=str(other))
        assert refused.value.errors == (
            FieldError(pointer="/data/duplicate_of", code="not_in_book"),
        )


def test_another_agents_member_is_not_closed(member: Member) -> None:
    stranger = AgentFactory.create()
    with pytest.raises(NotInBook):
        closed(member, "withdrawn", agent_id=stranger.pk)
    member.refresh_from_db()
    assert standing(member) == (None, "", 1)
