"""The history of a hand-edited row on its page: who changed what, and when; people masked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Model
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from perisai.privacy import MaskKind, mask
from perisai.services.histories import Change, Difference, changes_of
from supervision.admin.scoped import Section
from supervision.admin.showing import NOTHING, instant
from supervision.admin.words import Words, say

LABELS: Words = {
    "insert": gettext_lazy("dibuat"),
    "update": gettext_lazy("diubah"),
    "delete": gettext_lazy("dihapus"),
}
WAYS: Words = {
    "admin": gettext_lazy("halaman kantor"),
    "api": gettext_lazy("aplikasi"),
    "task": gettext_lazy("tugas berkala"),
    "command": gettext_lazy("perintah"),
}
MASKS: Final[Mapping[str, MaskKind]] = {"name": "name", "phone": "phone", "email": "email"}
SEALED: Final = "•••"


def history_of(record: Model) -> Section:
    """The newest changes of a record, by two statements."""
    return Section(
        title=_("Riwayat perubahan"),
        columns=[_("waktu"), _("perubahan"), _("oleh"), _("melalui"), _("isi")],
        rows=[
            (
                instant(change.at),
                say(LABELS, change.label),
                change.actor or NOTHING,
                _way(change.cause),
                format_html('<div class="long">{}</div>', _told(change)),
            )
            for change in changes_of(record)
        ],
        note=_("Hanya kolom yang berubah; data pribadi disamarkan."),
    )


def _way(cause: Mapping[str, Any]) -> str:
    """The way in, with the task or the act where there is one."""
    parts = [say(WAYS, cause.get("channel", "")), cause.get("task"), cause.get("act")]
    return " · ".join(part for part in (*parts, cause.get("reason")) if part) or NOTHING


def _told(change: Change) -> str:
    """`state: active → suspended`; of a new row the values alone."""
    lines = []
    for one in change.differences:
        before, after = _shown(one, one.before), _shown(one, one.after)
        lines.append(
            f"{one.column}: {after}" if one.before is None else f"{one.column}: {before} → {after}"
        )
    return "; ".join(lines) or NOTHING


def _shown(difference: Difference, value: object) -> str:
    """A value as a page may show it; what was sealed is masked, or not shown at all (R37)."""
    if value is None or value == "":
        return NOTHING
    if difference.is_sealed:
        kind = MASKS.get(difference.column)
        return mask(kind, str(value)) if kind else SEALED
    return instant(value) if isinstance(value, datetime) else str(value)
