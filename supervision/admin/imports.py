"""Existing data brought in over the web: upload, report, a second person, loading."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet, Sum
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.services.importing import full_books
from perisai.models import ImportKind, ImportRun, ImportState, LegalBasis, Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.scoped import Detail, Fact, ScopedAdmin, Section
from supervision.admin.showing import NOTHING, badge, column, instant, yes_or_no
from supervision.admin.words import Words, say
from supervision.services.importing.faults import words_for
from supervision.services.importing.runs import (
    IMPORTERS,
    ImportOrder,
    confirm_run,
    discard_run,
    order_load,
)
from supervision.services.importing.uploads import LARGEST_UPLOAD, take_upload

FAULTS_SHOWN: Final = 200
KINDS: Final[Words] = {
    "offices": gettext_lazy("kantor Perisai"),
    "agents": gettext_lazy("agen"),
    "members": gettext_lazy("peserta"),
}
BASES: Final[Words] = {
    "consent_on_file": gettext_lazy("persetujuan tersimpan di kantor"),
    "contract": gettext_lazy("perjanjian kepesertaan"),
    "legal_duty": gettext_lazy("kewajiban hukum"),
}
STATES: Final[Words] = {
    "reading": gettext_lazy("sedang diperiksa"),
    "faulty": gettext_lazy("ada kesalahan"),
    "ready": gettext_lazy("siap dimuat"),
    "loaded": gettext_lazy("sudah dimuat"),
    "discarded": gettext_lazy("dibuang"),
}
TONES: Final = {"faulty": "bad", "ready": "warn", "loaded": "good"}


class UploadForm(forms.Form):
    """A file, what is in it, and on what basis its people are held."""

    kind = forms.ChoiceField(label=gettext_lazy("isi berkas"), choices=list(KINDS.items()))
    file = forms.FileField(
        label=gettext_lazy("berkas"),
        help_text=gettext_lazy("CSV (UTF-8) atau XLSX, paling besar 32 MB."),
    )
    legal_basis = forms.ChoiceField(
        label=gettext_lazy("dasar hukum"),
        choices=[("", NOTHING), *BASES.items()],
        required=False,
        help_text=gettext_lazy("Wajib untuk peserta."),
    )
    basis_note = forms.CharField(
        label=gettext_lazy("dokumen dasar"), max_length=200, required=False
    )

    def clean(self) -> dict[str, Any]:
        """A basis for members, and for them alone; a file that is not too large."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if (said.get("kind") == ImportKind.MEMBERS) != bool(said.get("legal_basis")):
            raise ValidationError({"legal_basis": _("Dasar hukum diisi untuk peserta saja.")})
        file = said.get("file")
        if file is not None and file.size > LARGEST_UPLOAD:
            raise ValidationError({"file": _("Berkas terlalu besar.")})
        return said


class Upload(Act[ImportRun]):
    """Bring a file; a worker reads it."""

    name = "upload"
    title = gettext_lazy("Unggah berkas")
    doers = IMPORTERS
    is_for_list = True
    form = UploadForm
    explanation = gettext_lazy(
        "Berkas diperiksa dahulu; tidak ada yang dimuat sebelum Anda memintanya."
    )

    def carry_out(self, record: ImportRun, asked: Asked) -> Done:
        """On to the run's page, the same one for the same file."""
        basis = asked.data["legal_basis"]
        order = ImportOrder(
            kind=ImportKind(asked.data["kind"]),
            by=asked.user,
            legal_basis=LegalBasis(basis) if basis else None,
            basis_note=asked.data["basis_note"],
        )
        run, is_new = take_upload(order, asked.data["file"].file)
        said = _("Berkas diterima dan sedang diperiksa.") if is_new else _("Berkas ini sudah ada.")
        page = reverse("admin:perisai_importrun_change", args=[run.pk])
        return Done(message=said, next_url=page)


class Confirm(Act[ImportRun]):
    """Stand for what the file says was paid, as a second person."""

    name = "confirm"
    title = gettext_lazy("Sahkan data pembayaran")
    doers = IMPORTERS
    needs_step_up = True
    explanation = gettext_lazy("Yang mengunggah berkas tidak dapat mengesahkannya sendiri.")

    def is_offered(self, record: ImportRun | None, user: User) -> bool:
        """To somebody else than who brought it, once it was read without a fault."""
        return (
            record is not None
            and record.state is ImportState.READY
            and record.brings_cover
            and record.confirmed_by_id is None
            and record.made_by_id != user.pk
        )

    def carry_out(self, record: ImportRun, asked: Asked) -> Done:
        """Once."""
        confirm_run(record.pk, by=asked.user)
        return Done(message=_("Data pembayaran disahkan."))


class Load(Act[ImportRun]):
    """Have all rows made."""

    name = "load"
    title = gettext_lazy("Muat semua baris")
    doers = IMPORTERS
    needs_step_up = True

    def is_offered(self, record: ImportRun | None, user: User) -> bool:
        """Once it was read without a fault and, where it brings cover, confirmed."""
        return (
            record is not None
            and record.state is ImportState.READY
            and record.ordered_at is None
            and not (record.brings_cover and record.confirmed_by_id is None)
        )

    def carry_out(self, record: ImportRun, asked: Asked) -> Done:
        """A worker loads."""
        order_load(record.pk, by=asked.user)
        return Done(message=_("Berkas sedang dimuat."))


