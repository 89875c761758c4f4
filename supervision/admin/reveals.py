"""Reveals: one masked datum shown once to one person, and who did so (R37)."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.models import Heir, Member
from enrollment.reveals import HEIR_FIELDS, MEMBER_FIELDS
from perisai import clock
from perisai.models import MOST_EXTRA, RevealLog, RevealReason, Role, User
from perisai.services.reveals import (
    REVEALERS,
    SHORTEST_EXPLANATION,
    RevealAsk,
    Revealer,
    allow_more,
    left_today,
    reveal,
)
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, day, instant, link
from supervision.admin.words import REVEAL_REASONS, REVEALED, say
from supervision.services.reveal_counts import WEEKS, weekly_reveals

REVEALS_SHOWN: Final = 20


class ExplanationForm(forms.Form):
    """A reason in words, which may be personal: kept encrypted."""

    explanation = forms.CharField(
        label=gettext_lazy("Alasan dalam kalimat"),
        min_length=SHORTEST_EXPLANATION,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RevealForm(ExplanationForm):
    """Which one datum, and why."""

    datum = forms.ChoiceField(label=gettext_lazy("Data"))
    reason = forms.ChoiceField(label=gettext_lazy("Keperluan"), choices=[*REVEAL_REASONS.items()])
    field_order = ("datum", "reason", "explanation")


class Reveal(Act[Member]):
    """Shows one datum of a member or of an heir once, after the log has its row."""

    name = "reveal"
    title = gettext_lazy("Buka data")
    doers = REVEALERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Satu data dari satu orang, sekali tampil. Siapa, kapan, dan mengapa dicatat lebih dahulu."
    )
    form = RevealForm

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """The choices are the fields that this member and the heirs have."""
        form = RevealForm(*sent)
        choice = form.fields["datum"]
        if isinstance(choice, forms.ChoiceField) and record is not None:
            choice.choices = _data_of(record, user)
        return form

    def carry_out(self, record: Member, asked: Asked) -> Shown:
        """Reveal, and say how many are left today."""
        entity, entity_id, field = _named(asked.data["datum"], record)
        now = clock.now()
        ask = RevealAsk(
            entity=entity,
            entity_id=entity_id,
            field=field,
            reason=RevealReason(asked.data["reason"]),
            explanation=asked.data["explanation"],
        )
        value = reveal(ask, by=revealer(asked), now=now)
        return Shown(
            title=self.title,
            facts=[Fact(label=say(REVEALED, f"{entity}.{field}"), value=value or NOTHING)],
            note=_("Tercatat. Tidak ditampilkan lagi; sisa jatah hari ini %(left)d.")
            % {"left": left_today(asked.user, now=now)},
        )


class AllowMoreForm(ExplanationForm):
    """How many more, and why."""

    extra = forms.IntegerField(
        label=gettext_lazy("Tambahan hari ini"), min_value=1, max_value=MOST_EXTRA
    )
    field_order = ("extra", "explanation")


class AllowMore(Act[RevealLog]):
    """A second person lets somebody reveal more, on the day of the share that is used up."""

    name = "allow-more"
    title = gettext_lazy("Setujui tambahan jatah")
    doers = REVEALERS
    needs_step_up = True
    form = AllowMoreForm

    def is_offered(self, record: RevealLog | None, user: User) -> bool:
        """Today, to somebody else."""
        return (
            record is not None and record.actor_id != user.pk and record.counted_on == clock.today()
        )

    def carry_out(self, record: RevealLog, asked: Asked) -> Done:
        """Allow it."""
        allow_more(
            record.actor,
            extra=asked.data["extra"],
            explanation=asked.data["explanation"],
            by=asked.user,
            now=clock.now(),
        )
        return Done(message=_("Tambahan jatah disetujui untuk hari ini."))


class RevealLogAdmin(ScopedAdmin[RevealLog]):
    """Who saw which masked datum of whom."""

    title = gettext_lazy("Riwayat buka data")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (AllowMore(),)
    list_display = ("at", "who", "datum", "why", "branch_name")
    list_select_related = ("actor", "branch")

    def scoped(self, user: User) -> QuerySet[RevealLog]:
        """Of the people of the user's branch, or of all."""
        return RevealLog.objects.visible_to(user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with what each person revealed week by week: the superior's view."""
        sections = [_weeks(request.user)] if isinstance(request.user, User) else []
        context = {"sections": sections} | (extra_context or {})
        return super().changelist_view(request, context)

    @admin.display(description=gettext_lazy("waktu"))
    def at(self, row: RevealLog) -> str:
        """Official time."""
        return instant(row.revealed_at)

    @admin.display(description=gettext_lazy("oleh"))
    def who(self, row: RevealLog) -> str:
        """The login."""
        return row.actor.username

    @admin.display(description=gettext_lazy("Kantor Cabang"))
    def branch_name(self, row: RevealLog) -> str:
        """Who answers for the person."""
        return row.branch.name

    @admin.display(description=gettext_lazy("data"))
    def datum(self, row: RevealLog) -> str:
        """Which field; never its value."""
        return say(REVEALED, f"{row.entity}.{row.field}")

    @admin.display(description=gettext_lazy("keperluan"))
    def why(self, row: RevealLog) -> str:
        """The reason's code as a word."""
        return say(REVEAL_REASONS, row.reason)

    def called(self, record: RevealLog, user: User) -> str:
        """By its instant."""
        return _("Buka data %(at)s") % {"at": instant(record.revealed_at)}

    def detail(self, record: RevealLog, user: User) -> Detail:
        """One reveal, with its reason in words."""
        return Detail(
            title=self.called(record, user),
            facts=[
                Fact(label=_("oleh"), value=record.actor.username),
                Fact(label=_("data"), value=self.datum(record)),
                Fact(label=_("tentang"), value=_subject_link(record, user)),
                Fact(label=_("keperluan"), value=self.why(record)),
                Fact(label=_("alasan"), value=record.explanation),
                Fact(label=_("Kantor Cabang"), value=record.branch),
                Fact(label=_("jatah hari"), value=day(record.counted_on)),
                Fact(label=_("nomor permintaan"), value=record.request_id),
                Fact(label=_("sesi"), value=record.session),
            ],
        )


def reveals_of(member: Member, user: User) -> Section:
    """Who saw what of a member; the heirs' are told on the log's own page."""
    rows = RevealLog.objects.visible_to(user).filter(entity="member", entity_id=member.pk)
    newest = rows.select_related("actor").order_by("-id")[:REVEALS_SHOWN]
    return Section(
        title=_("Data yang pernah dibuka"),
        columns=[_("waktu"), _("data"), _("oleh"), _("keperluan")],
        rows=[
            (
                link(row, instant(row.revealed_at)),
                say(REVEALED, f"{row.entity}.{row.field}"),
                row.actor.username,
                say(REVEAL_REASONS, row.reason),
            )
            for row in newest
        ],
    )


def _data_of(member: Member, user: User) -> list[tuple[str, str]]:
    """The fields that hold something; a name is offered to who sees initials alone."""
    hidden = {"full_name"} if user.role == Role.SUPERVISOR else set()
    held = _held(member, MEMBER_FIELDS) - hidden
    own = [(str(one), say(REVEALED, f"member.{one}")) for one in MEMBER_FIELDS if one in held]
    for heir in Heir.objects.filter(member=member).order_by("position"):
        own += [
            (f"{heir.pk}:{field}", f"{say(REVEALED, f'heir.{field}')} {heir.position}")
            for field in HEIR_FIELDS
            if field in _held(heir, HEIR_FIELDS)
        ]
    return own


def _named(datum: str, member: Member) -> tuple[str, UUID, str]:
    """Entity, id and field of a choice: a field of the member, or of an heir that it names."""
    heir_id, _colon, field = datum.rpartition(":")
    return ("heir", UUID(heir_id), field) if heir_id else ("member", member.pk, field)


def _held(record: Member | Heir, fields: tuple[str, ...]) -> set[str]:
    """Which encrypted columns hold something; nothing is decrypted."""
    return {field for field in fields if record.__dict__.get(field) is not None}


def revealer(asked: Asked) -> Revealer:
    """Who asks, with a digest of the browser's session in place of its key."""
    session = salted_hmac("perisai.reveals.session", asked.session_key, algorithm="sha256")
    return Revealer(user=asked.user, request_id=asked.request_id, session=session.hexdigest()[:32])


def _subject_link(row: RevealLog, user: User) -> SafeString | str:
    seen = Member.objects.visible_to(user)
    found = (
        seen.filter(pk=row.entity_id)
        | seen.filter(heirs=row.entity_id)
        | seen.filter(files=row.entity_id)
    )
    member = found.only("pk").first()
    return link(member, str(member.pk)) if member is not None else str(row.entity_id)


def _weeks(user: User) -> Section:
    return Section(
        title=_("Buka data per minggu"),
        columns=[_("minggu mulai"), _("oleh"), _("jumlah")],
        rows=[
            (day(line.begins_on), line.username, line.count)
            for line in weekly_reveals(user, today=clock.today())
        ],
        note=_("%(weeks)d minggu terakhir") % {"weeks": WEEKS},
    )
