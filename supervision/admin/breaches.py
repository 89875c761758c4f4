"""The breach record: the hours that run, whose data left, and the letters that say so (R36)."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from enrollment.models import Member
from perisai import clock
from perisai.models import Breach, BreachNoteKind, DataClass, Role, User
from perisai.services.breaches import (
    SHORTEST_WORDS,
    BreachForm,
    note_on_breach,
    people_affected,
    record_breach,
)
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, instant, link
from supervision.admin.words import REVEALED, say

MOST_SHOWN: Final = 200
LANGUAGES: Final = ("id", "en")


class RecordForm(forms.Form):
    """What is known at the beginning; instants are official time."""

    detected_at = forms.DateTimeField(label=gettext_lazy("Diketahui pada"))
    what = forms.CharField(
        label=gettext_lazy("Yang terjadi"),
        min_length=SHORTEST_WORDS,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    classes = forms.MultipleChoiceField(
        label=gettext_lazy("Jenis data"),
        choices=DataClass.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    people_guessed = forms.IntegerField(label=gettext_lazy("Perkiraan jumlah orang"), min_value=0)
    since = forms.DateTimeField(label=gettext_lazy("Mulai"))
    until = forms.DateTimeField(label=gettext_lazy("Sampai"))
    suspect = forms.CharField(
        label=gettext_lazy("Akun yang dipakai, bila diketahui"), required=False, max_length=60
    )


class RecordBreach(Act[Breach]):
    """The hours have been running since it was detected."""

    name = "record"
    title = gettext_lazy("Catat insiden")
    doers = frozenset({Role.NATIONAL})
    needs_step_up = True
    is_for_list = True
    form = RecordForm

    def carry_out(self, record: Breach, asked: Asked) -> Done:
        """Record it."""
        said = asked.data
        form = BreachForm(
            detected_at=said["detected_at"],
            what=said["what"],
            classes=tuple(DataClass(one) for one in said["classes"]),
            people_guessed=said["people_guessed"],
            since=said["since"],
            until=said["until"],
            suspect=said["suspect"],
        )
        breach = record_breach(form, by=asked.user, now=clock.now())
        return Done(
            message=_("Insiden dicatat. Beri tahu paling lambat %(by)s.")
            % {"by": instant(breach.notify_by)}
        )


class NoteForm(forms.Form):
    """One line of the record."""

    kind = forms.ChoiceField(label=gettext_lazy("Jenis"), choices=BreachNoteKind.choices)
    words = forms.CharField(
        label=gettext_lazy("Catatan"),
        min_length=SHORTEST_WORDS,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class NoteBreach(Act[Breach]):
    """Adds a line; none is ever changed."""

    name = "note"
    title = gettext_lazy("Tambah catatan")
    doers = frozenset({Role.NATIONAL})
    form = NoteForm

    def carry_out(self, record: Breach, asked: Asked) -> Done:
        """Add it."""
        kind = BreachNoteKind(asked.data["kind"])
        note_on_breach(record.pk, kind, asked.data["words"], by=asked.user, now=clock.now())
        return Done(message=_("Catatan ditambahkan."))


class BreachAdmin(ScopedAdmin[Breach]):
    """Breaches, for national roles alone."""

    title = gettext_lazy("Insiden kebocoran data")
    readers = frozenset({Role.NATIONAL, Role.AUDITOR})
    acts = (RecordBreach(), NoteBreach())
    list_display = (
        "detected",
        "term",
        column("people_guessed", gettext_lazy("perkiraan orang")),
        column("recorded_by", gettext_lazy("dicatat oleh")),
    )
    list_select_related = ("recorded_by",)

    def scoped(self, user: User) -> QuerySet[Breach]:
        """All."""
        return Breach.objects.visible_to(user)

    @admin.display(description=gettext_lazy("diketahui"))
    def detected(self, breach: Breach) -> str:
        """Since when the hours run."""
        return instant(breach.detected_at)

    @admin.display(description=gettext_lazy("beri tahu paling lambat"))
    def term(self, breach: Breach) -> SafeString:
        """The end of the 72 hours."""
        is_late = breach.notify_by < clock.now()
        return badge(instant(breach.notify_by), "bad" if is_late else "warn")

    def called(self, record: Breach, user: User) -> str:
        """By the instant at which it was known."""
        return _("Insiden %(at)s") % {"at": instant(record.detected_at)}

    def detail(self, record: Breach, user: User) -> Detail:
        """One breach with its lines, whose data left, and the drafts of its letters."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("yang terjadi"), value=record.what),
                Fact(label=_("jenis data"), value=_classes(record)),
                Fact(label=_("perkiraan jumlah orang"), value=record.people_guessed),
                Fact(label=_("diketahui"), value=instant(record.detected_at)),
                Fact(label=_("beri tahu paling lambat"), value=instant(record.notify_by)),
                Fact(label=_("mulai"), value=instant(record.since)),
                Fact(label=_("sampai"), value=instant(record.until)),
                Fact(label=_("akun"), value=record.suspect.username if record.suspect else NOTHING),
                Fact(label=_("dicatat oleh"), value=record.recorded_by.username),
            ],
            sections=[_notes_of(record), _people_of(record, user), _letters_of(record)],
        )


