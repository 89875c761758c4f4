"""What retention refuses, under codes that clients act on."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict


class AttemptIdReused(Conflict):
    """The id of a contact attempt names another one already: a phone makes each id once."""

    code = "attempt_id_reused"
    title = _("Nomor laporan kunjungan sudah dipakai")
