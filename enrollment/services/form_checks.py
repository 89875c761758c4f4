"""What the parts of a form must be, whoever says them and when (R22, R24 to R28).

Registration and correction ask the same functions. Each fault names its place in the operation.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.conf import settings

from enrollment.emails import normalise_email
from enrollment.errors import NikInvalid, SoftCheckUnconfirmed
from enrollment.models import Member, Occupation
from enrollment.nik import KnownRegions, Nik, SoftCheck, parse_nik
from enrollment.programmes import Programme, check_programmes, parse_programmes
from enrollment.registration_form import Contact, NamedOccupation, Work
from enrollment.services.rules import nik_policy
from perisai.errors import DomainError, FieldError
from perisai.models import Village
from perisai.phones import normalise_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults of a form, gathered; `pointer` is where its members stand."""

    pointer: str = "/data"
    found: list[FieldError] = field(default_factory=list)

    def add(self, name: str, code: str) -> None:
        """A fault of one member of the data."""
        self.found.append(FieldError(pointer=f"{self.pointer}/{name}", code=code))

    def kept(self, name: str, text: str, normalise: Callable[[str], str]) -> str:
        """A text as it is kept, empty if not said; what normalising refuses is a fault."""
        try:
            return normalise(text) if text else ""
        except DomainError as refusal:
            place = f"{self.pointer}/{name}"
            fault = FieldError(pointer=place, code=refusal.code, detail=str(refusal.detail))
            self.found.append(fault)
            return ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedContact:
    """Where and how somebody is found, with what it names looked up and as it is kept."""

    said: Contact
    phone: str
    email: str
    village: Village | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedWork:
    """What somebody lives on, with the occupations looked up."""

    said: Work
    occupations: tuple[tuple[Occupation, bool], ...]
    programmes: tuple[str, ...]


def parse_form_nik(text: str, *, regions: KnownRegions, on: date, place: str = "/data") -> Nik:
    """A sound NIK. Raises NikInvalid with its reason under `{place}/nik` (R22)."""
    try:
        return parse_nik(text, regions=regions, today=on, policy=nik_policy())
    except NikInvalid as refusal:
        reason = refusal.context["reason"]
        fault = FieldError(pointer=f"{place}/nik", code=reason, detail=refusal.detail)
        raise NikInvalid(refusal.detail, errors=(fault,), reason=reason) from None


def must_be_confirmed(doubts: Iterable[SoftCheck], *, confirmed: frozenset[str]) -> None:
    """What looks odd counts once an agent has looked at the card. Raises SoftCheckUnconfirmed."""
    unconfirmed = [doubt.value for doubt in doubts if doubt.value not in confirmed]
    if unconfirmed:
        pointer = "/data/soft_checks_confirmed"
        faults = tuple(FieldError(pointer=pointer, code=doubt) for doubt in unconfirmed)
        raise SoftCheckUnconfirmed(errors=faults, unconfirmed=unconfirmed)


def check_contact(said: Contact, *, agent_id: UUID | None, faults: Faults) -> CheckedContact:
    """Phone, e-mail, village and household. `agent_id`: whose members a household may be of."""
    checked = CheckedContact(
        said=said,
        phone=faults.kept("phone", said.phone, normalise_phone),
        email=faults.kept("email", said.email, normalise_email),
        village=check_village(said.village_code, faults),
    )
    _check_household(said.household_of, agent_id, faults)
    return checked


def check_work(said: Work, *, faults: Faults) -> CheckedWork:
    """Occupations, income and programmes."""
    return CheckedWork(
        said=said,
        occupations=_occupations(said.occupations, faults),
        programmes=_programmes(said, faults),
    )


def check_village(code: str, faults: Faults) -> Village | None:
    """A village of the edition in use; None if none is said (R28)."""
    if not code:
        return None
    village = Village.objects.filter(code=code).first()
    if village is None:
        faults.add("village_code", "unknown_village")
    return village


def _check_household(member_id: UUID | None, agent_id: UUID | None, faults: Faults) -> None:
    if member_id is None:
        return
    own = Member.objects.filter(agent=agent_id, pk=member_id)
    if agent_id is None or not own.exists():
        faults.add("household_of", "not_in_book")


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
