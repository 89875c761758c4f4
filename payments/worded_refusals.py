"""Refusals that name what would have been right, in the reader's language."""

from collections.abc import Iterable

from django.utils.translation import gettext

from payments.errors import AmountMismatch, MonthsNotAllowed, TooManyMembers
from payments.rupiah import format_rupiah
from perisai.errors import FieldError


def months_not_allowed(allowed: Iterable[int]) -> MonthsNotAllowed:
    """The refusal of a number of months, naming the offered ones (R6)."""
    offered = list(allowed)
    detail = gettext("Pilihan jumlah bulan: %(offered)s.") % {
        "offered": ", ".join(str(months) for months in offered)
    }
    fault = FieldError(pointer="/months", code="months_not_allowed", detail=detail)
    return MonthsNotAllowed(detail, errors=(fault,), allowed=offered)


def amount_mismatch(expected: int) -> AmountMismatch:
    """The refusal of an amount, naming the right one in rupiah (R11)."""
    detail = gettext("Jumlah harus %(amount)s.") % {"amount": format_rupiah(expected)}
    fault = FieldError(pointer="/amount", code="amount_mismatch", detail=f"expected {expected}")
    return AmountMismatch(detail, errors=(fault,), expected=expected)


def too_many_members(most: int) -> TooManyMembers:
    """The refusal of a bill for more members than its maker may bill at once (R10)."""
    detail = gettext("Paling banyak %(most)s peserta.") % {"most": most}
    fault = FieldError(pointer="/members", code="too_many_members", detail=detail)
    return TooManyMembers(detail, errors=(fault,), most=most)
