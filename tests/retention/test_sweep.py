"""The sweep notes each unpaid month once and never writes again (R15, R16)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import StringIO
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from pytest_django import DjangoAssertNumQueries, Settings

from enrollment.models import ClosedReason, Member
from perisai.models import Role, User
from perisai.months import add_months
from retention import tasks
from retention.models import FollowUp, SweepRun
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from tests.factories.enrollment import MemberFactory

SIDOARJO = "3515"
TERNATE = "8271"
AUGUST = date(2026, 8, 1)
LATER = date(2026, 12, 1)


def facts() -> list[tuple[object, ...]]:
    """What the follow-ups say, without their ids."""
    columns = ("member_id", "kind", "episode_no", "unpaid_since", "opened_on", "regency_code")
    return sorted(FollowUp.objects.values_list(*columns))


def pays(member: Member, through: date) -> None:
    """What a payment does to the only column that the sweep reads."""
    Member.objects.filter(pk=member.pk).update(paid_through=through)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("as_of", "paid_through", "unpaid_since"),
    [
        pytest.param(date(2026, 9, 30), AUGUST, None, id="running month"),
        pytest.param(date(2026, 10, 1), AUGUST, date(2026, 9, 1), id="one month ended"),
        pytest.param(date(2026, 12, 1), AUGUST, date(2026, 9, 1), id="lapsed today"),
        pytest.param(date(2027, 1, 31), AUGUST, date(2026, 9, 1), id="sweep a month late"),
        pytest.param(date(2027, 2, 1), AUGUST, None, id="lapsed long ago"),
        pytest.param(date(2026, 10, 1), None, None, id="never paid"),
        pytest.param(date(2026, 10, 1), date(2027, 3, 1), None, id="paid ahead"),
    ],
)
def test_an_ended_unpaid_month_is_noted(
    as_of: date, paid_through: date | None, unpaid_since: date | None
) -> None:
    member = MemberFactory.create(paid_through=paid_through)

    opened = open_follow_ups(SIDOARJO, as_of=as_of)

    expected = [(member.pk, "arrears", 1, unpaid_since, as_of, SIDOARJO)] if unpaid_since else []
    assert facts() == expected
    assert opened == len(expected)
    run = SweepRun.objects.get()
    assert (run.as_of, run.regency_code, run.rows) == (as_of, SIDOARJO, len(expected))


@pytest.mark.django_db
def test_the_months_of_the_rule_are_settings(settings: Settings) -> None:
    settings.FOLLOWUP_OPENS_AFTER_ENDED = 2
    settings.COVER_LAPSE_AFTER_ENDED_MONTHS = 2
    MemberFactory.create(paid_through=AUGUST)
    MemberFactory.create(paid_through=date(2026, 6, 1))
    in_two = MemberFactory.create(paid_through=date(2026, 7, 1))

    assert open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1)) == 2
    assert {row[0] for row in facts()} == {
        in_two.pk,
        Member.objects.get(paid_through=date(2026, 6, 1)).pk,
    }


@pytest.mark.django_db
def test_a_closed_member_and_another_regency_are_left_alone() -> None:
    MemberFactory.create(
        paid_through=AUGUST, closed_on=date(2026, 9, 9), closed_reason=ClosedReason.WITHDRAWN
    )
    MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    assert open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1)) == 0
    assert facts() == []


@pytest.mark.django_db
def test_sweep_twice_later_or_again_next_month_changes_nothing() -> None:
    MemberFactory.create(paid_through=AUGUST)
    MemberFactory.create(paid_through=date(2026, 7, 1), episode_no=2)
    assert open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1)) == 2
    first = facts()
    marked = SweepRun.objects.values_list().get()

    for again in (date(2026, 10, 1), date(2026, 10, 2), date(2026, 11, 1), date(2026, 12, 1)):
        assert open_follow_ups(SIDOARJO, as_of=again) == 0
    assert facts() == first
    assert SweepRun.objects.filter(as_of=date(2026, 10, 1)).values_list().get() == marked


@pytest.mark.django_db
def test_a_payment_closes_by_derivation_and_its_reversal_opens_again() -> None:
    """The worked example of R16."""
    member = MemberFactory.create(paid_through=AUGUST)
    open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1))
    september = FollowUp.objects.get()
    assert list(FollowUp.objects.open(as_of=LATER)) == [september]

    pays(member, date(2026, 9, 1))
    assert list(FollowUp.objects.open(as_of=LATER)) == []
    open_follow_ups(SIDOARJO, as_of=date(2026, 11, 21))
    october = FollowUp.objects.get(unpaid_since=date(2026, 10, 1))
    assert list(FollowUp.objects.open(as_of=LATER)) == [october]

    pays(member, AUGUST)
    assert list(FollowUp.objects.open(as_of=LATER)) == [september]
    assert FollowUp.objects.filter(closed_on__isnull=False).count() == 0


@pytest.mark.django_db
def test_a_new_episode_a_closed_member_and_a_person_close_too() -> None:
    by_episode, by_closing, by_person = MemberFactory.create_batch(3, paid_through=AUGUST)
    open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1))
    assert FollowUp.objects.open(as_of=LATER).count() == 3

    Member.objects.filter(pk=by_episode.pk).update(episode_no=F("episode_no") + 1)
    Member.objects.filter(pk=by_closing.pk).update(
        closed_on=date(2026, 10, 2), closed_reason=ClosedReason.WITHDRAWN
    )
    left = FollowUp.objects.open(as_of=LATER).get()
    assert left.member_id == by_person.pk

    FollowUp.objects.filter(pk=left.pk).update(
        closed_on=date(2026, 10, 2),
        closed_by=User.objects.create_user("nasional", role=Role.NATIONAL),
    )
    assert FollowUp.objects.open(as_of=LATER).count() == 0


@pytest.mark.django_db
def test_at_most_one_is_open_for_a_member_and_kind() -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    for paid in (0, 2, 1, 4, 3, 0):
        pays(member, add_months(AUGUST, paid))
        for month in range(1, 5):
            open_follow_ups(SIDOARJO, as_of=add_months(AUGUST, paid + 1 + month))
        opened = FollowUp.objects.open(as_of=add_months(AUGUST, paid + 5)).get()
        assert opened.unpaid_since == add_months(AUGUST, paid + 1)
    assert FollowUp.objects.count() == 5


@pytest.mark.django_db
def test_regencies_are_named_until_they_are_marked() -> None:
    as_of = date(2026, 10, 1)
    MemberFactory.create(paid_through=AUGUST)
    MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    MemberFactory.create(paid_through=date(2026, 9, 1), regency_code="1671")
    assert list(regencies_to_sweep(as_of)) == [SIDOARJO, TERNATE]

    open_follow_ups(SIDOARJO, as_of=as_of)
    assert list(regencies_to_sweep(as_of)) == [TERNATE]
    assert list(regencies_to_sweep(as_of, is_forced=True)) == [SIDOARJO, TERNATE]
    assert list(regencies_to_sweep(date(2026, 10, 2))) == [SIDOARJO, TERNATE]


@pytest.mark.django_db
def test_a_regency_costs_one_statement_however_many_owe(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    MemberFactory.create_batch(30, paid_through=AUGUST)
    with django_assert_num_queries(3):  # with the two of its savepoint
        assert open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1)) == 30


@pytest.mark.django_db
def test_the_command_tells_its_progress_and_one_summary() -> None:
    MemberFactory.create_batch(2, paid_through=AUGUST)
    MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    out = StringIO()
    call_command("sweep", as_of="2026-10-01", stdout=out)
    progress, summary = out.getvalue().splitlines()[:-1], out.getvalue().splitlines()[-1]
    assert progress == ["[1/2] regency 3515: 2 opened", "[2/2] regency 8271: 1 opened"]
    assert summary.startswith("sweep of 2026-10-01: 2 regencies, 3 follow-ups opened, ")

    again = StringIO()
    call_command("sweep", as_of="2026-10-01", stdout=again)
    assert again.getvalue().startswith("sweep of 2026-10-01: 0 regencies, 0 follow-ups opened, ")


@pytest.mark.django_db
def test_the_command_sweeps_one_regency_and_again_when_forced() -> None:
    MemberFactory.create(paid_through=AUGUST)
    MemberFactory.create(paid_through=AUGUST, regency_code=TERNATE)
    call_command("sweep", as_of="2026-10-01", regency=TERNATE, stdout=StringIO())
    assert [row[-1] for row in facts()] == [TERNATE]

    out = StringIO()
    call_command("sweep", as_of="2026-10-01", regency=TERNATE, force=True, stdout=out)
    assert out.getvalue().splitlines()[0] == "[1/1] regency 8271: 0 opened"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_of": "1/10/2026"}, "--as-of '1/10/2026' is not a day: write YYYY-MM-DD"),
        (
            {"as_of": "2026-10-01", "regency": "9999"},
            "--regency '9999' is not known: write its four digits, e.g. 3515",
        ),
    ],
    ids=["day", "regency"],
)
def test_a_bad_word_is_refused_in_one_line_and_nothing_is_swept(
    options: dict[str, str], message: str
) -> None:
    MemberFactory.create(paid_through=AUGUST)
    with pytest.raises(CommandError) as refused:
        call_command("sweep", **options, stdout=StringIO())
    assert str(refused.value) == message
    assert (FollowUp.objects.count(), SweepRun.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_task_does_one_regency_of_a_day_given_as_text() -> None:
    member = MemberFactory.create(paid_through=AUGUST)
    tasks.sweep_regency(SIDOARJO, "2026-10-01")
    assert [row[0] for row in facts()] == [member.pk]


@pytest.mark.django_db(transaction=True)
def test_simultaneous_sweeps_note_each_month_once() -> None:
    MemberFactory.create_batch(40, paid_through=AUGUST)
    together = Barrier(4)

    def sweep(_: int) -> int:
        try:
            together.wait(timeout=10)
            return open_follow_ups(SIDOARJO, as_of=date(2026, 10, 1))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=4) as pool:
        opened = list(pool.map(sweep, range(4)))

    assert sum(opened) == 40
    assert FollowUp.objects.count() == 40
    assert SweepRun.objects.count() == 1


@pytest.mark.django_db
def test_the_command_tells_what_is_left_by_its_exit() -> None:
    MemberFactory.create(paid_through=date(2026, 8, 1), episode_no=1)
    with pytest.raises(CommandError, match="sweep of 2026-10-01: 1 regencies left"):
        call_command("sweep", as_of="2026-10-01", status=True, stdout=StringIO())
    assert FollowUp.objects.count() == 0
    call_command("sweep", as_of="2026-10-01", stdout=StringIO())
    out = StringIO()
    call_command("sweep", as_of="2026-10-01", status=True, stdout=out)
    assert out.getvalue() == "sweep of 2026-10-01: nothing left\n"
