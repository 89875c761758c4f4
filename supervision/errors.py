"""What supervision refuses, under codes that clients act on."""

from django.utils.translation import gettext_lazy as _

from perisai.errors import Conflict, Invalid, NotFound


class ImportFileInvalid(Invalid):
    """The file as a whole cannot be read; `context["reason"]` says why, `line` where."""

    code = "import_file_invalid"
    title = _("Berkas tidak dapat dibaca")


class ImportNotAllowed(Conflict):
    """This user brings in no such data."""

    code = "import_not_allowed"
    title = _("Anda tidak boleh mengimpor data ini")


class ImportNotFound(NotFound):
    """No such run, or not one of the user's branch."""

    code = "import_not_found"
    title = _("Impor tidak ditemukan")


class ImportNotReady(Conflict):
    """The run was not read to its end, has faults, or was loaded or thrown away."""

    code = "import_not_ready"
    title = _("Impor belum dapat dimuat")


class ImportNeedsSecondPerson(Conflict):
    """The file says what was paid: somebody else than who brought it confirms it first."""

    code = "import_needs_second_person"
    title = _("Data pembayaran perlu disahkan oleh orang kedua")


class ImportStale(Conflict):
    """Since the file was read, others changed what it was compared with: read it again."""

    code = "import_stale"
    title = _("Data sudah berubah sejak berkas diperiksa; periksa lagi")


class ImportBusy(Conflict):
    """Somebody reads or loads this very run now."""

    code = "import_busy"
    title = _("Impor ini sedang dikerjakan")
    retryable = True


class AgentNotToReview(Conflict):
    """She is not without results for long enough, or does not work, or was reviewed already."""

    code = "agent_not_to_review"
    title = _("Agen ini tidak perlu ditinjau bulan ini")
