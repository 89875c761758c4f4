"""What money that was held for a code pays for, once its member is there (R10). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.ages import AgeLimits, AgeResult, age_at_payment
from payments.errors import AlreadyPaid
from payments.quote import BillRules, Quote, Quoted, QuoteLine, quote_months
from payments.tariff import NoRate, RateBook
from perisai.errors import DomainError


class HeldReason(TextChoices):
    """Why held money pays for no month yet."""

    NO_FORM = "no_form", _("pendaftaran belum diterima")
    INCOMPLETE = "incomplete", _("data peserta belum lengkap")
    CAPTURED_AFTER = "captured_after", _("formulir diisi sesudah uang dibayar")
    CLOSED = "closed", _("kepesertaan sudah ditutup saat uang dibayar")
    NOT_ELIGIBLE = "not_eligible", _("peserta belum boleh ditagih saat uang dibayar")
    NO_MONTH = "no_month", _("tidak ada bulan yang dapat dibayar")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMoney:
    """What was taken for a code, for how many months, and when its form was captured.

    A phone's clock may send a case to a person, and never makes cover: `is_decided` says that two
    persons let the member have it, whenever the form was captured.
    """

    amount: int
    paid_at: datetime
    paid_on: date
    months: int
    captured_at: datetime
    is_decided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPlan:
    """The oldest months that the money covers, and the `rest`, her credit; or why none yet.

    `asked`: rupiah of all months that the form asks for.
    """

    quote: Quote | None = None
    rest: int = 0
    asked: int = 0
    why: HeldReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRules:
    """What tariff and settings say."""

    rates: RateBook
    bills: BillRules
    ages: AgeLimits


def plan_held(money: HeldMoney, member: Quoted, *, birth_date: date, rules: HeldRules) -> HeldPlan:
    """What the money does for a complete member, with the day it was paid as today."""
    if money.captured_at > money.paid_at and not money.is_decided:
        return HeldPlan(why=HeldReason.CAPTURED_AFTER)
    if member.closed_on is not None and member.closed_on <= money.paid_on:
        return HeldPlan(why=HeldReason.CLOSED)
    quote = _longest(money, replace(member, credit=0), rules)
    if quote is None:
        return HeldPlan(why=HeldReason.NO_MONTH)
    age = age_at_payment(birth_date, on=money.paid_on, kind=quote.kind, limits=rules.ages)
    if age is not AgeResult.OK:
        return HeldPlan(why=HeldReason.NOT_ELIGIBLE)
    covered = tuple(_covered(quote, money.amount))
    spent = sum(line.price.total for line in covered)
    return HeldPlan(
        quote=replace(quote, lines=covered) if covered else None,
        rest=money.amount - spent,
        asked=quote.gross,
    )


def _longest(money: HeldMoney, member: Quoted, rules: HeldRules) -> Quote | None:
    """The months that the form asks for, or as many as fit before the horizon; None: not one."""
    for months in range(money.months, 0, -1):
        any_number = replace(rules.bills, periods=(months,))
        try:
            return quote_months(
                member, months, as_of=money.paid_on, rates=rules.rates, rules=any_number
            )
        except (AlreadyPaid, NoRate):
            return None
        except DomainError:
            continue
    return None


def _covered(quote: Quote, amount: int) -> Iterator[QuoteLine]:
    for line in quote.lines:
        amount -= line.price.total
        if amount < 0:
            return
        yield line
