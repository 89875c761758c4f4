"""Sponsors whose term ends: told twice, once each, with heads and prices (R34)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import product
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from enrollment.models import ClosedReason, Member, Occupation
from payments.models import Payer
from payments.services.rates import rate_book
from payments.tariff import PayerKind, Sector
from perisai.models import Role
from perisai.months import add_months
from retention import tasks
from retention.models import SponsorAlert
from retention.price_steps import PriceSpan
from retention.priority import WorkKind
from retention.services.follow_ups import work_list
from retention.services.sponsor_cliffs import raise_sponsor_alerts, sponsor_cliffs
from retention.sponsoring import AloneLine, alerts_due
from tests.factories.enrollment import MemberFactory, MemberOccupationFactory
from tests.factories.payments import (
    MemberPayerFactory,
    PayerFactory,
    PostAgentFactory,
    cared_for_member,
    paid,
)
from tests.factories.perisai import AgentFactory, BranchFactory, UserFactory
from tests.retention.test_reminders import restricted

DECEMBER, JANUARY = date(2026, 12, 1), date(2027, 1, 1)
SIXTY, THIRTY = date(2026, 11, 1), date(2026, 12, 1)
DAYS = (60, 30)


def paid_for(payer: Payer, *, is_ojek: bool = False, **columns: Any) -> Member:
    """A farmer, or a driver, whom a sponsor has paid for until the end of the year."""
    said: dict[str, Any] = {"paid_through": DECEMBER} | columns
    if not is_ojek:
        member = MemberFactory.create(**said)
    else:
        member = MemberFactory.create(occupation=None, **said)
        transport = Occupation.objects.filter(transport_sector=True).order_by("code")[0]
        MemberOccupationFactory.create(member=member, occupation_id=transport.pk)
    MemberPayerFactory.create(member=member, payer=payer)
    return member


def district(**columns: Any) -> Payer:
    """A district's budget for this year, with three farmers and a driver."""
    payer = PayerFactory.create(contract_to=date(2026, 12, 31), **columns)
    for _ in range(3):
        paid_for(payer)
    paid_for(payer, is_ojek=True)
    return payer


def told() -> list[tuple[Any, ...]]:
    """All alerts, in the order in which they were given."""
    columns = ("payer", "last_month", "days_before", "members", "raised_on")
    return list(SponsorAlert.objects.order_by("pk").values_list(*columns))


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2026, 10, 31), {date(2026, 10, 1): 30, date(2026, 11, 1): 30}),
        (SIXTY, {date(2026, 11, 1): 30, DECEMBER: 60}),
        (date(2026, 11, 30), {date(2026, 11, 1): 30, DECEMBER: 60}),
        (THIRTY, {DECEMBER: 30}),
        (date(2026, 12, 31), {DECEMBER: 30, JANUARY: 60, date(2027, 2, 1): 60}),
    ],
)
def test_which_terms_are_told_of_on_a_day(day: date, found: dict[date, int]) -> None:
    assert alerts_due(day, DAYS) == found


@pytest.mark.django_db
def test_r34_the_district_through_december_is_told_on_the_first_of_both_months() -> None:
    payer = district()
    new = {}
    for offset in range(75):
        day = date(2026, 10, 25) + timedelta(days=offset)
        new[day] = raise_sponsor_alerts(as_of=day)
    assert {day: count for day, count in new.items() if count} == {SIXTY: 1, THIRTY: 1}
    assert told() == [
        (payer.pk, DECEMBER, 60, 4, SIXTY),
        (payer.pk, DECEMBER, 30, 4, THIRTY),
    ]


@pytest.mark.django_db
def test_r34_alone_from_january_each_by_its_own_sector() -> None:
    payer = district()
    cliff = sponsor_cliffs([(payer.pk, DECEMBER)])[payer.pk, DECEMBER]
    assert (cliff.members, cliff.unpriced) == (4, 0)
    assert (cliff.last_covered_on, cliff.alone_from) == (date(2026, 12, 31), JANUARY)
    assert cliff.lines == (
        AloneLine(
            sector=Sector.NON_TRANSPORT,
            members=3,
            spans=(PriceSpan(since=JANUARY, until=None, amount=16_800),),
        ),
        AloneLine(
            sector=Sector.TRANSPORT,
            members=1,
            spans=(
                PriceSpan(since=JANUARY, until=date(2027, 3, 1), amount=8_400),
                PriceSpan(since=date(2027, 4, 1), until=None, amount=16_800),
            ),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "lines"),
    [
        (date(2026, 10, 31), 0),
        (SIXTY, 4),
        (THIRTY, 4),
        (date(2026, 12, 31), 4),
        (JANUARY, 0),
    ],
)
def test_r34_the_agents_hear_of_the_district_from_the_same_day(day: date, lines: int) -> None:
    agent, payer = AgentFactory.create(), PayerFactory.create(contract_to=date(2026, 12, 31))
    ids = {paid_for(payer, agent=agent, is_ojek=number == 3).pk for number in range(4)}
    found = work_list(agent.pk, as_of=day)
    assert [item.kinds for item in found] == [(WorkKind.SPONSOR_ENDING,)] * lines
    assert {item.member_id for item in found} == (ids if lines else set())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "days_before"),
    [
        (date(2026, 11, 17), 60),
        (date(2026, 12, 1), 30),
        (date(2026, 12, 20), 30),
        (date(2026, 12, 31), 30),
    ],
)
def test_a_late_run_gives_the_nearest_alert_alone(day: date, days_before: int) -> None:
    district()
    assert raise_sponsor_alerts(as_of=day) == 1
    assert [row[2] for row in told()] == [days_before]


