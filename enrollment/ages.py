"""Who is of an age to join: 18 or older and below 65, in completed years (R21)."""

from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from enrollment.cover import CoverKind


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeLimits:
    """The limits in completed years, and whether the upper one holds at re-entry."""

    minimum: int = 18
    maximum_exclusive: int = 65
    checked_on_reentry: bool = True

    def are_asked_of(self, kind: CoverKind) -> bool:
        """Whether a payment of this kind asks for the age: only that of those who begin."""
        return kind is CoverKind.FIRST or (kind is CoverKind.REENTRY and self.checked_on_reentry)


class AgeResult(TextChoices):
    """What the age test says of a registration and the payment that follows."""

    OK = "ok", _("memenuhi syarat")
    TOO_YOUNG_AT_REGISTRATION = "too_young_at_registration", _("terlalu muda saat mendaftar")
    TOO_OLD_AT_REGISTRATION = "too_old_at_registration", _("terlalu tua saat mendaftar")
    TOO_OLD_AT_PAYMENT = "too_old_at_payment", _("terlalu tua saat membayar")


STANDARD_LIMITS = AgeLimits()


def completed_years(born_on: date, on: date) -> int:
    """Age in completed years. Who was born on 29 February ages on 1 March in common years."""
    is_before_birthday = (on.month, on.day) < (born_on.month, born_on.day)
    return on.year - born_on.year - int(is_before_birthday)


def birthday(born_on: date, years: int) -> date:
    """The first day on which somebody has completed that many years."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 3, 1)


def age_at_registration(
    born_on: date, *, on: date, limits: AgeLimits = STANDARD_LIMITS
) -> AgeResult:
    """Whether somebody may register on a day."""
    age = completed_years(born_on, on)
    if age < limits.minimum:
        return AgeResult.TOO_YOUNG_AT_REGISTRATION
    if age >= limits.maximum_exclusive:
        return AgeResult.TOO_OLD_AT_REGISTRATION
    return AgeResult.OK


def age_at_payment(
    born_on: date, *, on: date, kind: CoverKind, limits: AgeLimits = STANDARD_LIMITS
) -> AgeResult:
    """Whether somebody may pay on the effective date of a payment."""
    if limits.are_asked_of(kind) and completed_years(born_on, on) >= limits.maximum_exclusive:
        return AgeResult.TOO_OLD_AT_PAYMENT
    return AgeResult.OK


def age_result(
    born_on: date,
    *,
    registered_on: date,
    paid_on: date | None,
    kind: CoverKind,
    limits: AgeLimits = STANDARD_LIMITS,
) -> AgeResult:
    """The whole test: at registration for a first payment, and at the payment that begins cover."""
    if kind is CoverKind.FIRST:
        registered = age_at_registration(born_on, on=registered_on, limits=limits)
        if registered is not AgeResult.OK:
            return registered
    if paid_on is None:
        return AgeResult.OK
    return age_at_payment(born_on, on=paid_on, kind=kind, limits=limits)
