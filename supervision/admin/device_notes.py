"""What an app told of itself, for who helps an agent with her phone."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.models import Role, User
from supervision.admin.scoped import Section
from supervision.admin.showing import NOTHING, instant
from supervision.admin.words import Words, say
from supervision.services.sync_health import Note

NOTES: Final[Words] = {
    "low_storage": gettext_lazy("penyimpanan hampir penuh"),
    "crash": gettext_lazy("aplikasi berhenti sendiri"),
    "clock_changed": gettext_lazy("jam diubah"),
    "restored": gettext_lazy("dipulihkan dari cadangan"),
    "wiped": gettext_lazy("sudah dihapus"),
    "other": gettext_lazy("lainnya"),
}


def notes_section(notes: list[Note], user: User) -> Section:
    """The newest first; a text is for the branch alone, an app may have written what it should not.

    What was received long ago has no content any more.
    """
    may_read = user.role == Role.SUPERVISOR
    return Section(
        title=_("Catatan aplikasi"),
        columns=[_("dibuat di perangkat"), _("catatan"), _("isi")],
        rows=[
            (
                instant(note.made_at),
                say(NOTES, note.code) or NOTHING,
                note.text if note.text and may_read else NOTHING,
            )
            for note in notes
        ],
    )
