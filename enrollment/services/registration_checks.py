"""What a form must be before anybody becomes a member by it (R21 to R28, R36).

Each fault names its place in the operation. Faults of the form are told together; then, one by
one, what has a code of its own: the NIK, the consent, the doubts about the NIK.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from django.conf import settings

from enrollment.ages import AgeResult, age_at_registration
from enrollment.errors import (
    AgeOutOfRange,
    ConsentMissing,
    NikInvalid,
    SoftCheckUnconfirmed,
    UnknownConsentText,
)
from enrollment.models import ConsentText, Member, Occupation, Purpose
from enrollment.names import normalise_name
from enrollment.nik import KnownRegions, Nik, SoftCheck, parse_nik, soft_checks
from enrollment.programmes import Programme, check_programmes, parse_programmes
from enrollment.registration_form import GivenConsent, NamedOccupation, RegistrationForm, Work
from enrollment.services.heirs import CheckedHeir, check_heir
from enrollment.services.regions import known_regions
from enrollment.services.rules import age_limits, nik_policy
from perisai.clock import official_date
from perisai.errors import DomainError, FieldError, Invalid
from perisai.models import Village
from perisai.phones import normalise_phone

T = TypeVar("T")

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedForm:
    """A form that breaks no rule, with what it names looked up and written as it is kept."""

    form: RegistrationForm
    consent: GivenConsent
    nik: Nik
    full_name: str
    phone: str
    email: str
    village: Village | None
    occupations: tuple[tuple[Occupation, bool], ...]
    programmes: tuple[str, ...]
    heirs: tuple[CheckedHeir, ...]
    doubts: tuple[SoftCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of a form, gathered."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, name: str, code: str) -> None:
        """A fault of one member of the data."""
        self.found.append(FieldError(pointer=f"/data/{name}", code=code))

    def kept(self, name: str, text: str, normalise: Callable[[str], str]) -> str:
        """A text as it is kept, empty if not said; what normalising refuses is a fault."""
        try:
            return normalise(text) if text else ""
        except DomainError as refusal:
            self.found.append(
                FieldError(pointer=f"/data/{name}", code=refusal.code, detail=str(refusal.detail))
            )
            return ""


def check_form(form: RegistrationForm, *, agent_id: UUID, on: date) -> CheckedForm:
    """The form as it will be kept; `on` is the day of capture. Changes nothing.

    Raises NikInvalid, Invalid (with every fault), ConsentMissing, UnknownConsentText or
    SoftCheckUnconfirmed.
    """
    regions = known_regions()
    nik = _parse_nik(form.identity.nik, regions=regions, on=on)
    faults = Faults()
    checked = CheckedForm(
        form=form,
        consent=_consent_of(form),
        nik=nik,
        full_name=faults.kept("full_name", form.identity.full_name, normalise_name),
        phone=faults.kept("phone", form.contact.phone, normalise_phone),
        email=_email(form.contact.email, faults),
        village=_village(form.contact.village_code, faults),
        occupations=_occupations(form.work.occupations, faults),
        programmes=_programmes(form.work, faults),
        heirs=tuple(
            check_heir(heir, place=f"heirs/{number}", on=on, regions=regions, faults=faults.found)
            for number, heir in enumerate(form.heirs)
        ),
        doubts=soft_checks(nik, birth_date=form.identity.birth_date, sex=form.identity.sex),
    )
    _check_household(form.household_of, agent_id, faults)
    if faults.found:
        raise Invalid(errors=tuple(faults.found))
    _check_consent_text(checked.consent)
    _must_be_confirmed(checked)
    return checked


def must_be_of_age(birth_date: date, *, on: date) -> None:
    """Asked of who joins, not of who comes back (R21). Raises AgeOutOfRange."""
    result = age_at_registration(birth_date, on=on, limits=age_limits())
    if result is not AgeResult.OK:
        fault = FieldError(pointer="/data/birth_date", code=result.value, detail=str(result.label))
        raise AgeOutOfRange(errors=(fault,), reason=result.value)


def _parse_nik(text: str, *, regions: KnownRegions, on: date) -> Nik:
    try:
        return parse_nik(text, regions=regions, today=on, policy=nik_policy())
    except NikInvalid as refusal:
        reason = refusal.context["reason"]
        fault = FieldError(pointer="/data/nik", code=reason, detail=refusal.detail)
        raise NikInvalid(refusal.detail, errors=(fault,), reason=reason) from None


def _consent_of(form: RegistrationForm) -> GivenConsent:
    if form.consent is None:
        raise ConsentMissing(errors=(FieldError(pointer="/data/consent", code="required"),))
    if Purpose.REGISTRATION not in form.consent.purposes:
        fault = FieldError(pointer="/data/consent/purposes", code="registration_required")
        raise ConsentMissing(errors=(fault,))
    return form.consent


def _check_consent_text(consent: GivenConsent) -> None:
    is_known = ConsentText.objects.filter(
        version=consent.text_version,
        language=consent.language,
        valid_from__lte=official_date(consent.given_at),
    ).exists()
    if not is_known:
        fault = FieldError(pointer="/data/consent/text_version", code="unknown_consent_text")
        raise UnknownConsentText(errors=(fault,))


def _email(text: str, faults: Faults) -> str:
    if text and not _EMAIL.fullmatch(text):
        faults.add("email", "email_invalid")
    return text.lower()


def _village(code: str, faults: Faults) -> Village | None:
    if not code:
        return None
    village = Village.objects.filter(code=code).first()
    if village is None:
        faults.add("village_code", "unknown_village")
    return village


def _occupations(
    named: tuple[NamedOccupation, ...], faults: Faults
) -> tuple[tuple[Occupation, bool], ...]:
    """One or two, one of them the main one (R25)."""
    if not named:
        return ()
    known = Occupation.objects.in_bulk([occupation.code for occupation in named])
    if len(known) < len({occupation.code for occupation in named}):
        faults.add("occupations", "unknown_occupation")
    elif len(known) < len(named):
        faults.add("occupations", "occupation_twice")
    elif len(named) > settings.REGISTRATION_MAX_OCCUPATIONS:
        faults.add("occupations", "too_many")
    elif sum(occupation.is_main for occupation in named) != 1:
        faults.add("occupations", "one_main_required")
    else:
        return tuple((known[occupation.code], occupation.is_main) for occupation in named)
    return ()


def _programmes(work: Work, faults: Faults) -> tuple[str, ...]:
    if work.income_monthly is not None and work.income_monthly < 0:
        faults.add("income_monthly", "income_invalid")
    if not work.programmes:
        return ()
    try:
        programmes = parse_programmes(work.programmes)
        check_programmes(programmes, is_employer=work.employs_others)
    except DomainError as refusal:
        faults.add("programmes", refusal.code)
        return ()
    return tuple(name for name in Programme.values if name in programmes)


def _check_household(member_id: UUID | None, agent_id: UUID, faults: Faults) -> None:
    if member_id is None:
        return
    if not Member.objects.served_by(agent_id).filter(pk=member_id).exists():
        faults.add("household_of", "not_in_book")


def _must_be_confirmed(checked: CheckedForm) -> None:
    unconfirmed = [
        doubt.value
        for doubt in checked.doubts
        if doubt.value not in checked.form.soft_checks_confirmed
    ]
    if unconfirmed:
        pointer = "/data/soft_checks_confirmed"
        faults = tuple(FieldError(pointer=pointer, code=doubt) for doubt in unconfirmed)
        raise SoftCheckUnconfirmed(errors=faults, unconfirmed=unconfirmed)
