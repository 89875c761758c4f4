"""Money under the KPJ of a row that was merged reaches the row that counts (R23)."""

from datetime import date
from itertools import pairwise

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from enrollment.errors import MemberClosed
from enrollment.models import ClosedReason, Member
from enrollment.services import counted_members
from enrollment.services.counted_members import counted_member, counted_member_of_nik
from payments.errors import MemberNotFound
from payments.late_plan import SuspenseReason
from payments.models import LateMoney, PaymentPartner
from payments.services.late_judging import judge
from payments.services.merging import credit_of
from payments.services.suspense import ReleaseOrder, release_suspense
from perisai.models import Role
from tests.factories.payments import PaymentPartnerFactory, cared_for_member
from tests.factories.perisai import UserFactory
from tests.payments.counters import Counter
from tests.payments.late import LATER, ask_release, booked, confirm, notice_of, parts
from tests.payments.ledger import months_of
from tests.statements import run_sql

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> PaymentPartner:
    """Who took the money."""
    return PaymentPartnerFactory.create()


def close(member: Member, reason: ClosedReason, into: Member | None = None) -> None:
    """A row ends."""
    member.closed_on, member.closed_reason = date(2026, 11, 10), reason
    member.merged_into = into
    member.save(update_fields=["closed_on", "closed_reason", "merged_into"])


@pytest.fixture
def chain() -> list[Member]:
    """Rows of one person: each but the last was merged into the next."""
    rows = [cared_for_member() for _ in range(3)]
    for loser, winner in pairwise(rows):
        close(loser, ClosedReason.DUPLICATE, into=winner)
    return rows


def suspended(partner: PaymentPartner) -> int:
    """The entry of money without an owner."""
    late = booked(notice_of(partner, "", 8_400))
    entry = LateMoney.objects.get(pk=late.money_id).suspense_id
    assert entry is not None
    return entry