@pytest.mark.django_db
def test_what_is_over_is_told_no_more() -> None:
    district()
    assert raise_sponsor_alerts(as_of=date(2027, 1, 1)) == 0


@pytest.mark.django_db
def test_a_second_run_adds_nothing_and_the_count_is_that_of_its_day() -> None:
    payer = district()
    raise_sponsor_alerts(as_of=SIXTY)
    paid_for(payer)
    assert raise_sponsor_alerts(as_of=SIXTY) == 0
    assert [row[3] for row in told()] == [4]
    assert sponsor_cliffs([(payer.pk, DECEMBER)])[payer.pk, DECEMBER].members == 5


@pytest.mark.django_db
def test_who_pays_month_by_month_is_told_of_at_the_end_of_the_contract_alone() -> None:
    payer = district()
    Payer.objects.filter(pk=payer.pk).update(contract_to=date(2027, 12, 15))
    ids = list(Member.objects.values_list("pk", flat=True))
    told_on = []
    for ahead, number in product(range(14), (1, 5, 20)):
        day = add_months(SIXTY, ahead) + timedelta(days=number - 1)
        if number == 5 and ahead < 13:  # of each month for the same month, the last one never
            Member.objects.filter(pk__in=ids).update(paid_through=day.replace(day=1))
        told_on += [day] * raise_sponsor_alerts(as_of=day)
    assert told_on == [date(2027, 11, 1), date(2027, 12, 1)]
    assert [row[1:4] for row in told()] == [
        (date(2027, 12, 1), 60, 4),
        (date(2027, 12, 1), 30, 4),
    ]


@pytest.mark.django_db
def test_without_an_end_of_the_contract_a_term_ends_with_the_money() -> None:
    payer = PayerFactory.create()
    paid_for(payer)
    paid_for(payer, paid_through=None, episode_no=0)
    raise_sponsor_alerts(as_of=SIXTY)
    assert told() == [(payer.pk, DECEMBER, 60, 1, SIXTY)]


@pytest.mark.django_db
def test_each_sponsor_and_each_of_its_terms_has_its_own() -> None:
    payer, other = district(), PayerFactory.create(kind=PayerKind.CSR)
    for month in (DECEMBER, JANUARY):
        paid_for(other, paid_through=month)
    raise_sponsor_alerts(as_of=date(2026, 12, 2))
    assert {row[:4] for row in told()} == {
        (payer.pk, DECEMBER, 30, 4),
        (other.pk, DECEMBER, 30, 1),
        (other.pk, JANUARY, 60, 1),
    }


@pytest.mark.django_db
def test_what_a_sponsor_paid_beyond_its_contract_is_its_term_and_what_others_paid_is_not() -> None:
    payer, march = PayerFactory.create(contract_to=date(2026, 12, 31)), date(2027, 3, 1)
    member = cared_for_member(paid_through=DECEMBER, episode_no=1)
    MemberPayerFactory.create(member=member, payer=payer)
    paid(member, PostAgentFactory.create(), months=3)
    paid_for(payer, paid_through=march)
    days = (SIXTY, THIRTY, date(2027, 1, 29), date(2027, 1, 30), march)
    assert [raise_sponsor_alerts(as_of=day) for day in days] == [0, 0, 0, 1, 1]
    assert [row[:4] for row in told()] == [(payer.pk, march, 60, 1), (payer.pk, march, 30, 1)]
    assert SponsorAlert.objects.open(as_of=march).count() == 2


