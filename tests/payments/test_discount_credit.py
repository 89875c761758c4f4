"""A discount that is recorded later gives back what its months were paid too much for (R9)."""

from datetime import date, datetime

import pytest

from enrollment.models import Member
from payments.models import (
    BillLine,
    Channel,
    CoverMonth,
    CreditedMonth,
    CreditRun,
    JournalEntry,
    Payment,
    PostAgent,
)
from payments.services.credit_cover import cover_by_credit
from payments.services.credit_runs import carry_on, grant_discount_credit
from payments.services.outcomes import Posted
from payments.services.posting import pay
from payments.tariff import PayerKind, Sector
from tests.factories.payments import (
    WIB,
    MemberPayerFactory,
    PayerFactory,
    bill_for,
    cared_for_member,
    command_for,
    paid,
)
from tests.payments.later_law import (
    CODE,
    JANUARY,
    JULY,
    broken_checks,
    credit_of,
    law,
    record,
    seller,
)
from tests.payments.ledger import give_credit, months_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("later_law")]


def test_seller_of_the_rule_is_covered_for_three_months_without_cash(outlet: PostAgent) -> None:
    member = seller(outlet)
    assert sum(Payment.objects.values_list("amount", flat=True)) == 100_800

    record(law())
    carry_on(JULY)

    entry = JournalEntry.objects.get(kind="discount_credit")
    assert entry.reference == f"discount:{CODE}:{member.pk}"
    booked = {line.account_id: line.amount for line in entry.lines.all()}
    assert booked == {2100: 15_000, 2110: 10_200, 2200: -25_200}
    assert months_of(member) == [f"2026-0{month}" for month in range(1, 10)]
    settled = Payment.objects.get(channel=Channel.CREDIT)
    assert (settled.amount, settled.partner, settled.paid_bill.total) == (0, None, 25_200)
    member.refresh_from_db()
    assert (member.paid_through, member.episode_no) == (date(2026, 9, 1), 1)
    assert credit_of(member) == 0
    assert broken_checks() == []


def test_amounts_of_paid_months_and_their_bill_stay_as_paid(outlet: PostAgent) -> None:
    member = seller(outlet)
    record(law())
    carry_on(JULY)

    for rows in (CoverMonth.objects.all(), BillLine.objects.all()):
        old = rows.filter(member=member, month__lte=date(2026, 6, 1)).values_list("jkk", "jkm")
        assert set(old) == {(10_000, 6_800)}


def test_savers_next_bill_is_lowered_and_jht_is_paid_in_money(outlet: PostAgent) -> None:
    member = seller(outlet, months=6, programmes=["JKK", "JKM", "JHT"])
    record(law(month_from=date(2026, 6, 1)))
    carry_on(JULY)

    assert credit_of(member) == 8_400
    assert not Payment.objects.filter(channel=Channel.CREDIT).exists()
    bill = bill_for(member, now=JULY)
    assert (bill.total, bill.credit, bill.payable) == (28_400, 8_400, 20_000)


def test_twenty_thousand_lower_a_savers_bill_by_one_months_risk_programmes(
    outlet: PostAgent,
) -> None:
    member = seller(outlet, months=6, programmes=["JKK", "JKM", "JHT"])
    record(law(month_from=date(2026, 7, 1)))
    carry_on(JULY)
    give_credit(member, 20_000, outlet.partner, at=JULY)

    bill = bill_for(member, now=JULY)
    assert (bill.total, bill.credit, bill.payable) == (28_400, 8_400, 20_000)
    assert isinstance(pay(command_for(bill, outlet, paid_at=JULY), now=JULY), Posted)
    assert credit_of(member) == 11_600


def test_larger_discount_gives_the_difference_to_the_smaller_one(outlet: PostAgent) -> None:
    member = seller(outlet)
    record(law(percent_off=30, code="dulu"))
    grant_discount_credit("dulu", now=JULY)
    CreditRun.objects.all().delete()
    assert sum(CreditedMonth.objects.values_list("jkk", flat=True)) == 3 * 3_000

    record(law())
    grant_discount_credit(CODE, now=JULY)

    given = CreditedMonth.objects.filter(member=member, discount_code=CODE)
    assert set(given.values_list("jkk", "jkm")) == {(2_000, 1_360)}
    assert broken_checks() == []


def test_smaller_discount_beside_a_larger_one_gives_nothing(outlet: PostAgent) -> None:
    seller(outlet)
    record(law())
    carry_on(JULY)
    record(law(percent_off=30, code="kecil"))
    carry_on(JULY)

    assert not CreditedMonth.objects.filter(discount_code="kecil").exists()


def test_months_paid_at_a_smaller_discount_get_the_rest(outlet: PostAgent) -> None:
    record(law(percent_off=25, code="dulu", month_from=date(2026, 1, 1)), now=JANUARY)
    member = seller(outlet)
    record(law())
    carry_on(JULY)

    given = CreditedMonth.objects.filter(member=member)
    assert set(given.values_list("jkk", "jkm")) == {(2_500, 1_700)}


def test_months_of_a_payer_without_the_discount_are_left_out(outlet: PostAgent) -> None:
    budget, donor = cared_for_member(), cared_for_member()
    MemberPayerFactory.create(member=budget, payer=PayerFactory.create(kind=PayerKind.APBD))
    MemberPayerFactory.create(member=donor, payer=PayerFactory.create(kind=PayerKind.CSR))
    for member in (budget, donor):
        paid(member, outlet, months=6, now=JANUARY)
    record(law())
    carry_on(JULY)

    assert (credit_of(budget), credit_of(donor)) == (0, 25_200)
    assert not Payment.objects.filter(channel=Channel.CREDIT).exists()


def test_months_of_another_sector_are_left_out(outlet: PostAgent) -> None:
    member = seller(outlet)
    record(law(sector=Sector.TRANSPORT))
    carry_on(JULY)

    assert credit_of(member) == 0


def test_reversed_months_are_left_out(outlet: PostAgent) -> None:
    member = seller(outlet)
    Payment.objects.update(reversed_at=JULY)
    CoverMonth.objects.update(reversed_at=JULY)
    record(law())
    carry_on(JULY)

    assert credit_of(member) == 0


def test_who_has_lapsed_is_not_begun_again_by_her_credit(outlet: PostAgent) -> None:
    member = seller(outlet, months=6)
    later = datetime(2026, 10, 5, 9, tzinfo=WIB)
    record(law(), now=later)
    carry_on(later)

    assert credit_of(member) == 25_200
    assert months_of(member)[-1] == "2026-06"


def test_who_is_closed_keeps_the_credit(outlet: PostAgent) -> None:
    member = seller(outlet, months=6)
    Member.objects.filter(pk=member.pk).update(closed_on=JULY.date(), closed_reason="withdrawn")
    record(law())
    carry_on(JULY)

    assert credit_of(member) == 25_200
    assert cover_by_credit(member.pk, now=JULY) is None
