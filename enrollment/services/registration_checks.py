"""What a form must be before anybody becomes a member by it (R21 to R28, R36).

Faults of the form are told together; then, one by one, what has a code of its own: the NIK, the
consent, the doubts about the NIK.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from enrollment.ages import AgeResult, age_at_registration
from enrollment.errors import AgeOutOfRange, ConsentMissing, UnknownConsentText
from enrollment.models import ConsentText, Purpose
from enrollment.names import normalise_name
from enrollment.nik import Nik, SoftCheck, soft_checks
from enrollment.registration_form import GivenConsent, RegistrationForm
from enrollment.services.form_checks import (
    CheckedContact,
    CheckedWork,
    Faults,
    check_contact,
    check_work,
    must_be_confirmed,
    parse_form_nik,
)
from enrollment.services.heirs import CheckedHeir, check_heir
from enrollment.services.regions import known_regions
from enrollment.services.rules import age_limits
from perisai.clock import official_date
from perisai.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedForm:
    """A form that breaks no rule, with what it names looked up and written as it is kept."""

    form: RegistrationForm
    consent: GivenConsent
    nik: Nik
    full_name: str
    contact: CheckedContact
    work: CheckedWork
    heirs: tuple[CheckedHeir, ...]
    doubts: tuple[SoftCheck, ...]


def check_form(form: RegistrationForm, *, agent_id: UUID, on: date) -> CheckedForm:
    """The form as it will be kept; `on` is the day of capture. Changes nothing.

    Raises NikInvalid, Invalid (with every fault), ConsentMissing, UnknownConsentText or
    SoftCheckUnconfirmed.
    """
    regions = known_regions()
    nik = parse_form_nik(form.identity.nik, regions=regions, on=on)
    faults = Faults()
    checked = CheckedForm(
        form=form,
        consent=_consent_of(form),
        nik=nik,
        full_name=faults.kept("full_name", form.identity.full_name, normalise_name),
        contact=check_contact(form.contact, agent_id=agent_id, faults=faults),
        work=check_work(form.work, faults=faults),
        heirs=tuple(
            check_heir(heir, place=f"heirs/{number}", on=on, regions=regions, faults=faults.found)
            for number, heir in enumerate(form.heirs)
        ),
        doubts=soft_checks(nik, birth_date=form.identity.birth_date, sex=form.identity.sex),
    )
    if faults.found:
        raise Invalid(errors=tuple(faults.found))
    check_consent_text(checked.consent, pointer="/data/consent/text_version")
    must_be_confirmed(checked.doubts, confirmed=form.soft_checks_confirmed)
    return checked


def must_be_of_age(birth_date: date, *, on: date, place: str = "/data") -> None:
    """Asked of who joins, not of who comes back (R21). Raises AgeOutOfRange."""
    result = age_at_registration(birth_date, on=on, limits=age_limits())
    if result is not AgeResult.OK:
        pointer = f"{place}/birth_date"
        fault = FieldError(pointer=pointer, code=result.value, detail=str(result.label))
        raise AgeOutOfRange(errors=(fault,), reason=result.value)


def check_consent_text(consent: GivenConsent, *, pointer: str) -> None:
    """The text must have been in force when it was agreed to. Raises UnknownConsentText."""
    is_known = ConsentText.objects.filter(
        version=consent.text_version,
        language=consent.language,
        valid_from__lte=official_date(consent.given_at),
    ).exists()
    if not is_known:
        raise UnknownConsentText(errors=(FieldError(pointer=pointer, code="unknown_consent_text"),))


def _consent_of(form: RegistrationForm) -> GivenConsent:
    if form.consent is None:
        raise ConsentMissing(errors=(FieldError(pointer="/data/consent", code="required"),))
    if Purpose.REGISTRATION not in form.consent.purposes:
        fault = FieldError(pointer="/data/consent/purposes", code="registration_required")
        raise ConsentMissing(errors=(fault,))
    return form.consent