def closed(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(
        closed_on=date(2026, 10, 1), closed_reason=ClosedReason.CLAIMED_OUT
    )


def paid_further(member: Member) -> None:
    Member.objects.filter(pk=member.pk).update(paid_through=date(2027, 6, 1))


@pytest.mark.django_db
@pytest.mark.parametrize("change", [closed, restricted, paid_further], ids=lambda one: one.__name__)
def test_who_does_not_fall_out_is_not_counted(change: Any) -> None:
    payer = PayerFactory.create()
    paid_for(payer)
    change(paid_for(payer))
    raise_sponsor_alerts(as_of=SIXTY)
    assert [row[3] for row in told()] == [1]
    assert sponsor_cliffs([(payer.pk, DECEMBER)])[payer.pk, DECEMBER].members == 1


@pytest.mark.django_db
def test_of_groups_and_of_contracts_that_are_over_nothing_is_told() -> None:
    paid_for(PayerFactory.create(kind=PayerKind.GROUP))
    paid_for(PayerFactory.create(contract_to=date(2026, 10, 31)))
    assert raise_sponsor_alerts(as_of=SIXTY) == 0


@pytest.mark.django_db
def test_who_lacks_what_a_price_needs_is_counted_apart() -> None:
    payer = district()
    paid_for(payer, income_monthly=None)
    cliff = sponsor_cliffs([(payer.pk, DECEMBER)])[payer.pk, DECEMBER]
    assert (cliff.members, cliff.unpriced) == (5, 1)
    assert sum(line.members for line in cliff.lines) == 4


@pytest.mark.django_db
def test_the_days_are_a_setting(settings: Settings) -> None:
    settings.SPONSOR_ALERT_DAYS = (90,)
    district()
    assert raise_sponsor_alerts(as_of=date(2026, 10, 1)) == 0
    assert raise_sponsor_alerts(as_of=date(2026, 10, 2)) == 1


@pytest.mark.django_db
def test_the_statements_do_not_grow_with_sponsors_or_members() -> None:
    def cost(payers: list[Payer]) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as raising:
            assert raise_sponsor_alerts(as_of=SIXTY) == len(payers)
        with CaptureQueriesContext(connection) as reading:
            sponsor_cliffs([(payer.pk, DECEMBER) for payer in payers])
        return len(raising), len(reading)

    rate_book()
    first = cost([district()])
    assert first[1] == 2
    assert cost([district() for _ in range(5)]) == first


@pytest.mark.django_db
def test_an_alert_stands_while_somebody_falls_out() -> None:
    payer = PayerFactory.create()
    member = paid_for(payer)
    raise_sponsor_alerts(as_of=SIXTY)
    open_on = SponsorAlert.objects.open
    assert open_on(as_of=date(2026, 12, 31)).exists()
    assert not open_on(as_of=date(2027, 1, 1)).exists()
    paid_further(member)
    assert not open_on(as_of=SIXTY).exists()


@pytest.mark.django_db
def test_an_alert_is_over_when_the_contract_is_prolonged() -> None:
    payer = district()
    raise_sponsor_alerts(as_of=SIXTY)
    assert SponsorAlert.objects.open(as_of=THIRTY).exists()
    Payer.objects.filter(pk=payer.pk).update(contract_to=date(2027, 12, 31))
    assert not SponsorAlert.objects.open(as_of=THIRTY).exists()
    assert raise_sponsor_alerts(as_of=THIRTY) == 0


@pytest.mark.django_db
def test_alerts_are_facts_of_the_payers_branch() -> None:
    payer = district()
    raise_sponsor_alerts(as_of=SIXTY)
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        SponsorAlert.objects.update(members=9)
    own = UserFactory.create(role=Role.SUPERVISOR, branch=payer.office.branch)
    seen = SponsorAlert.objects.visible_to
    assert seen(own).count() == seen(UserFactory.create(role=Role.NATIONAL)).count() == 1
    elsewhere = UserFactory.create(role=Role.SUPERVISOR, branch=BranchFactory.create())
    for other in (elsewhere, UserFactory.create(role=Role.FINANCE)):
        assert not seen(other).exists()


@pytest.mark.django_db
def test_the_task_tells_of_today() -> None:
    district()
    with time_machine.travel("2026-11-01T03:25:00+07:00", tick=False):
        tasks.tell_of_sponsors()
        tasks.tell_of_sponsors()
    assert [row[2:] for row in told()] == [(60, 4, SIXTY)]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_tell_once() -> None:
    for _ in range(4):
        district()
    together = Barrier(4)

    def tell(_number: int) -> int:
        try:
            together.wait(timeout=10)
            return raise_sponsor_alerts(as_of=SIXTY)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        assert sum(pool.map(tell, range(4))) == 4
    assert SponsorAlert.objects.count() == 4
