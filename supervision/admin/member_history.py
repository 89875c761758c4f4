"""Who changed what of a member, and how far her data may be relied on."""

from typing import Final

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member, MemberChange
from enrollment.services.member_detail import heirs_of
from enrollment.services.quality import quality_flags
from perisai.models import User
from supervision.admin.field_words import FIELDS
from supervision.admin.scoped import Section
from supervision.admin.showing import NOTHING, badge, instant, masked, name_for
from supervision.admin.words import Words, say

CHANGES_SHOWN: Final = 50
GROUPS: Final[Words] = {
    "identity": gettext_lazy("identitas"),
    "contact": gettext_lazy("kontak dan alamat"),
    "work": gettext_lazy("pekerjaan"),
    "programme": gettext_lazy("program"),
    "heirs": gettext_lazy("ahli waris"),
    "closing": gettext_lazy("penutupan"),
    "registration": gettext_lazy("formulir pendaftaran"),
}
BESIDE_THE_FORM: Final[Words] = {
    "heirs": gettext_lazy("ahli waris"),
    "closed_on": gettext_lazy("tanggal ditutup"),
    "closed_reason": gettext_lazy("alasan ditutup"),
}
RELATIONS: Final[Words] = {
    "spouse": gettext_lazy("suami atau istri"),
    "child": gettext_lazy("anak"),
    "parent": gettext_lazy("orang tua"),
    "grandchild": gettext_lazy("cucu"),
    "grandparent": gettext_lazy("kakek atau nenek"),
    "sibling": gettext_lazy("saudara kandung"),
    "parent_in_law": gettext_lazy("mertua"),
    "will": gettext_lazy("penerima wasiat"),
    "other": gettext_lazy("lainnya"),
}


def quality_of(member: Member) -> SafeString | str:
    """Each doubt and each gap as a badge of its own."""
    flags = quality_flags(member)
    if not flags:
        return badge(_("tanpa catatan"), "good")
    return format_html_join(" ", "{}", ((badge(flag.label, "warn"),) for flag in flags))


def changes_of(member: Member) -> Section:
    """The newest edits; values are in the operations, and for the office's own in the row."""
    found = MemberChange.objects.filter(member=member).select_related("agent", "user")
    newest = found.defer("reason", "old_values").order_by("-rev")[:CHANGES_SHOWN]
    return Section(
        title=_("Riwayat perubahan"),
        columns=[_("waktu"), _("bagian"), _("data"), _("oleh")],
        rows=[
            (
                instant(change.changed_at),
                say(GROUPS, change.group),
                ", ".join(say({**FIELDS, **BESIDE_THE_FORM}, name) for name in change.fields),
                _author(change),
            )
            for change in newest
        ],
    )


def heirs_shown(member: Member, user: User) -> Section:
    """In legal order; of a known NIK only that it is known."""
    return Section(
        title=_("Ahli waris"),
        columns=[_("nama"), _("hubungan"), _("tahun lahir"), _("telepon"), _("NIK")],
        rows=[
            (
                name_for(user, heir.name),
                say(RELATIONS, heir.relation),
                heir.birth_year or NOTHING,
                masked("phone", heir.phone),
                heir.nik or NOTHING,
            )
            for heir in heirs_of(member.pk)
        ],
    )


def _author(change: MemberChange) -> str:
    if change.user is not None:
        return change.user.username
    return change.agent.number if change.agent is not None else NOTHING
