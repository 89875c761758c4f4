"""A supervisor corrects a member: one part at a time, with the reason, the old values kept.

A page shows these data masked, so an empty field means untouched; what is to be cleared is named.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from enrollment.correction_form import FIELDS_OF, NEVER_CLEARED, Correction, SaidIdentity
from enrollment.errors import DuplicateIdentity
from enrollment.models import Ecosystem, FieldGroup, Member, PhoneOwner
from enrollment.nik import Sex, SoftCheck
from enrollment.programmes import Programme
from enrollment.registration_form import Contact, NamedOccupation, Work
from enrollment.services.corrections import correct_member
from enrollment.services.occupations import named_occupations
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done
from supervision.admin.field_words import FIELDS, OWNERS, SEXES
from supervision.admin.member_closing import edit_of
from supervision.admin.reasons import ReasonForm
from supervision.admin.words import ECOSYSTEMS, Words, say

YES_OR_NO: Final[Words] = {"yes": gettext_lazy("ya"), "no": gettext_lazy("tidak")}
UNSAID: Final = ("", "–")  # noqa: RUF001  a dash: nothing is said


class CorrectionForm(ReasonForm):
    """What every part asks beside its own fields: why."""

    def __init__(self, *sent: Any) -> None:
        super().__init__(*sent)
        self.fields["reason"].help_text = gettext_lazy(
            "Dicatat bersama nilai lama; tanpa data pribadi."
        )
        self.order_fields([name for name in self.fields if name != "reason"])


def choices(words: Words) -> list[tuple[str, Promise | str]]:
    """The words of a list of codes, with nothing said as the first one."""
    return [UNSAID, *words.items()]


class IdentityForm(CorrectionForm):
    """As printed on the card."""

    nik = forms.CharField(label=gettext_lazy("NIK"), max_length=40, required=False)
    full_name = forms.CharField(label=gettext_lazy("nama lengkap"), max_length=100, required=False)
    birth_date = forms.DateField(
        label=gettext_lazy("tanggal lahir"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    sex = forms.ChoiceField(
        label=gettext_lazy("jenis kelamin"), choices=choices(SEXES), required=False
    )
    birthplace = forms.CharField(label=gettext_lazy("tempat lahir"), max_length=100, required=False)
    mother_maiden_name = forms.CharField(
        label=gettext_lazy("nama gadis ibu kandung"), max_length=100, required=False
    )
    kk_number = forms.RegexField(
        r"^[0-9]{16}$", label=gettext_lazy("nomor KK"), max_length=16, required=False
    )
    soft_checks_confirmed = forms.MultipleChoiceField(
        label=gettext_lazy("Keraguan NIK yang sudah dicocokkan dengan kartu"),
        choices=SoftCheck.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class ContactForm(CorrectionForm):
    """Where and how the person is found."""

    phone = forms.CharField(label=gettext_lazy("telepon"), max_length=40, required=False)
    phone_owner = forms.ChoiceField(
        label=gettext_lazy("pemilik telepon"), choices=choices(OWNERS), required=False
    )
    no_phone_reason = forms.CharField(
        label=gettext_lazy("alasan tanpa telepon"), max_length=100, required=False
    )
    email = forms.EmailField(label=gettext_lazy("surel"), max_length=100, required=False)
    village_code = forms.CharField(
        label=gettext_lazy("kode desa/kelurahan"), max_length=20, required=False
    )
    address_line = forms.CharField(label=gettext_lazy("alamat"), max_length=200, required=False)
    rt = forms.RegexField(r"^[0-9]{1,3}$", label=gettext_lazy("RT"), required=False)
    rw = forms.RegexField(r"^[0-9]{1,3}$", label=gettext_lazy("RW"), required=False)
    postcode = forms.RegexField(r"^[0-9]{5}$", label=gettext_lazy("kode pos"), required=False)


class WorkForm(CorrectionForm):
    """What the person lives on."""

    main = forms.ChoiceField(label=gettext_lazy("pekerjaan utama"), required=False)
    extra = forms.ChoiceField(label=gettext_lazy("pekerjaan tambahan"), required=False)
    ecosystem = forms.ChoiceField(
        label=gettext_lazy("ekosistem"), choices=choices(ECOSYSTEMS), required=False
    )
    income_monthly = forms.IntegerField(
        label=gettext_lazy("penghasilan sebulan, rupiah"), min_value=0, required=False
    )
    employs_others = forms.ChoiceField(
        label=gettext_lazy("mempekerjakan orang lain"), choices=choices(YES_OR_NO), required=False
    )
    workplace = forms.CharField(label=gettext_lazy("tempat kerja"), max_length=100, required=False)
    season_note = forms.CharField(
        label=gettext_lazy("catatan musim"), max_length=200, required=False
    )

    def clean(self) -> dict[str, Any]:
        """Occupations are replaced as a whole, so an extra one needs the main one beside it."""
        said = super().clean() or {}
        if said.get("extra") and not said.get("main"):
            self.add_error("main", _("Sebutkan juga pekerjaan utama."))
        return said


class ProgrammeForm(CorrectionForm):
    """The programmes, from the next month that was not billed."""

    programmes = forms.MultipleChoiceField(
        label=gettext_lazy("program"),
        choices=Programme.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class CorrectPart(Act[Member]):
    """Correct one part of a member. Subclasses name the group and read the form."""

    group: ClassVar[FieldGroup]
    doers = frozenset({Role.SUPERVISOR})
    explanation: ClassVar[Promise] = gettext_lazy(
        "Isi hanya yang berubah. Agen dan riwayat peserta mencatat perbaikan ini."
    )

    def is_offered(self, record: Member | None, user: User) -> bool:
        """A closed member is not edited (R20)."""
        return record is not None and record.closed_on is None

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """With what may be cleared, where something may."""
        form = self.form(*sent)
        clearable = [
            name
            for name in FIELDS_OF[self.group]
            if name not in NEVER_CLEARED and name in form.fields
        ]
        if clearable:
            form.fields["cleared"] = forms.MultipleChoiceField(
                label=gettext_lazy("Kosongkan"),
                choices=[(name, say(FIELDS, name)) for name in clearable],
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        form.order_fields([name for name in form.fields if name != "reason"])
        return form

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """The part of the correction that the form says."""
        raise NotImplementedError  # each subclass says it

    def said(self, data: Mapping[str, Any]) -> frozenset[str]:
        """The fields that are filled, or are to be cleared."""
        filled = {name for name in FIELDS_OF[self.group] if data.get(name) not in (None, "", [])}
        return frozenset(filled | set(data.get("cleared", [])))

    def carry_out(self, record: Member, asked: Asked) -> Done:
        """Call the service that agents' corrections take too; the newest revision is the base."""
        correction = Correction(
            member_id=record.pk,
            group=self.group,
            said=self.said(asked.data),
            base_rev=record.rev,
            soft_checks_confirmed=frozenset(asked.data.get("soft_checks_confirmed", [])),
            **self.read(asked.data),
        )
        edited = correct_member(correction, by=edit_of(asked))
        if edited.word == "conflict":
            raise DuplicateIdentity
        return Done(
            message=_("Perbaikan dicatat.") if edited.ours else _("Tidak ada yang berubah.")
        )


