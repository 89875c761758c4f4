"""A contact attempt is kept whatever happened meanwhile; only a payment resolves (R16)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from enrollment.models import Member
from perisai.errors import Invalid
from perisai.ids import new_id
from perisai.models import Agent
from retention.errors import AttemptIdReused
from retention.models import Attempt, FollowUp, FollowUpKind
from retention.operations import attempt_follow_up
from retention.services.follow_ups import work_list
from retention.services.sweep import open_follow_ups
from sync.errors import NotInBook
from sync.models import BookEntry, Conflict
from sync.registry import Op, Result, read_rows
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import AgentFactory
from tests.factories.retention import TRIED_AT, AttemptFactory, FollowUpFactory

pytestmark = pytest.mark.django_db

AUGUST = date(2026, 8, 1)
TODAY = date(2026, 11, 20)
RECEIVED_AT = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


@pytest.fixture
def member() -> Member:
    """A farmer with an agent, paid through August."""
    return MemberFactory.create(agent=AgentFactory.create(), paid_through=AUGUST)


def attempt_op(member: Member, *, without: str = "", **said: Any) -> Op:
    """An attempt of the member's agent; `said` goes over the plain members of its data."""
    data = {
        "member_id": str(member.pk),
        "unpaid_since": "2026-09",
        "channel": "visit",
        "contact": "met_member",
    }
    assert member.agent_id is not None
    return Op(
        op_id=new_id(),
        kind="follow_up.attempt",
        v=1,
        entity_id=new_id(),
        data={name: value for name, value in (data | said).items() if name != without},
        agent_id=member.agent_id,
        device_id=new_id(),
        made_at=TRIED_AT,
        adjusted_at=TRIED_AT,
        received_at=RECEIVED_AT,
    )


def applied(op: Op) -> dict[str, Any]:
    """Run it; what the answer says beside the word."""
    result: Result = attempt_follow_up(op)
    assert (result.word, result.entity, result.entity_id) == ("applied", "attempt", op.entity_id)
    return dict(result.extra)


def nothing_is_kept() -> bool:
    """No attempt, no case, no closed follow-up, no raised book."""
    is_closed = FollowUp.objects.exclude(closed_on=None).exists()
    return not (
        Attempt.objects.exists()
        or Conflict.objects.exists()
        or BookEntry.objects.exists()
        or is_closed
    )


def test_a_promise_is_kept_with_all_it_says_and_shown_in_the_book(member: Member) -> None:
    op = attempt_op(
        member,
        decision="promised",
        promise_on="2026-11-25",
        note="Panen minggu depan",
        place={"lat_e6": -7_450_000, "lon_e6": 112_710_000, "accuracy_m": 12},
        payment_reference="",
    )

    assert applied(op) == {"next_on": "2026-11-26"}

    kept = Attempt.objects.get()
    assert (kept.pk, kept.op_id, kept.member_id) == (op.entity_id, op.op_id, member.pk)
    assert (kept.agent_id, kept.unpaid_since) == (member.agent_id, date(2026, 9, 1))
    assert kept.regency_code == "3515"
    assert (kept.channel, kept.contact, kept.decision) == ("visit", "met_member", "promised")
    assert (kept.promise_on, kept.next_on) == (date(2026, 11, 25), date(2026, 11, 26))
    assert kept.note == "Panen minggu depan"
    assert kept.place == {"lat_e6": -7_450_000, "lon_e6": 112_710_000, "accuracy_m": 12}
    assert kept.tried_at == TRIED_AT
    assert kept.after_resolution is False
    shown = BookEntry.objects.get()
    assert (shown.entity, shown.entity_id, shown.is_present) == ("member", member.pk, True)


