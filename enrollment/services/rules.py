"""The limits of registration as the settings of this installation say them."""

from django.conf import settings

from enrollment.ages import AgeLimits
from enrollment.nik import NikPolicy


def age_limits() -> AgeLimits:
    """Who may join, in completed years (R21)."""
    return AgeLimits(minimum=settings.AGE_MIN, maximum_exclusive=settings.AGE_MAX_EXCLUSIVE)


def nik_policy() -> NikPolicy:
    """How strict the settings are with a NIK (R22)."""
    return NikPolicy(
        unknown_province=settings.NIK_UNKNOWN_PROVINCE, plausible_age=settings.NIK_PLAUSIBLE_AGE
    )
