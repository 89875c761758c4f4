"""Three derivations of one list: the server's, a phone's from its book, and open follow-ups."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from enrollment.cover import cover_state
from enrollment.models import LimitKind, Member, MemberOccupation, ProcessingLimit, lacks_data
from enrollment.services.cover_days import cover_day
from enrollment.services.members import missing_of
from perisai.models import Agent, AgentVillage, User
from perisai.months import add_months, format_month, month_of
from retention.due import due_days
from retention.models import FollowUp, FollowUpKind
from retention.services.follow_ups import work_list
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from sync.models import Book
from sync.registry import read_rows
from sync.services import book
from sync.services.phone_config import config_for
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import WIB, MemberPayerFactory, PayerFactory
from tests.factories.perisai import AgentFactory, UserFactory
from tests.factories.retention import AttemptFactory, FollowUpFactory
from tests.factories.subject_requests import SubjectRequestFactory
from tests.phone.cover import state_of
from tests.phone.work_list import derived_list

pytestmark = pytest.mark.django_db
OWN_VILLAGE = "3515142001"
TODAY = st.sampled_from([date(2026, 10, 31), date(2026, 11, 20), date(2026, 12, 1)])
LACKING = ["village", "address", "phone", "occupation", "income", "programmes"]
ATTEMPTS = st.lists(
    st.fixed_dictionaries(
        {
            "days_ago": st.integers(0, 30),
            "month": st.sampled_from(["present", "present", "present", "older", "none"]),
            "promise": st.none() | st.integers(0, 25),
            "next": st.none() | st.integers(-5, 10),
            "word": st.sampled_from(["", "", "deceased", "met"]),
        }
    ),
    max_size=3,
)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "paid": st.none() | st.integers(-6, 2),
            "registered": st.integers(0, 100),
            "lacking": st.sampled_from([[], [], []]) | st.lists(st.sampled_from(LACKING)),
            "village": st.sampled_from([OWN_VILLAGE, "3515142002", "8271011001"]),
            "sponsor": st.none() | st.integers(-35, 95),
            "attempts": ATTEMPTS,
            "closed": st.sampled_from([[], []]) | st.lists(st.sampled_from(FollowUpKind)),
            "is_closed": st.sampled_from([False, False, False, True]),
            "limit": st.sampled_from([None, None, None, *LimitKind]),
        }
    ),
    min_size=1,
    max_size=4,
)


@contextmanager
def forgotten() -> Iterator[None]:
    """What one example writes is gone when the next begins."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def made(agent: Agent, said: dict[str, Any], today: date, clerk: User) -> Member:
    """One member as drawn."""
    lacking = said["lacking"]
    nothing: dict[str, Any] = {
        "village": {"village_id": None},
        "address": {"address_line": None},
        "phone": {"phone": None},
        "income": {"income_monthly": None},
        "programmes": {"programmes": []},
        "occupation": {"occupation": None},
    }
    columns: dict[str, Any] = {"village_id": said["village"]}
    for name in lacking:
        columns |= nothing[name]
    if said["is_closed"]:
        columns |= {"closed_on": today, "closed_reason": "withdrawn"}
    paid = said["paid"]
    member = MemberFactory.create(
        agent=agent,
        regency_code=said["village"][:4],
        paid_through=None if paid is None else add_months(month_of(today), paid),
        registered_on=today - timedelta(days=said["registered"]),
        **columns,
    )
    present = add_months(member.paid_through, 1) if member.paid_through else None
    for told in said["attempts"]:
        attempted(member, told, today, present)
    for kind in set(said["closed"]):
        FollowUpFactory.create(
            member=member, kind=kind, unpaid_since=present, closed_on=today, closed_by=clerk
        )
    if said["sponsor"] is not None:
        until = today + timedelta(days=said["sponsor"])
        payer = PayerFactory.create(office=agent.office, contract_to=until)
        MemberPayerFactory.create(member=member, payer=payer)
    if said["limit"]:
        limit(member, said["limit"], clerk)
    return member


