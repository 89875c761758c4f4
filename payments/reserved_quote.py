"""What a code costs that no form has brought yet (R10): the lowest bracket, for whoever comes."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from enrollment.cover import CoverKind
from enrollment.programmes import Programme
from payments.tariff import PayerKind, RateBook, Sector, Terms, price
from perisai.months import add_months, month_of

WHOEVER_COMES: Final = Terms(
    income=0,
    programmes=frozenset({Programme.JKK, Programme.JKM}),
    sector=Sector.NON_TRANSPORT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedMonth:
    """One month in rupiah."""

    month: date
    jkk: int
    jkm: int
    jht: int
    discount_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservedQuote:
    """What a counter takes for a code without a bill. It holds until the month, or the code, ends.

    The members of a bill, so that a counter shows both alike.
    """

    code: str
    expires_at: datetime
    lines: tuple[QuotedMonth, ...]
    payer_kind: PayerKind = PayerKind.SELF
    member_count: int = 1
    credit: int = 0
    kind: CoverKind = CoverKind.FIRST

    @property
    def first_month(self) -> date:
        """The running one."""
        return self.lines[0].month

    @property
    def last_month(self) -> date:
        """The newest one."""
        return self.lines[-1].month

    @property
    def months(self) -> int:
        """How many."""
        return len(self.lines)

    @property
    def total(self) -> int:
        """Rupiah, without fee."""
        return sum(line.jkk + line.jkm + line.jht for line in self.lines)

    @property
    def payable(self) -> int:
        """The same: nobody's credit is known."""
        return self.total


def quote_reserved(
    code: str, months: int, *, on: date, until: datetime, rates: RateBook
) -> ReservedQuote:
    """The price of a code's months from the month of a day on; good `until`. Raises NoRate."""
    first = month_of(on)
    priced = [
        (month, price(month, WHOEVER_COMES, rates=rates))
        for month in (add_months(first, number) for number in range(months))
    ]
    return ReservedQuote(
        code=code,
        expires_at=until,
        lines=tuple(
            QuotedMonth(
                month=month,
                jkk=one.jkk,
                jkm=one.jkm,
                jht=one.jht,
                discount_code=one.discount_code,
            )
            for month, one in priced
        ),
    )