def test_the_note_is_ciphertext_in_the_database(member: Member) -> None:
    applied(attempt_op(member, note="Panen minggu depan"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM retention_attempt")
        stored = bytes(cursor.fetchone()[0])
    assert b"Panen" not in stored


@pytest.mark.parametrize(
    ("said", "pointer", "code"),
    [
        ({"channel": "letter"}, "/data/channel", "unknown_choice"),
        ({"contact": "met_dog"}, "/data/contact", "unknown_choice"),
        ({"contact": "no_answer", "decision": "promised"}, "/data/decision", "nobody_reached"),
        ({"contact": "not_home", "decision": "paid_now"}, "/data/decision", "nobody_reached"),
        ({"decision": "promised"}, "/data/promise_on", "promise_without_its_day"),
        ({"promise_on": "2026-11-25"}, "/data/promise_on", "promise_without_its_day"),
        (
            {"decision": "promised", "promise_on": "2027-01-19"},
            "/data/promise_on",
            "promise_out_of_range",
        ),
        (
            {"decision": "promised", "promise_on": "2026-11-18"},
            "/data/promise_on",
            "promise_out_of_range",
        ),
        ({"note": "x" * 501}, "/data/note", "too_long"),
        ({"unpaid_since": "2026-13"}, "/data/unpaid_since", "month_required"),
        ({"place": {"lat_e6": 0.5, "lon_e6": 1}}, "/data/place/lat_e6", "type"),
        ({"place": {"lat_e6": 91_000_000, "lon_e6": 1}}, "/data/place/lat_e6", "out_of_range"),
        ({"without": "unpaid_since"}, "/data/unpaid_since", "required"),
        ({"without": "contact"}, "/data/contact", "required"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(
    member: Member, said: dict[str, Any], pointer: str, code: str
) -> None:
    FollowUpFactory.create(member=member)
    with pytest.raises(Invalid) as refused:
        attempt_follow_up(attempt_op(member, **said))
    assert (pointer, code) in [(fault.pointer, fault.code) for fault in refused.value.errors]
    assert nothing_is_kept()


def test_a_promise_of_the_sixtieth_day_is_taken(member: Member) -> None:
    op = attempt_op(member, decision="promised", promise_on="2027-01-18")
    assert applied(op) == {"next_on": "2027-01-19"}


@pytest.mark.parametrize(
    ("off", "said", "kept"),
    [(-5, "2026-11-16", "2026-11-21"), (-5, "2026-11-20", "2026-11-20"), (70, "2027-01-30", None)],
    ids=["slow", "slow and sensible here", "fast"],
)
def test_a_promise_by_a_calendar_that_is_wrong_is_moved_along_with_it(
    member: Member, off: int, said: str, kept: str | None
) -> None:
    op = attempt_op(member, decision="promised", promise_on=said)
    applied(replace(op, made_at=op.adjusted_at + timedelta(days=off)))
    assert f"{Attempt.objects.get().promise_on}" == (kept or "2026-11-21")


def test_a_promise_that_no_calendar_makes_sense_of_is_refused(member: Member) -> None:
    op = attempt_op(member, decision="promised", promise_on="2026-11-13")
    with pytest.raises(Invalid):
        attempt_follow_up(replace(op, made_at=op.adjusted_at - timedelta(days=5)))
    assert nothing_is_kept()


@pytest.mark.parametrize("contact", ["met_member", "met_family", "phone_answered"])
def test_reached_people_may_decide(member: Member, contact: str) -> None:
    assert applied(attempt_op(member, contact=contact, decision="lean_season")) == {
        "next_on": "2026-12-19"
    }


def test_the_third_attempt_in_two_weeks_waits(member: Member) -> None:
    for day in (15, 17):
        AttemptFactory.create(member=member, tried_at=datetime(2026, 11, day, 9, tzinfo=UTC))
    assert applied(attempt_op(member, contact="not_home")) == {"next_on": "2026-11-29"}
    assert applied(attempt_op(member, contact="not_home")) == {"next_on": "2026-12-01"}
    assert Attempt.objects.count() == 4


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_three_attempts_rest_in_whatever_order_they_arrive(
    member: Member, order: tuple[int, ...]
) -> None:
    for day in order:
        tried_at = datetime(2026, 10, day, 3, tzinfo=UTC)
        applied(replace(attempt_op(member), adjusted_at=tried_at))
    assert member.agent_id is not None
    (row,) = read_rows("member", member.agent_id, [member.pk]).values()
    last = row["last_attempt"]
    assert isinstance(last, dict)
    assert (last["at"], last["next_on"]) == ("2026-10-03", "2026-10-15")
    for as_of, waits in ((date(2026, 10, 14), True), (date(2026, 10, 15), False)):
        (line,) = work_list(member.agent_id, as_of=as_of)
        assert ("wait" in line.parts) is waits


def test_an_attempt_after_the_payment_is_kept_and_says_so(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 11, 1))
    assert applied(attempt_op(member, decision="paid_now")) == {
        "next_on": None,
        "after_resolution": True,
    }
    assert Attempt.objects.get().after_resolution is True


def test_an_attempt_that_is_not_about_arrears_names_no_month(member: Member) -> None:
    assert applied(attempt_op(member, unpaid_since=None)) == {"next_on": None}
    assert Attempt.objects.get().unpaid_since is None


@pytest.mark.parametrize(
    ("decision", "case"),
    [
        ("deceased", "claim_help"),
        ("sick_or_injured", "claim_help"),
        ("duplicate_record", "duplicate_record"),
    ],
)
def test_some_words_open_a_case_for_a_person(member: Member, decision: str, case: str) -> None:
    op = attempt_op(member, decision=decision)
    applied(op)
    found = Conflict.objects.get()
    assert (found.kind, found.entity, found.entity_id) == (case, "member", member.pk)
    assert (found.agent_id, found.state) == (member.agent_id, "open")
    assert found.details == {"decision": decision, "attempt_id": str(op.entity_id)}
    assert Member.objects.get(pk=member.pk).closed_on is None


@pytest.mark.parametrize(
    ("decision", "left_open"),
    [
        ("deceased", 0),
        ("duplicate_record", 0),
        ("sick_or_injured", 1),
        ("paid_now", 1),
        ("formal_job_now", 1),
    ],
)
def test_only_death_and_doubles_close_a_follow_up(
    member: Member, decision: str, left_open: int
) -> None:
    open_follow_ups("3515", as_of=date(2026, 10, 1))
    applied(attempt_op(member, decision=decision))
    assert FollowUp.objects.open(as_of=TODAY).count() == left_open
    closed = FollowUp.objects.exclude(closed_on=None)
    assert closed.count() == (0 if left_open else len(FollowUpKind))  # noted before, or now
    for follow_up in closed:
        assert follow_up.closed_on == date(2026, 11, 19)
        assert follow_up.closed_by == Agent.objects.get().user
        assert follow_up.closed_reason == decision


def test_a_death_reported_before_the_sweep_stays_closed_after_it(member: Member) -> None:
    applied(attempt_op(member, decision="deceased"))
    assert open_follow_ups("3515", as_of=TODAY) == 0
    assert FollowUp.objects.count() == len(FollowUpKind)
    assert FollowUp.objects.open(as_of=TODAY).count() == 0


def test_a_death_before_the_first_payment_ends_all_work(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=None, episode_no=0)
    applied(attempt_op(member, decision="deceased", unpaid_since=None))
    closed = FollowUp.objects.values_list("kind", "unpaid_since", "episode_no")
    assert set(closed) == {(kind, None, 0) for kind in FollowUpKind}


def test_whoever_pays_nobody_is_sent_to_whom_was_reported_dead_until_met(member: Member) -> None:
    def sent_to() -> tuple[int, int]:
        open_follow_ups("3515", as_of=TODAY)
        assert member.agent_id is not None
        mine = work_list(member.agent_id, as_of=TODAY)
        return FollowUp.objects.open(as_of=TODAY).count(), len(mine)

    Member.objects.filter(pk=member.pk).update(paid_through=date(2026, 9, 1))
    assert sent_to() == (1, 1)
    applied(attempt_op(member, decision="deceased"))  # of September, paid meanwhile
    assert not FollowUp.objects.exclude(closed_on=None).exists()
    assert sent_to() == (0, 0)
    Member.objects.filter(pk=member.pk).update(paid_through=AUGUST)  # taken back
    assert sent_to() == (0, 0)
    met_at = TRIED_AT + timedelta(hours=1)
    applied(replace(attempt_op(member), adjusted_at=met_at))
    assert sent_to() == (1, 1)


def test_a_member_of_another_agent_is_as_unknown_as_none(member: Member) -> None:
    stranger = AgentFactory.create().pk
    foreign = replace(attempt_op(member), agent_id=stranger)
    unknown = replace(attempt_op(member, member_id=str(new_id())), agent_id=stranger)
    refusals = []
    for op in (foreign, unknown):
        with pytest.raises(NotInBook) as refused:
            attempt_follow_up(op)
        refusals.append((str(refused.value), refused.value.context))
    assert refusals[0] == refusals[1]
    assert nothing_is_kept()


def test_an_id_that_names_an_attempt_already_is_refused(member: Member) -> None:
    op = attempt_op(member)
    applied(op)
    with pytest.raises(AttemptIdReused):
        attempt_follow_up(replace(attempt_op(member), entity_id=op.entity_id))
    assert Attempt.objects.get().op_id == op.op_id


def test_an_attempt_is_append_only(member: Member) -> None:
    applied(attempt_op(member))
    update, delete = "UPDATE retention_attempt SET contact = ''", "DELETE FROM retention_attempt"
    for change in (update, delete):
        with (
            pytest.raises(ProgrammingError, match="Cannot update or delete"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
    assert Attempt.objects.get().contact == "met_member"


def test_an_attempt_costs_the_same_for_a_long_history(member: Member) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            applied(attempt_op(member, decision="deceased"))
        return len(statements)

    applied(attempt_op(member))  # the book is opened
    first = cost()
    AttemptFactory.create_batch(30, member=member)
    assert cost() == first