def attempted(member: Member, told: dict[str, Any], today: date, present: date | None) -> None:
    """One attempt as drawn."""
    day = today - timedelta(days=told["days_ago"])
    older = add_months(present, -1) if present else date(2026, 5, 1)
    promise, wait = told["promise"], told["next"]
    talk: dict[str, Any] = {}
    if promise is not None:
        talk = {"contact": "met_member", "decision": "promised"}
        talk["promise_on"] = day + timedelta(days=promise)
    elif told["word"] == "deceased":
        talk = {"contact": "met_family", "decision": "deceased"}
    elif told["word"] == "met":
        talk = {"contact": "met_member"}
    AttemptFactory.create(
        member=member,
        tried_at=datetime.combine(day, time(8), tzinfo=WIB),
        unpaid_since={"present": present, "older": older, "none": None}[told["month"]],
        next_on=None if wait is None else today + timedelta(days=wait),
        **talk,
    )


def limit(member: Member, kind: str, clerk: User) -> None:
    """A limit in force."""
    ProcessingLimit.objects.create(
        member=member,
        kind=kind,
        request=SubjectRequestFactory.create(member=member),
        set_by=clerk,
        set_at=datetime(2026, 10, 1, tzinfo=WIB),
    )


def drawn(people: list[dict[str, Any]], today: date) -> Agent:
    """An agent of one village, and her members."""
    agent = AgentFactory.create()
    AgentVillage.objects.create(agent=agent, village_id=OWN_VILLAGE)
    clerk = UserFactory.create()
    for said in people:
        made(agent, said, today, clerk)
    return agent


@settings(max_examples=40)
@given(people=PEOPLE, today=TODAY)
def test_server_and_phone_derive_one_list(people: list[dict[str, Any]], today: date) -> None:
    now = datetime.combine(today, time(9), tzinfo=WIB)
    with forgotten(), time_machine.travel(now, tick=False):
        agent = drawn(people, today)
        config = config_for(agent.pk).sections
        assert listed(agent, today) == derived_list(
            rows_of(agent), config, today=today, villages=frozenset(agent.village_codes())
        )


def rows_of(agent: Agent) -> dict[str, Any]:
    """The members of an agent's book."""
    ids = Member.objects.served_by(agent.pk).values_list("pk", flat=True)
    return {str(key): row for key, row in read_rows("member", agent.pk, list(ids)).items()}


def listed(agent: Agent, today: date) -> list[dict[str, Any]]:
    """The server's work list, as the phone writes it."""
    return [
        {
            "member_id": str(item.member_id),
            "kinds": [str(kind) for kind in item.kinds],
            "unpaid_since": format_month(item.unpaid_since) if item.unpaid_since else None,
            "lapses_on": item.lapses_on.isoformat() if item.lapses_on else None,
            "priority": item.priority,
            "priority_parts": dict(item.parts),
        }
        for item in work_list(agent.pk, as_of=today)
    ]


def states(agent: Agent, today: date) -> dict[str, str]:
    """Where the cover of each member stands, by the server."""
    day = cover_day(today)
    members = Member.objects.served_by(agent.pk)
    return {
        str(one.pk): cover_state(one.paid_through, closed_on=one.closed_on, day=day).value
        for one in members
    }


@settings(max_examples=20)
@given(people=PEOPLE, today=TODAY, later=st.sampled_from([1, 16, 70]))
def test_p14_time_changes_nothing_stored(
    people: list[dict[str, Any]], today: date, later: int
) -> None:
    """From the rows and the config of one day a phone derives what the server does on another."""
    then = today + timedelta(days=later)
    now = datetime.combine(today, time(9), tzinfo=WIB)
    with forgotten(), time_machine.travel(now, tick=False) as travelling:
        agent = drawn(people, today)
        with book.recording() as changes:
            ids = Member.objects.served_by(agent.pk).values_list("pk", flat=True)
            changes.put(agent.pk, "member", list(ids))
        held, config = rows_of(agent), config_for(agent.pk).sections
        version = Book.objects.get(agent=agent).version

        travelling.shift(timedelta(days=later))

        villages = frozenset(agent.village_codes())
        assert derived_list(held, config, today=then, villages=villages) == listed(agent, then)
        assert {key: state_of(row, config, then) for key, row in held.items()} == states(
            agent, then
        )
        assert rows_of(agent) == held
        assert Book.objects.get(agent=agent).version == version


