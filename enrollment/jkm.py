"""What the heirs may expect of JKM (R19): information for them, decided by the institution."""

from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from perisai.months import add_calendar_months, month_of


class JkmTier(TextChoices):
    """How far the death grant goes. NOT_STATED: we say nothing, the institution decides."""

    NOT_STATED = "not_stated", _("belum dapat dinyatakan")
    UNDER_THREE_MONTHS = "under_three_months", _("di bawah tiga bulan")
    FULL = "full", _("penuh")


@dataclass(frozen=True, slots=True, kw_only=True)
class JkmRule:
    """The programme's numbers: calendar months to the full grant, and whole rupiah."""

    full_after: int = 3
    clock_restarts_on_reentry: bool = True
    full: int = 42_000_000
    under: int = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTime:
    """When the present episode was first paid, and an earlier one; through which month it is."""

    first_paid_on: date
    paid_through: date
    earlier_first_paid_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JkmGrant:
    """The tier on a day of death, the day from which it is full, and rupiah if stated."""

    tier: JkmTier
    full_from: date
    amount: int | None


STANDARD_RULE = JkmRule()


def jkm_grant(died_on: date, *, paid: PaidTime, rule: JkmRule = STANDARD_RULE) -> JkmGrant:
    """The grant at a death: nothing is stated for an unpaid month or before the first payment."""
    full_from = add_calendar_months(_clock_started_on(paid, rule), rule.full_after)
    if month_of(died_on) > paid.paid_through or died_on < paid.first_paid_on:
        return JkmGrant(tier=JkmTier.NOT_STATED, full_from=full_from, amount=None)
    if died_on >= full_from:
        return JkmGrant(tier=JkmTier.FULL, full_from=full_from, amount=rule.full)
    return JkmGrant(tier=JkmTier.UNDER_THREE_MONTHS, full_from=full_from, amount=rule.under)


def _clock_started_on(paid: PaidTime, rule: JkmRule) -> date:
    if rule.clock_restarts_on_reentry or paid.earlier_first_paid_on is None:
        return paid.first_paid_on
    return paid.earlier_first_paid_on