def test_each_row_of_a_chain_leads_to_the_one_that_counts_in_one_statement(
    chain: list[Member], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for row in chain:
        with django_assert_num_queries(1):
            assert counted_member(row.kpj) == chain[-1].pk
    assert counted_member("81111111111") is None


@pytest.mark.usefixtures("worked_day")
def test_inquiry_by_the_old_number_shows_the_row_that_counts(chain: list[Member]) -> None:
    by_old = Counter().inquire(kpj=chain[0].kpj)

    assert by_old.status_code == 200
    assert by_old.json()["member"] == Counter().inquire(kpj=chain[-1].kpj).json()["member"]


@pytest.mark.usefixtures("worked_day")
def test_inquiry_by_the_old_nik_shows_the_row_that_counts(chain: list[Member]) -> None:
    by_old = Counter().inquire(nik=chain[0].nik)

    assert by_old.status_code == 200
    assert by_old.json()["member"] == Counter().inquire(kpj=chain[-1].kpj).json()["member"]


def test_nik_means_its_own_row_before_where_others_were_merged(chain: list[Member]) -> None:
    own = cared_for_member(nik=chain[0].nik)

    assert counted_member_of_nik(own.nik) == own.pk
    assert counted_member_of_nik(chain[1].nik) == chain[-1].pk


def test_nik_whose_rows_were_merged_into_two_means_nobody(chain: list[Member]) -> None:
    twin = cared_for_member(nik=chain[0].nik)
    close(twin, ClosedReason.DUPLICATE, into=cared_for_member())

    assert counted_member_of_nik(chain[0].nik) is None
    assert counted_member_of_nik("3515010101010001") is None


DENSE = """
    SELECT pg_restore_relation_stats(
        'schemaname', current_schema()::text, 'relname', 'enrollment_member',
        'relpages', 1, 'reltuples', 100000::real
    )
"""


def test_rows_of_a_nik_are_found_by_its_indexes(chain: list[Member]) -> None:
    run_sql("SET LOCAL enable_seqscan = off")
    run_sql(DENSE)  # of few rows any index is as cheap

    plan = Member.objects.with_nik(chain[0].nik).explain()

    assert "member_once_per_nik" in plan
    assert "member_merged_by_nik" in plan


@pytest.mark.usefixtures("worked_day")
def test_inquiry_for_another_closed_member_answers_as_ever() -> None:
    dead, doubled = cared_for_member(), cared_for_member()
    close(dead, ClosedReason.DECEASED)
    close(doubled, ClosedReason.DUPLICATE)

    answers = [Counter().inquire(kpj=member.kpj) for member in (dead, doubled)]

    assert [answer.json()["code"] for answer in answers] == ["member_closed"] * 2


def test_late_money_under_the_old_number_pays_for_the_row_that_counts(
    chain: list[Member], partner: PaymentPartner
) -> None:
    notice = notice_of(partner, chain[0].kpj, 8_400)
    assert [line.member_id for line in judge(notice, now=LATER, is_preview=True).plan.lines] == [
        chain[-1].pk
    ]

    outcome = booked(notice)

    assert parts(outcome) == (8_400, 0, 0)
    assert [months_of(row) for row in chain] == [[], [], ["2026-11"]]


def test_late_money_of_a_row_merged_into_somebody_closed_waits(
    chain: list[Member], partner: PaymentPartner
) -> None:
    close(chain[-1], ClosedReason.DECEASED)

    outcome = booked(notice_of(partner, chain[0].kpj, 8_400))

    assert (outcome.suspended, outcome.why) == (8_400, SuspenseReason.MEMBER_CLOSED)


def test_release_by_the_old_number_pays_for_the_row_that_counts(
    chain: list[Member], partner: PaymentPartner
) -> None:
    order = ReleaseOrder(suspense_id=suspended(partner), number=chain[0].kpj)

    release_suspense(order, now=LATER)

    assert months_of(chain[-1]) == ["2026-11"]


def test_release_as_credit_by_the_old_number_reaches_the_row_that_counts(
    chain: list[Member], partner: PaymentPartner
) -> None:
    order = ReleaseOrder(suspense_id=suspended(partner), number=chain[0].kpj, is_credit=True)

    release_suspense(order, now=LATER)

    assert [credit_of(row.pk) for row in chain] == [0, 0, 8_400]


@pytest.mark.parametrize("role", [Role.FINANCE, Role.SUPERVISOR])
def test_release_is_asked_for_by_the_old_number(
    role: Role, chain: list[Member], partner: PaymentPartner
) -> None:
    by = UserFactory.create(role=role, branch=chain[-1].branch if role == "supervisor" else None)
    late = booked(notice_of(partner, "", 8_400))

    confirm(ask_release(late, chain[0].kpj, by=by))

    assert [months_of(row) for row in chain] == [[], [], ["2026-11"]]


def test_release_by_the_old_number_of_another_branchs_member_is_not_asked_for(
    chain: list[Member], partner: PaymentPartner
) -> None:
    late, stranger = booked(notice_of(partner, "", 8_400)), chain[0].branch
    by = UserFactory.create(role=Role.SUPERVISOR, branch=stranger)

    with pytest.raises(MemberNotFound):
        ask_release(late, chain[0].kpj, by=by)


def test_release_as_credit_to_another_closed_member_is_refused_as_ever(
    partner: PaymentPartner,
) -> None:
    member = cared_for_member()
    close(member, ClosedReason.WITHDRAWN)
    order = ReleaseOrder(suspense_id=suspended(partner), number=member.kpj, is_credit=True)

    with pytest.raises(MemberClosed):
        release_suspense(order, now=LATER)


@pytest.mark.parametrize("is_credit", [True, False])
def test_row_that_is_merged_between_look_and_lock_leads_to_the_one_that_counts(
    *, is_credit: bool, partner: PaymentPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    loser, winner = cared_for_member(), cared_for_member()
    order = ReleaseOrder(suspense_id=suspended(partner), number=loser.kpj, is_credit=is_credit)

    def look_then_merge(kpj: str) -> object:
        found = counted_member(kpj)
        if found == loser.pk:
            close(loser, ClosedReason.DUPLICATE, into=winner)
        return found

    monkeypatch.setattr(counted_members, "counted_member", look_then_merge)
    release_suspense(order, now=LATER)

    assert (credit_of(loser.pk), months_of(loser)) == (0, [])
    expected = (8_400, []) if is_credit else (0, ["2026-11"])
    assert (credit_of(winner.pk), months_of(winner)) == expected
