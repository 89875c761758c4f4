"""What the next months cost together (R5-R9); the vector rows are in tests/seeds."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.cover import CoverKind
from enrollment.errors import JkkJkmRequired, MemberClosed
from enrollment.programmes import Programme
from payments.errors import AlreadyPaid, MonthsNotAllowed, TooFarAhead
from payments.quote import BillRules, Quoted, quote_months
from payments.tariff import PayerKind, Sector, Terms
from perisai.errors import DomainError
from perisai.months import add_months, month_of
from seeds.tariff_files import read_rate_book

RATES = read_rate_book()
TODAY = date(2026, 11, 20)
OCTOBER = date(2026, 10, 1)
TERMS = Terms(
    income=1_000_000,
    programmes=frozenset({Programme.JKK, Programme.JKM}),
    sector=Sector.NON_TRANSPORT,
)
FARMER = Quoted(paid_through=OCTOBER, closed_on=None, terms=TERMS, episode_no=1)
OJEK = replace(FARMER, terms=replace(TERMS, sector=Sector.TRANSPORT))
WITH_JHT = replace(FARMER, terms=replace(TERMS, programmes=frozenset(Programme)))


@pytest.mark.parametrize(
    ("months", "farmer", "ojek", "with_jht"),
    [
        (1, 8_400, 8_400, 28_400),
        (2, 16_800, 16_800, 56_800),
        (3, 33_600, 25_200, 93_600),
        (6, 84_000, 58_800, 204_000),
        (12, 184_800, 159_600, 424_800),
    ],
    ids=lambda value: f"R5-{value}" if value in {1, 2, 3, 6, 12} else None,
)
def test_several_months_cost_the_sum_of_their_own_prices(
    months: int, farmer: int, ojek: int, with_jht: int
) -> None:
    totals = [
        quote_months(member, months, as_of=TODAY, rates=RATES).payable
        for member in (FARMER, OJEK, WITH_JHT)
    ]
    assert totals == [farmer, ojek, with_jht]


@pytest.mark.parametrize(
    ("paid_through", "episode_no", "kind", "billed_episode"),
    [
        (OCTOBER, 1, CoverKind.CONTINUE, 1),
        (None, 0, CoverKind.FIRST, 1),
        (date(2026, 5, 1), 1, CoverKind.REENTRY, 2),
    ],
    ids=["R7-continue", "R17-first", "R17-reentry"],
)
def test_month_is_billed_to_the_episode_it_will_belong_to(
    paid_through: date | None, episode_no: int, kind: CoverKind, billed_episode: int
) -> None:
    member = replace(FARMER, paid_through=paid_through, episode_no=episode_no)
    quote = quote_months(member, 1, as_of=TODAY, rates=RATES)
    assert (quote.kind, quote.episode_no) == (kind, billed_episode)


@pytest.mark.parametrize("months", [0, -1, 4, 5, 7, 13])
def test_number_of_months_not_offered_is_refused_naming_the_offer(months: int) -> None:
    with pytest.raises(MonthsNotAllowed) as refused:
        quote_months(FARMER, months, as_of=TODAY, rates=RATES)
    assert refused.value.context == {"allowed": [1, 2, 3, 6, 12]}
    assert "1, 2, 3, 6, 12" in refused.value.detail


@pytest.mark.parametrize(
    ("paid_through", "months", "refusal"),
    [
        (date(2027, 10, 1), 1, None),
        (date(2027, 10, 1), 2, TooFarAhead),
        (date(2027, 11, 1), 1, AlreadyPaid),
        (date(2027, 11, 1), 12, AlreadyPaid),
        (date(2026, 11, 1), 12, None),
        (date(2026, 12, 1), 12, TooFarAhead),
    ],
)
def test_nothing_is_billed_later_than_a_year_ahead(
    paid_through: date, months: int, refusal: type[DomainError] | None
) -> None:
    member = replace(FARMER, paid_through=paid_through)
    if refusal is None:
        quote = quote_months(member, months, as_of=TODAY, rates=RATES)
        assert quote.last_month == date(2027, 11, 1)
        return
    with pytest.raises(refusal):
        quote_months(member, months, as_of=TODAY, rates=RATES)


def test_faults_are_named_in_the_order_of_the_rule() -> None:
    worst = Quoted(
        paid_through=date(2028, 1, 1),
        closed_on=TODAY,
        terms=replace(TERMS, programmes=frozenset({Programme.JHT})),
    )
    steps: list[tuple[Quoted, int, type[DomainError]]] = [
        (worst, 4, MemberClosed),
        (replace(worst, closed_on=None), 4, MonthsNotAllowed),
        (replace(worst, closed_on=None), 1, AlreadyPaid),
        (replace(worst, closed_on=None, paid_through=None), 1, JkkJkmRequired),
    ]
    for member, months, refusal in steps:
        with pytest.raises(refusal):
            quote_months(member, months, as_of=TODAY, rates=RATES)


def test_offer_horizon_and_lapse_are_settings() -> None:
    rules = BillRules(periods=(4,), max_months_ahead=3, lapse_after=2)
    member = replace(FARMER, paid_through=date(2026, 8, 1))
    quote = quote_months(member, 4, as_of=TODAY, rates=RATES, rules=rules)
    assert (quote.kind, quote.first_month) == (CoverKind.REENTRY, date(2026, 11, 1))
    assert quote.last_month == date(2027, 2, 1)


def test_carry_of_a_seller_covers_three_reduced_months() -> None:
    member = replace(FARMER, paid_through=date(2026, 6, 1), credit=25_200)
    quote = quote_months(member, 6, as_of=date(2026, 7, 2), rates=RATES)
    assert [line.credit for line in quote.lines] == [8_400, 8_400, 8_400, 0, 0, 0]
    assert [line.payable for line in quote.lines] == [0, 0, 0, 8_400, 8_400, 8_400]


@pytest.mark.parametrize("payer", [PayerKind.CSR, PayerKind.APBN, PayerKind.APBD, PayerKind.APBDES])
def test_credit_of_a_member_never_pays_for_a_sponsor(payer: PayerKind) -> None:
    member = replace(FARMER, terms=replace(TERMS, payer=payer), credit=25_200)
    assert quote_months(member, 1, as_of=TODAY, rates=RATES).credit == 0


@given(
    paid_through=st.none() | st.dates(date(2024, 1, 1), date(2027, 10, 31)).map(month_of),
    months=st.sampled_from([1, 2, 3, 6, 12]),
    credit=st.integers(0, 500_000),
    has_jht=st.booleans(),
    as_of=st.dates(date(2025, 1, 1), date(2027, 12, 31)),
)
def test_quote_has_no_gap_and_credit_pays_oldest_first(
    paid_through: date | None,
    months: int,
    credit: int,
    has_jht: bool,  # noqa: FBT001
    as_of: date,
) -> None:
    terms = WITH_JHT.terms if has_jht else TERMS
    member = Quoted(paid_through=paid_through, closed_on=None, terms=terms, credit=credit)
    try:
        quote = quote_months(member, months, as_of=as_of, rates=RATES)
    except (TooFarAhead, AlreadyPaid):
        return
    covered = [line.month for line in quote.lines]
    assert covered == [add_months(covered[0], step) for step in range(months)]
    assert covered[-1] <= add_months(month_of(as_of), 12)
    payable_by_credit = [line.price.jkk + line.price.jkm for line in quote.lines]
    assert quote.credit == min(credit, sum(payable_by_credit))
    unfilled = [
        line.credit < most for line, most in zip(quote.lines, payable_by_credit, strict=True)
    ]
    first_unfilled = unfilled.index(True) if True in unfilled else months
    assert all(line.credit == 0 for line in quote.lines[first_unfilled + 1 :])
    assert quote.payable == quote.gross - quote.credit