class CorrectIdentity(CorrectPart):
    """Name, NIK, birth."""

    name = "correct-identity"
    title = gettext_lazy("Perbaiki identitas")
    group = FieldGroup.IDENTITY
    form = IdentityForm

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """As the card says."""
        texts = ("nik", "full_name", "mother_maiden_name", "birthplace", "kk_number")
        sex = Sex(data["sex"]) if data["sex"] else None
        said = {name: data[name] for name in texts}
        return {"identity": SaidIdentity(birth_date=data["birth_date"], sex=sex, **said)}


class CorrectContact(CorrectPart):
    """Phone and address."""

    name = "correct-contact"
    title = gettext_lazy("Perbaiki kontak")
    group = FieldGroup.CONTACT
    form = ContactForm

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """RT and RW are three digits (R28)."""
        texts = ("village_code", "address_line", "postcode", "phone", "no_phone_reason", "email")
        owner = PhoneOwner(data["phone_owner"]) if data["phone_owner"] else None
        said: dict[str, Any] = {name: data[name] for name in texts}
        near: dict[str, Any] = {name: _three_digits(data[name]) for name in ("rt", "rw")}
        return {"contact": Contact(phone_owner=owner, **near, **said)}


def _three_digits(text: str) -> str:
    return text.zfill(3) if text else ""


class CorrectWork(CorrectPart):
    """Occupations and income."""

    name = "correct-work"
    title = gettext_lazy("Perbaiki pekerjaan")
    group = FieldGroup.WORK
    form = WorkForm

    def make_form(self, record: Member | None, user: User, *sent: Any) -> forms.Form:
        """With the occupations of the list, in the reader's language."""
        form = super().make_form(record, user, *sent)
        known = named_occupations(get_language() or "")
        for place in ("main", "extra"):
            form.fields[place] = forms.ChoiceField(
                label=form.fields[place].label, choices=[UNSAID, *known], required=False
            )
        return form

    def said(self, data: Mapping[str, Any]) -> frozenset[str]:
        """Two choices are one field of the member."""
        return super().said(data) | (frozenset({"occupations"}) if data["main"] else frozenset())

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """One or two occupations, the first of them the main one (R25)."""
        codes = [code for code in (data["main"], data["extra"]) if code]
        named = (NamedOccupation(code=code, is_main=not at) for at, code in enumerate(codes))
        work = Work(
            occupations=tuple(named),
            income_monthly=data["income_monthly"],
            employs_others=data["employs_others"] == "yes",
            ecosystem=Ecosystem(data["ecosystem"]) if data["ecosystem"] else None,
            workplace=data["workplace"],
            season_note=data["season_note"],
        )
        return {"work": work}


class CorrectProgrammes(CorrectPart):
    """The programmes."""

    name = "correct-programmes"
    title = gettext_lazy("Perbaiki program")
    group = FieldGroup.PROGRAMME
    form = ProgrammeForm

    def read(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """JKK and JKM go together (R1)."""
        return {"work": Work(programmes=tuple(data["programmes"]))}


CORRECTIONS: Final = (CorrectIdentity(), CorrectContact(), CorrectWork(), CorrectProgrammes())
