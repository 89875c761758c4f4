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


class ProgrammeUnknown(Invalid):
    """A programme that informal workers cannot join, such as JP (R1)."""

    code = "programme_unknown"
    title = _("Program tidak dikenal")


class JkkJkmRequired(Conflict):
    """JKK and JKM go together, always (R1)."""

    code = "jkk_jkm_required"
    title = _("JKK dan JKM wajib diikuti bersama")


class JhtRequired(Conflict):
    """Who employs others must take JHT too (R1)."""

    code = "jht_required"
    title = _("Pemberi kerja wajib mengikuti JHT")
