"""What the offices do with requests of people about their own data (R36)."""

from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from enrollment.models import (
    IdentityCheck,
    LimitKind,
    Member,
    Outcome,
    ProcessingLimit,
    RequestKind,
    SubjectCopy,
    SubjectRequest,
)
from enrollment.services.processing_limits import lift_limit
from enrollment.services.subject_copies import ask_for_copy, hand_over
from enrollment.services.subject_requests import (
    COPIED,
    DECIDERS,
    SHORTEST_REASON,
    TAKERS,
    DecisionForm,
    RequestForm,
    decide_request,
    take_in_at_office,
)
from perisai import clock
from perisai.ids import new_id
from perisai.models import Language, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.copy_files import copy_file
from supervision.admin.showing import instant

LIMIT_OF: Final = {
    RequestKind.RESTRICTION: LimitKind.RESTRICTION,
    RequestKind.OBJECTION: LimitKind.NO_SCORING,
}


class TakeInForm(forms.Form):
    """What is asked, and how it was made sure who asks; the id makes a second sending harmless."""

    id = forms.UUIDField(widget=forms.HiddenInput, initial=new_id)
    kind = forms.ChoiceField(label=gettext_lazy("Permintaan"), choices=RequestKind.choices)
    identity_check = forms.ChoiceField(
        label=gettext_lazy("Identitas diperiksa lewat"), choices=IdentityCheck.choices
    )
    words = forms.CharField(
        label=gettext_lazy("Kata-kata peserta"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TakeIn(Act[Member]):
    """The clock begins to run."""

    name = "subject-request"
    title = gettext_lazy("Catat permintaan atas data diri")
    doers = TAKERS
    explanation = gettext_lazy(
        "NIK dan tanggal lahir tidak membuktikan siapa yang meminta: temui langsung, atau kirim "
        "kode ke telepon terdaftar."
    )
    form = TakeInForm

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Take it in."""
        said = asked.data
        form = RequestForm(
            id=said["id"],
            kind=RequestKind(said["kind"]),
            identity_check=IdentityCheck(said["identity_check"]),
            words=said["words"],
        )
        request = take_in_at_office(record.pk, form, by=asked.user, now=clock.now())
        return Done(
            message=_("Permintaan dicatat; harus diputuskan sebelum %(due)s.")
            % {"due": instant(request.due_at)}
        )


class DecideForm(forms.Form):
    """How it ends, and why."""

    outcome = forms.ChoiceField(label=gettext_lazy("Keputusan"), choices=Outcome.choices)
    reason = forms.CharField(
        label=gettext_lazy("Alasan"),
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class Decide(Act[SubjectRequest]):
    """Ends a request, with what follows from it."""

    name = "decide"
    title = gettext_lazy("Putuskan")
    doers = DECIDERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Dipenuhi berlaku seketika: data dihapus, dibatasi, atau tidak dinilai lagi. Perbaikan "
        "data dilakukan lebih dahulu di halaman peserta; salinan diserahkan lebih dahulu."
    )
    form = DecideForm

    def is_offered(self, record: SubjectRequest | None, user: User) -> bool:
        """Open, and taken in by somebody else."""
        return record is not None and is_open(record) and record.taken_by_id != user.pk

    def carry_out(self, record: SubjectRequest, asked: Asked) -> Done:
        """Decide."""
        said = DecisionForm(outcome=Outcome(asked.data["outcome"]), reason=asked.data["reason"])
        decide_request(record.pk, said, by=asked.user, now=clock.now())
        return Done(message=_("Permintaan diputuskan."))


class AskCopy(Act[SubjectRequest]):
    """Has a copy built that only the asking person is handed."""

    name = "ask-copy"
    title = gettext_lazy("Siapkan salinan")
    doers = DECIDERS
    needs_step_up = True
    explanation = gettext_lazy(
        "Salinan berisi semua data peserta. Hanya Anda yang dapat mengambilnya, satu kali, dalam "
        "24 jam."
    )

    def is_offered(self, record: SubjectRequest | None, user: User) -> bool:
        """For access and copy, while it is open, and taken in by somebody else."""
        if record is None or record.taken_by_id == user.pk:
            return False
        return record.kind in COPIED and is_open(record)

    def carry_out(self, record: SubjectRequest, asked: Asked) -> Done:
        """Ask for it, in the reader's language; beat builds it within a minute."""
        language = Language.ENGLISH if get_language() == "en" else Language.INDONESIAN
        ask_for_copy(record.pk, by=asked.user, language=language, now=clock.now())
        return Done(message=_("Salinan sedang disiapkan; ambil di halaman ini sebentar lagi."))


class HandOver(Act[SubjectRequest]):
    """Downloads the copy; the stored one is destroyed in the same step."""

    name = "hand-over"
    title = gettext_lazy("Ambil salinan")
    doers = DECIDERS
    needs_step_up = True
    explanation = gettext_lazy("Berkas hanya dapat diambil satu kali. Serahkan kepada peserta.")

    def is_offered(self, record: SubjectRequest | None, user: User) -> bool:
        """A copy of this user's is there."""
        return (
            record is not None
            and SubjectCopy.objects.visible_to(user)
            .filter(request=record, made_by=user, gone_at__isnull=True)
            .exists()
        )

    def carry_out(self, record: SubjectRequest, asked: Asked) -> HttpResponse:
        """A ZIP file with a page to read and the same as JSON; its name names nobody."""
        copy, dossier = hand_over(record.pk, by=asked.user, now=clock.now())
        response = HttpResponse(
            copy_file(dossier, language=copy.language), content_type="application/zip"
        )
        response["Content-Disposition"] = f'attachment; filename="salinan-{copy.pk}.zip"'
        add_never_cache_headers(response)
        return response


class Lift(Act[SubjectRequest]):
    """Ends the restriction, or the objection, that this request brought."""

    name = "lift"
    title = gettext_lazy("Akhiri pembatasan")
    doers = DECIDERS
    needs_step_up = True

    def is_offered(self, record: SubjectRequest | None, user: User) -> bool:
        """While it is in force."""
        kind = limit_of(record)
        return (
            record is not None
            and kind is not None
            and ProcessingLimit.objects.in_force(kind).filter(member=record.member_id).exists()
        )

    def carry_out(self, record: SubjectRequest, asked: Asked) -> Done:
        """Lift it."""
        kind = limit_of(record)
        if kind is not None:
            lift_limit(record.member_id, kind, by=asked.user, now=clock.now())
        return Done(message=_("Pembatasan diakhiri."))


def is_open(request: SubjectRequest) -> bool:
    """Nobody has decided; reads `decision`: select it for many."""
    return not hasattr(request, "decision")


def limit_of(request: Any) -> LimitKind | None:
    """The limit that a request of this kind brings."""
    return LIMIT_OF.get(RequestKind(request.kind)) if request is not None else None
