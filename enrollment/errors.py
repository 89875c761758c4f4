"""What enrollment refuses, under codes that clients act on."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, Invalid


class NikInvalid(Invalid):
    """No NIK can look like this (R22); `context["reason"]` says why, and no digit is repeated."""

    code = "nik_invalid"
    title = _("NIK tidak sah")


class NameInvalid(Invalid):
    """Not a name of 1 to 100 letters, blanks, apostrophes, full stops, commas, dashes (R27)."""

    code = "name_invalid"
    title = _("Nama tidak sah")


class AgeNotAllowed(Conflict):
    """Too young or too old to join or to come back (R21)."""

    code = "age_not_allowed"
    title = _("Usia tidak memenuhi syarat")


class MemberClosed(Conflict):
    """The member is closed: no bill and no edit any more (R20)."""

    code = "member_closed"
    title = _("Kepesertaan sudah ditutup")
