"""The programmes that informal workers may join, and which of them go together (R1)."""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.errors import JhtRequired, JkkJkmRequired, ProgrammeUnknown


class Programme(TextChoices):
    """JKK and JKM always, JHT if wanted; JP and JKP do not exist for informal workers."""

    JKK = "JKK", gettext_lazy("Jaminan Kecelakaan Kerja")
    JKM = "JKM", gettext_lazy("Jaminan Kematian")
    JHT = "JHT", gettext_lazy("Jaminan Hari Tua")


def parse_programmes(names: Iterable[str]) -> frozenset[Programme]:
    """Programmes by their names. Raises ProgrammeUnknown."""
    wanted = frozenset(names)
    if not wanted <= set(Programme.values):
        raise ProgrammeUnknown(_("Pilihan program: JKK, JKM, JHT."))
    return frozenset(Programme(name) for name in wanted)


def check_programmes(programmes: frozenset[Programme], *, is_employer: bool) -> None:
    """Raises JkkJkmRequired, or JhtRequired of somebody who employs others."""
    if not {Programme.JKK, Programme.JKM} <= programmes:
        raise JkkJkmRequired()
    if is_employer and Programme.JHT not in programmes:
        raise JhtRequired()