def in_reach(member: Member, kind: str, today: date) -> bool:
    """Whether the sweep of this day looks back as far: each kind is bounded below."""
    due = due_days(today)
    paid = member.paid_through
    if kind == FollowUpKind.ARREARS:
        return paid is not None and paid >= due.oldest
    if kind == FollowUpKind.FIRST_PAYMENT:
        return member.registered_on >= due.registered_since
    if kind == FollowUpKind.DATA and paid is None:
        return member.registered_on >= due.registered_since
    if kind == FollowUpKind.DATA:
        lacks_more = set(missing_of(member)) - {"occupations"}
        assert paid is not None
        return paid >= due.oldest and (bool(lacks_more) or paid <= due.newest)
    return True


@settings(max_examples=60)
@given(people=PEOPLE, today=TODAY)
def test_open_follow_ups_after_a_sweep_are_the_kinds_of_the_list(
    people: list[dict[str, Any]], today: date
) -> None:
    now = datetime.combine(today, time(9), tzinfo=WIB)
    with forgotten(), time_machine.travel(now, tick=False):
        agent = drawn(people, today)
        lines = work_list(agent.pk, as_of=today)

        for code in list(regencies_to_sweep(today)):
            open_follow_ups(code, as_of=today)

        members = Member.objects.in_bulk([item.member_id for item in lines])
        expected = {
            (item.member_id, str(kind), item.unpaid_since)
            for item in lines
            for kind in item.kinds
            if in_reach(members[item.member_id], kind, today)
        }
        assert open_now(agent.pk, today) == expected
        for code in regencies_to_sweep(today, is_forced=True):
            assert open_follow_ups(code, as_of=today) == 0


def open_now(agent_id: UUID, today: date) -> set[tuple[UUID, str, date | None]]:
    """Open follow-ups of an agent's members; no two of one kind."""
    found = FollowUp.objects.open(as_of=today).filter(member__agent=agent_id)
    rows = list(found.values_list("member", "kind", "unpaid_since"))
    assert len({(member, kind) for member, kind, _ in rows}) == len(rows)
    judged = FollowUp.objects.with_openness(as_of=today).filter(member__agent=agent_id)
    assert {row.pk for row in judged if getattr(row, "is_open")} == set(  # noqa: B009  annotated
        found.values_list("pk", flat=True)
    )
    return set(rows)


@settings(max_examples=60)
@given(lacking=st.lists(st.sampled_from([*LACKING, "reason", "second"]), unique=True))
def test_sql_says_as_python_who_lacks_data(lacking: list[str]) -> None:
    said: dict[str, Any] = {
        "paid": 0,
        "registered": 1,
        "lacking": [name for name in lacking if name in LACKING],
        "village": OWN_VILLAGE,
        "sponsor": None,
        "attempts": [],
        "closed": [],
        "is_closed": False,
        "limit": None,
    }
    today = date(2026, 11, 20)
    with forgotten():
        member = made(AgentFactory.create(), said, today, UserFactory.create())
        if "reason" in lacking:
            member.no_phone_reason = "tidak punya"
            member.save(update_fields=["no_phone_reason"])
        if "second" in lacking:
            MemberOccupation.objects.create(member=member, occupation_id="DES02", is_main=False)
        is_lacking = Member.objects.filter(lacks_data(), pk=member.pk).exists()
        member = Member.objects.get(pk=member.pk)
        assert is_lacking == bool(missing_of(member))
