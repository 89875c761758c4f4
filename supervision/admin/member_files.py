"""Files on the offices' pages: that they are there, blurred; one of them shown once, on record."""

import base64
from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Member
from perisai import clock
from perisai.models import FileLink, RevealReason, User
from perisai.pictures import watermarked
from perisai.services.reveals import REVEALERS, RevealAsk, left_today, reveal
from perisai.services.stored_files import thumbnail_in
from supervision.admin.acting import Act, Asked, Shown
from supervision.admin.reveals import ExplanationForm, revealer
from supervision.admin.scoped import Fact, Section
from supervision.admin.showing import NOTHING, instant
from supervision.admin.words import FILE_ROLES, REVEAL_REASONS, say
from supervision.services.member_files import ListedFile, listed_files, standing_files

PHOTO: Final = "photo"


class ShowFileForm(ExplanationForm):
    """Which file, and why."""

    file = forms.ChoiceField(label=gettext_lazy("Berkas"))
    reason = forms.ChoiceField(label=gettext_lazy("Keperluan"), choices=[*REVEAL_REASONS.items()])
    field_order = ("file", "reason", "explanation")


class ShowFile(Act[Member]):
    """Shows one picture once, marked with who looks, after the log has its row."""

    name = "show-file"
    title = gettext_lazy("Buka berkas")
    doers = REVEALERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Satu berkas dari satu orang, sekali tampil. "
        "Siapa, kapan, dan mengapa dicatat lebih dahulu."
    )
    form = ShowFileForm

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """The choices are the files that are kept."""
        form = ShowFileForm(*sent)
        choice = form.fields["file"]
        if isinstance(choice, forms.ChoiceField) and record is not None:
            choice.choices = [(one.code, _called(one)) for one in standing_files(record.pk)]
        return form

    def carry_out(self, record: Member, asked: Asked) -> Shown:
        """Reveal, mark, and say how many are left today."""
        entity, _colon, link_id = asked.data["file"].partition(":")
        now = clock.now()
        ask = RevealAsk(
            entity=entity,
            entity_id=UUID(link_id),
            field=PHOTO,
            reason=RevealReason(asked.data["reason"]),
            explanation=asked.data["explanation"],
        )
        told = reveal(ask, by=revealer(asked), now=now)
        mark = f"{asked.user.username} {instant(now)}"
        shown = _as_image(watermarked(base64.b64decode(told), mark)) if told else NOTHING
        return Shown(
            title=self.title,
            facts=[Fact(label=_("berkas"), value=shown)],
            note=_("Tercatat. Tidak ditampilkan lagi; sisa jatah hari ini %(left)d.")
            % {"left": left_today(asked.user, now=now)},
        )


def files_of(member: Member, user: User) -> Section:
    """What is kept of a member, blurred; and what was kept, by its days."""
    return Section(
        title=_("Berkas"),
        columns=[_("pratinjau"), _("isi"), _("diterima"), _("dimusnahkan")],
        rows=[
            (
                _preview(one.link, user),
                say(FILE_ROLES, one.link.role),
                instant(one.link.attached_at),
                instant(one.link.ended_at),
            )
            for one in listed_files(member.pk)
        ],
        note=_("gambar sengaja dikaburkan"),
    )


def _called(one: ListedFile) -> str:
    """What it shows, and when it came."""
    return f"{say(FILE_ROLES, one.link.role)}, {instant(one.link.attached_at)}"


def _preview(link: FileLink, user: User) -> SafeString | str:
    """For who could reveal it; nobody can read anything on it."""
    if user.role not in REVEALERS or link.ended_at is not None:
        return NOTHING
    thumbnail = thumbnail_in(link.file)
    return _as_image(thumbnail) if thumbnail is not None else NOTHING


def _as_image(picture: bytes) -> SafeString:
    """A picture that lies in the page itself: no address leads to it."""
    coded = base64.b64encode(picture).decode()
    return format_html('<img src="data:image/jpeg;base64,{}" alt="{}">', coded, _("foto"))
