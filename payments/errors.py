"""What payments refuses, under the codes of the table of outcomes (`payments.md` 2)."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, Invalid


class IncomeInvalid(Invalid):
    """A stated income below zero (R2)."""

    code = "income_invalid"
    title = _("Penghasilan tidak sah")


class MonthsNotAllowed(Invalid):
    """A number of months that is not offered (R6); `context["allowed"]` holds the offered ones."""

    code = "months_not_allowed"
    title = _("Jumlah bulan tidak ditawarkan")


class TooFarAhead(Conflict):
    """The last month lies too far after the running one (R6)."""

    code = "too_far_ahead"
    title = _("Bulan terlalu jauh ke depan")


class AlreadyPaid(Conflict):
    """The months are covered already."""

    code = "already_paid"
    title = _("Iuran sudah dibayar")
    retry = "ask_status"
