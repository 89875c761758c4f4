"""What retention refuses, under codes that clients act on."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict


class FollowUpNotOpen(Conflict):
    """It was closed, paid or taken over meanwhile: there is nothing to close."""

    code = "follow_up_not_open"
    title = _("Tindak lanjut ini tidak terbuka lagi")


class AttemptIdReused(Conflict):
    """The id of a contact attempt names another one already: a phone makes each id once."""

    code = "attempt_id_reused"
    title = _("Nomor laporan kunjungan sudah dipakai")


class EscalationSettled(Conflict):
    """Somebody said already what was done about it."""

    code = "escalation_settled"
    title = _("Eskalasi ini sudah diselesaikan")
