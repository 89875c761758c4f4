"""What one month costs (R1-R4): by the contribution month, never by the day of payment.

The rules are rows with validity months (`RateBook`), in the database and in files alike; this
module holds no number of the law.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.programmes import Programme, check_programmes
from payments.errors import IncomeInvalid

BASIS_POINTS = 10_000
PER_CENT = 100


class PayerKind(TextChoices):
    """Who pays: the member, a group, a donor, or one of three public budgets."""

    SELF = "self", gettext_lazy("peserta sendiri")
    GROUP = "group", gettext_lazy("kelompok")
    CSR = "csr", gettext_lazy("donatur")
    APBN = "apbn", gettext_lazy("anggaran negara")
    APBD = "apbd", gettext_lazy("anggaran daerah")
    APBDES = "apbdes", gettext_lazy("anggaran desa")


class Sector(TextChoices):
    """The sector of the main occupation, which decides the discount window."""

    TRANSPORT = "transport", gettext_lazy("transportasi")
    NON_TRANSPORT = "non_transport", gettext_lazy("bukan transportasi")


class NoRate(LookupError):
    """The rate book has no row for a month: its data are incomplete, no client can help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BracketRow:
    """An income bracket: from `min_income` on the contribution follows `base_income` (rupiah)."""

    valid_from: date
    min_income: int
    base_income: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """A programme's rate from a month on: basis points of the base, or a flat sum of rupiah."""

    programme: Programme
    valid_from: date
    basis_points: int | None = None
    flat_amount: int | None = None

    def fraction_of(self, base_income: int) -> tuple[int, int]:
        """The full contribution as numerator and denominator, so that it is rounded once."""
        if self.flat_amount is not None:
            return self.flat_amount, 1
        return base_income * (self.basis_points or 0), BASIS_POINTS


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRow:
    """A reduction of some programmes for the months from one to another, both included (R4)."""

    code: str
    programmes: frozenset[Programme]
    sector: Sector | None  # None: every sector
    month_from: date
    month_to: date
    percent_off: int
    excluded_payers: frozenset[PayerKind]

    def fits(self, month: date, terms: "Terms") -> bool:
        """Whether a member's month is reduced by this row."""
        return (
            self.month_from <= month <= self.month_to
            and self.sector in {None, terms.sector}
            and terms.payer not in self.excluded_payers
            and not self.programmes.isdisjoint(terms.programmes)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a price depends on besides the month: stated income in rupiah, programmes, who pays."""

    income: int
    programmes: frozenset[Programme]
    sector: Sector
    payer: PayerKind = PayerKind.SELF
    is_employer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One month's contribution per programme, in rupiah, and where it came from."""

    jkk: int
    jkm: int
    jht: int
    base_income: int
    discount_code: str  # empty: full price

    @property
    def total(self) -> int:
        """The sum of the rounded parts."""
        return self.jkk + self.jkm + self.jht


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBook:
    """All dated rows of the tariff. Loaded once, asked for every month."""

    brackets: tuple[BracketRow, ...]
    rates: tuple[RateRow, ...]
    discounts: tuple[DiscountRow, ...]

    def base_income(self, month: date, income: int) -> int:
        """The base of the newest table valid in a month. Raises NoRate."""
        starts = [row.valid_from for row in self.brackets if row.valid_from <= month]
        newest = max(starts, default=None)
        fitting = [
            row for row in self.brackets if row.valid_from == newest and row.min_income <= income
        ]
        if not fitting:
            raise NoRate(f"no bracket for {month:%Y-%m}")
        return max(fitting, key=lambda row: row.min_income).base_income

    def rate(self, programme: Programme, month: date) -> RateRow:
        """The newest rate of a programme valid in a month. Raises NoRate."""
        fitting = [
            row for row in self.rates if row.programme == programme and row.valid_from <= month
        ]
        if not fitting:
            raise NoRate(f"no rate of {programme} for {month:%Y-%m}")
        return max(fitting, key=lambda row: row.valid_from)

    def discount(self, month: date, terms: Terms) -> DiscountRow | None:
        """The single greatest reduction that fits; reductions are never added up."""
        fitting = [row for row in self.discounts if row.fits(month, terms)]
        return max(fitting, key=lambda row: (row.percent_off, row.code), default=None)


def check_terms(terms: Terms) -> None:
    """Raises IncomeInvalid, JkkJkmRequired or JhtRequired (R1, R2)."""
    if terms.income < 0:
        raise IncomeInvalid(_("Penghasilan tidak boleh kurang dari nol."))
    check_programmes(terms.programmes, is_employer=terms.is_employer)


def price(month: date, terms: Terms, *, rates: RateBook) -> Price:
    """The price of one contribution month (first day); each programme is rounded half up once.

    Raises what check_terms raises, and NoRate for a month before the first row.
    """
    check_terms(terms)
    return price_of_base(month, rates.base_income(month, terms.income), terms, rates=rates)


def price_of_base(month: date, base: int, terms: Terms, *, rates: RateBook) -> Price:
    """The price of a month whose base is known; the income of the terms is not asked.

    Raises NoRate for a month before the first rate.
    """
    discount = rates.discount(month, terms)

    def amount(programme: Programme) -> int:
        if programme not in terms.programmes:
            return 0
        is_reduced = discount is not None and programme in discount.programmes
        left = PER_CENT - discount.percent_off if discount and is_reduced else PER_CENT
        numerator, denominator = rates.rate(programme, month).fraction_of(base)
        return _half_up(numerator * left, denominator * PER_CENT)

    return Price(
        jkk=amount(Programme.JKK),
        jkm=amount(Programme.JKM),
        jht=amount(Programme.JHT),
        base_income=base,
        discount_code=discount.code if discount else "",
    )


PriceOf = Callable[[date, Terms], Price]
"""What a month costs on some terms."""


def remembered_prices(rates: RateBook) -> PriceOf:
    """`price` by a rate book, worked out once for each month and terms: many members share them."""
    return lru_cache(maxsize=None)(partial(price, rates=rates))


def _half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