def _classes(breach: Breach) -> str:
    return ", ".join(str(DataClass(one).label) for one in breach.classes)


def _notes_of(breach: Breach) -> Section:
    notes = breach.notes.select_related("noted_by").order_by("id")
    return Section(
        title=_("Catatan"),
        columns=[_("waktu"), _("jenis"), _("catatan"), _("oleh")],
        rows=[
            (
                instant(note.noted_at),
                BreachNoteKind(note.kind).label,
                note.words,
                note.noted_by.username,
            )
            for note in notes
        ],
    )


def _people_of(breach: Breach, user: User) -> Section:
    """By id and link: who must be told is looked up one by one, each look-up on record."""
    affected = people_affected(breach, limit=MOST_SHOWN)
    heirs = [one.entity_id for one in affected if one.entity == "heir"]
    named = Member.objects.visible_to(user).filter(heirs__in=heirs)
    member_of: dict[UUID, UUID] = dict(named.values_list("heirs", "pk"))
    return Section(
        title=_("Orang yang datanya dibuka"),
        columns=[_("tentang"), _("data"), _("berapa kali")],
        rows=[
            (
                _link_to(member_of.get(one.entity_id, one.entity_id)),
                ", ".join(say(REVEALED, f"{one.entity}.{field}") for field in one.fields),
                one.reveals,
            )
            for one in affected
        ],
        note=_("paling banyak %(most)d") % {"most": MOST_SHOWN},
    )


def _link_to(member_id: UUID) -> SafeString:
    return link(Member(pk=member_id), str(member_id))


def _letters_of(breach: Breach) -> Section:
    """Drafts in both languages; nothing is sent from here."""
    return Section(
        title=_("Rancangan surat"),
        columns=[_("kepada otoritas"), _("kepada peserta")],
        rows=[
            [_letter(breach, to, language) for to in ("authority", "person")]
            for language in LANGUAGES
        ],
    )


def _letter(breach: Breach, to: str, language: str) -> SafeString:
    measures = breach.notes.filter(kind=BreachNoteKind.MEASURE).order_by("id")
    with override(language):
        words: dict[str, Any] = {
            "authority": settings.PRIVACY_AUTHORITY,
            "what": breach.what,
            "classes": _classes(breach),
            "people": breach.people_guessed,
            "measures": " ".join(note.words for note in measures) or NOTHING,
            "detected": instant(breach.detected_at),
            "notify_by": instant(breach.notify_by),
            "since": instant(breach.since),
            "until": instant(breach.until),
        }
        text = render_to_string(f"supervision/letters/{to}_{language}.txt", words)
    return format_html('<pre class="letter">{}</pre>', text)