class Discard(Act[ImportRun]):
    """Throw the run away; nothing of it was loaded."""

    name = "discard"
    title = gettext_lazy("Buang")
    doers = IMPORTERS
    is_grave = True

    def is_offered(self, record: ImportRun | None, user: User) -> bool:
        """Until it is loaded or thrown away."""
        return (
            record is not None
            and record.loaded_at is None
            and record.discarded_at is None
            and record.ordered_at is None
        )

    def carry_out(self, record: ImportRun, asked: Asked) -> Done:
        """For good; the same file may come again."""
        discard_run(record.pk, by=asked.user)
        return Done(message=_("Impor dibuang."))


class ImportRunAdmin(ScopedAdmin[ImportRun]):
    """Files that were brought in, and where each of them stands."""

    title = gettext_lazy("Impor data")
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL, Role.AUDITOR})
    acts = (Upload(), Confirm(), Load(), Discard())
    list_display = (
        "begun",
        "contents",
        "state_shown",
        column("rows", gettext_lazy("baris")),
        column("fault_count", gettext_lazy("kesalahan")),
        "brought_by",
    )
    list_select_related = ("made_by",)

    def scoped(self, user: User) -> QuerySet[ImportRun]:
        """A supervisor's branch's, or all."""
        return ImportRun.objects.visible_to(user)

    @admin.display(description=gettext_lazy("dimulai"))
    def begun(self, run: ImportRun) -> str:
        """When."""
        return instant(run.created_at)

    @admin.display(description=gettext_lazy("isi berkas"))
    def contents(self, run: ImportRun) -> str:
        """Of what."""
        return say(KINDS, run.kind)

    @admin.display(description=gettext_lazy("keadaan"))
    def state_shown(self, run: ImportRun) -> SafeString:
        """Where it stands."""
        return _state(run)

    @admin.display(description=gettext_lazy("diunggah oleh"))
    def brought_by(self, run: ImportRun) -> str:
        """The login."""
        return run.made_by.username

    def called(self, record: ImportRun, user: User) -> str:
        """By what it brings, and when it began."""
        return f"{say(KINDS, record.kind)}, {instant(record.created_at)}"

    def detail(self, record: ImportRun, user: User) -> Detail:
        """Progress, people, faults by line and column: codes and words, never a value."""
        second = record.confirmed_by.username if record.confirmed_by else NOTHING
        facts = [
            Fact(label=_("keadaan"), value=_state(record)),
            *_progress(record),
            Fact(label=_("membawa data pembayaran"), value=yes_or_no(record.brings_cover)),
            Fact(label=_("diunggah oleh"), value=record.made_by.username),
            Fact(label=_("disahkan oleh"), value=second),
            Fact(label=_("dasar hukum"), value=say(BASES, record.legal_basis) or NOTHING),
            Fact(label=_("dokumen dasar"), value=record.basis_note or NOTHING),
            Fact(label=_("sudah dimuat"), value=instant(record.loaded_at)),
            Fact(label=_("buku agen yang terlalu penuh"), value=_full_books(record)),
            Fact(label=_("SHA-256"), value=record.sha256),
        ]
        return Detail(
            title=self.called(record, user),
            facts=facts,
            sections=[_faults(record), _by_code(record)],
        )


def _state(run: ImportRun) -> SafeString:
    state = run.state
    if state is ImportState.READY and run.ordered_at is not None:
        return badge(_("sedang dimuat"), "warn")
    return badge(say(STATES, state), TONES.get(state, "quiet"))


def _progress(run: ImportRun) -> list[Fact]:
    """From the marks of the reader while it reads."""
    done = run.chunks.aggregate(rows=Sum("rows"), faults=Sum("faults"))
    rows = run.rows if run.rows is not None else done["rows"] or 0
    faults = run.fault_count if run.fault_count is not None else done["faults"] or 0
    return [
        Fact(label=_("baris dibaca"), value=rows),
        Fact(label=_("kesalahan"), value=faults),
    ]


def _full_books(run: ImportRun) -> str:
    """Agents with more members than a phone is made for, once the members are there."""
    if run.kind != ImportKind.MEMBERS or run.loaded_at is None:
        return NOTHING
    return ", ".join(full_books(run.pk)) or NOTHING


def _faults(run: ImportRun) -> Section:
    found = run.faults.order_by("line", "id")[:FAULTS_SHOWN]
    return Section(
        title=_("Kesalahan"),
        columns=[_("baris"), _("kolom"), _("kesalahan")],
        rows=[(fault.line, fault.column or NOTHING, words_for(fault.code)) for fault in found],
        note=_("Paling banyak 200 yang pertama."),
    )


def _by_code(run: ImportRun) -> Section:
    counted = run.faults.values("column", "code").annotate(many=Count("pk")).order_by("-many")
    return Section(
        title=_("Jumlah menurut jenis"),
        columns=[_("kolom"), _("kesalahan"), _("jumlah")],
        rows=[
            (row["column"] or NOTHING, words_for(row["code"]), row["many"]) for row in counted[:50]
        ],
    )
