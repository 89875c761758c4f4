"""The sweep's kinds beside arrears: when each is noted, its bound below, when it is open (R16)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from enrollment.models import Member
from perisai.models import Branch, Regency
from retention.due import due_days
from retention.models import FollowUp, FollowUpKind, SweepRun
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from retention.services.sweep_pieces import Asked
from retention.services.sweep_statements import IN_ARREARS, PARTS
from tests.factories.enrollment import MemberFactory
from tests.factories.payments import WIB, MemberPayerFactory, PayerFactory
from tests.factories.perisai import AgentFactory, OfficeFactory
from tests.factories.retention import AttemptFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
SIDOARJO, TERNATE = "3515", "8271"
NOVEMBER = date(2026, 11, 1)


def swept(as_of: date = TODAY) -> list[tuple[object, ...]]:
    """What a sweep of the whole country notes."""
    before = set(FollowUp.objects.values_list("pk", flat=True))
    for code in list(regencies_to_sweep(as_of)):
        open_follow_ups(code, as_of=as_of)
    new = FollowUp.objects.exclude(pk__in=before)
    return sorted(new.values_list("member", "kind", "unpaid_since", "episode_no"), key=str)


def is_open(member: Member, as_of: date = TODAY) -> list[str]:
    """Kinds that are open."""
    found = FollowUp.objects.open(as_of=as_of).filter(member=member)
    return list(found.order_by("kind").values_list("kind", flat=True))


def promised(member: Member, on: date, *, about: date | None, tried_on: date) -> None:
    """A promise to pay."""
    AttemptFactory.create(
        member=member,
        unpaid_since=about,
        contact="met_member",
        decision="promised",
        promise_on=on,
        tried_at=datetime(tried_on.year, tried_on.month, tried_on.day, 8, tzinfo=WIB),
    )


@pytest.mark.parametrize(("days", "is_noted"), [(6, False), (7, True), (90, True), (91, False)])
def test_a_first_payment_is_missed_after_a_week(days: int, is_noted: bool) -> None:  # noqa: FBT001  a case
    member = MemberFactory.create(registered_on=TODAY - timedelta(days=days))
    assert swept() == ([(member.pk, "first_payment", None, 0)] if is_noted else [])
    assert is_open(member) == (["first_payment"] if is_noted else [])


def test_a_first_payment_closes_it_and_its_reversal_opens_it_again() -> None:
    member = MemberFactory.create(registered_on=date(2026, 11, 1))
    swept()
    Member.objects.filter(pk=member.pk).update(paid_through=NOVEMBER, episode_no=1)
    assert is_open(member) == []
    Member.objects.filter(pk=member.pk).update(paid_through=None, episode_no=0)
    assert swept(date(2026, 11, 21)) == []
    assert is_open(member) == ["first_payment"]


def test_a_promise_is_broken_on_the_day_after_and_mended_by_another() -> None:
    member = MemberFactory.create(agent=AgentFactory.create(), paid_through=date(2026, 10, 1))
    promised(member, date(2026, 11, 19), about=NOVEMBER, tried_on=date(2026, 11, 12))
    assert swept(date(2026, 11, 19)) == []
    assert swept() == [(member.pk, "promise_broken", NOVEMBER, 1)]
    assert is_open(member) == ["promise_broken"]

    promised(member, date(2026, 11, 25), about=NOVEMBER, tried_on=TODAY)
    assert is_open(member) == []
    assert is_open(member, date(2026, 11, 26)) == ["promise_broken"]
    Member.objects.filter(pk=member.pk).update(paid_through=NOVEMBER)
    assert is_open(member, date(2026, 11, 26)) == []


def test_a_promise_of_a_first_payment_is_broken_too() -> None:
    member = MemberFactory.create(agent=AgentFactory.create())
    promised(member, date(2026, 11, 18), about=None, tried_on=date(2026, 11, 12))
    assert swept() == [(member.pk, "promise_broken", None, 0)]


def test_promises_of_long_ago_and_about_other_months_are_passed_over() -> None:
    agent = AgentFactory.create()
    old, other = MemberFactory.create_batch(2, agent=agent, paid_through=date(2026, 10, 1))
    promised(old, date(2026, 9, 18), about=NOVEMBER, tried_on=date(2026, 9, 12))
    promised(other, date(2026, 11, 18), about=date(2026, 10, 1), tried_on=date(2026, 11, 12))
    assert swept() == []


def test_a_member_who_moved_is_found_where_the_promise_was_made() -> None:
    member = MemberFactory.create(agent=AgentFactory.create(), paid_through=date(2026, 10, 1))
    promised(member, date(2026, 11, 18), about=NOVEMBER, tried_on=date(2026, 11, 12))
    Member.objects.filter(pk=member.pk).update(regency_code=TERNATE, village_id="8271011001")
    assert swept() == [(member.pk, "promise_broken", NOVEMBER, 1)]
    assert FollowUp.objects.get().regency_code == TERNATE


@pytest.mark.parametrize(
    ("until", "is_noted"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),  # of its last month the last day counts
        (date(2026, 12, 5), True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
        (None, False),
    ],
)
def test_a_sponsor_that_ends_within_the_window_is_noted(
    until: date | None,
    is_noted: bool,  # noqa: FBT001  a case
) -> None:
    agent = AgentFactory.create()
    member = MemberFactory.create(agent=agent, paid_through=date(2026, 12, 1))
    payer = PayerFactory.create(office=agent.office, contract_to=until)
    MemberPayerFactory.create(member=member, payer=payer)
    expected = [(member.pk, "sponsor_ending", date(2027, 1, 1), 1)] if is_noted else []
    assert swept() == expected
    assert is_open(member) == (["sponsor_ending"] if is_noted else [])
    payer.contract_to = date(2027, 12, 31)
    payer.save(update_fields=["contract_to"])
    assert is_open(member) == []


def test_sponsors_of_a_branch_are_swept_with_its_first_regency() -> None:
    branch = Branch.objects.create(code="TST", name="Kantor Cabang Contoh")
    branch.regencies.set(Regency.objects.filter(code__in=[SIDOARJO, TERNATE]))
    office = OfficeFactory.create(branch=branch)
    agent = AgentFactory.create(office=office)
    payer = PayerFactory.create(office=office, contract_to=date(2026, 12, 31))
    for code in (SIDOARJO, TERNATE):
        member = MemberFactory.create(
            agent=agent, paid_through=date(2026, 12, 1), regency_code=code
        )
        MemberPayerFactory.create(member=member, payer=payer)

    assert list(regencies_to_sweep(TODAY)) == [SIDOARJO]
    assert open_follow_ups(TERNATE, as_of=TODAY) == 0
    assert open_follow_ups(SIDOARJO, as_of=TODAY) == 2
    assert set(FollowUp.objects.values_list("regency_code", flat=True)) == {SIDOARJO, TERNATE}


def test_missing_data_are_noted_until_they_are_there() -> None:
    draft = MemberFactory.create(registered_on=date(2026, 11, 19), occupation=None)
    covered = MemberFactory.create(paid_through=date(2027, 3, 1), income_monthly=None)
    MemberFactory.create(paid_through=date(2026, 1, 1), income_monthly=None)  # lapsed long ago
    MemberFactory.create(registered_on=date(2026, 5, 1), income_monthly=None)  # lies since May
    assert swept() == sorted(
        [(draft.pk, "data", None, 0), (covered.pk, "data", date(2027, 4, 1), 1)], key=str
    )
    assert (is_open(draft), is_open(covered)) == (["data"], ["data"])
    Member.objects.filter(pk=covered.pk).update(income_monthly=900_000)
    assert is_open(covered) == []


def test_who_lacks_an_occupation_alone_is_noted_with_the_arrears() -> None:
    member = MemberFactory.create(paid_through=date(2026, 10, 1), occupation=None)
    assert swept() == []
    assert swept(date(2026, 12, 1)) == [
        (member.pk, "arrears", NOVEMBER, 1),
        (member.pk, "data", NOVEMBER, 1),
    ]


def test_all_kinds_of_a_regency_take_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    agent = AgentFactory.create()
    for _ in range(5):
        MemberFactory.create(agent=agent, paid_through=date(2026, 8, 1), income_monthly=None)
        MemberFactory.create(agent=agent, registered_on=date(2026, 11, 1))
    with django_assert_num_queries(3):  # with the two of its savepoint
        assert open_follow_ups(SIDOARJO, as_of=TODAY) == 15
    assert SweepRun.objects.get().rows == 15


@pytest.mark.parametrize(
    ("part", "index"),
    [
        (0, "member_live_by_regency"),
        (1, "member_never_paid_by_regency"),
        (2, "attempt_promised_by_regency"),
        (4, "member_lacking_by_regency"),
        (5, "member_never_paid_by_regency"),
        (6, "member_live_by_regency"),
    ],
)
def test_each_part_can_read_its_own_index(part: int, index: str) -> None:
    kind, sql = PARTS[part]
    assert kind in FollowUpKind
    parameters = Asked(regency_code=SIDOARJO, due=due_days(TODAY)).parameters
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        if index == "member_lacking_by_regency":  # an empty table has no cheaper index
            cursor.execute("DROP INDEX member_live_by_regency")
        if index == "attempt_promised_by_regency":  # an emptied one is as cheap from its members on
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute("DROP INDEX attempt_by_member")
        cursor.execute(f"EXPLAIN WITH {IN_ARREARS} SELECT m.id {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert index in plan, plan
