"""What a correction must be: the rules of registration, asked of what is said (R21 to R28)."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from enrollment.correction_form import Correction
from enrollment.models import FieldGroup, Member, Occupation
from enrollment.names import normalise_name
from enrollment.nik import Sex, SoftCheck, soft_checks
from enrollment.services.form_checks import (
    Faults,
    check_contact,
    check_work,
    must_be_confirmed,
    parse_form_nik,
)
from enrollment.services.form_columns import (
    OCCUPATIONS,
    Named,
    changed_names,
    contact_columns,
    default_ecosystem,
    has_occupations,
    identity_columns,
    work_columns,
)
from enrollment.services.regions import known_regions
from enrollment.services.registration_checks import must_be_of_age
from perisai.errors import Invalid

PLACE: Final = "/data/set"
PRINTED_IN_NIK: Final = frozenset({"nik", "birth_date", "sex"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Wanted:
    """A correction that breaks no rule: columns by field, occupations if they are said.

    `changes` are the fields that would hold something else than now.
    """

    named: Named
    changes: tuple[str, ...]
    occupations: tuple[tuple[Occupation, bool], ...] | None = None
    doubts: tuple[SoftCheck, ...] = ()


def check_correction(correction: Correction, member: Member, *, on: date) -> Wanted:
    """What would be written; `on` is the day of capture. Changes nothing.

    Raises NikInvalid, Invalid (with every fault), SoftCheckUnconfirmed, and AgeOutOfRange of
    somebody who never paid and would have been refused on the day of registration.
    """
    faults = Faults(pointer=PLACE)
    if correction.group == FieldGroup.IDENTITY:
        wanted = _identity(correction, member, on=on, faults=faults)
    elif correction.group == FieldGroup.CONTACT:
        wanted = _contact(correction, member, faults)
    else:
        wanted = _work(correction, member, faults)
    if faults.found:
        raise Invalid(errors=tuple(faults.found))
    must_be_confirmed(wanted.doubts, confirmed=correction.soft_checks_confirmed)
    born_on = correction.identity.birth_date
    if born_on is not None and member.episode_no == 0:
        must_be_of_age(born_on, on=member.registered_on, place=PLACE)
    return wanted


def _identity(correction: Correction, member: Member, *, on: date, faults: Faults) -> Wanted:
    said = correction.identity
    nik = member.nik
    doubts: tuple[SoftCheck, ...] = ()
    if correction.said & PRINTED_IN_NIK:
        parsed = parse_form_nik(said.nik or nik, regions=known_regions(), on=on, place=PLACE)
        nik = parsed.digits
        doubts = soft_checks(
            parsed,
            birth_date=said.birth_date or member.birth_date,
            sex=said.sex or Sex(member.sex),
        )
    full_name = faults.kept("full_name", said.full_name, normalise_name)
    named = _said(identity_columns(said, nik=nik, full_name=full_name), correction)
    return Wanted(named=named, changes=tuple(changed_names(member, named)), doubts=doubts)


def _contact(correction: Correction, member: Member, faults: Faults) -> Wanted:
    said = correction.contact
    if said.household_of == member.pk:
        faults.add("household_of", "not_in_book")
    checked = check_contact(said, agent_id=member.agent_id, faults=faults)
    named = _said(contact_columns(checked), correction)
    phone = checked.phone if "phone" in named else member.phone
    if phone and "no_phone_reason" in named:
        named["no_phone_reason"] = {"no_phone_reason": None}
    changes = tuple(changed_names(member, named))
    if phone:
        named["no_phone_reason"] = {"no_phone_reason": None}
    elif "phone" in named:
        named["phone_owner"] = {"phone_owner": ""}
    return Wanted(named=named, changes=changes)


def _work(correction: Correction, member: Member, faults: Faults) -> Wanted:
    said = correction.work
    if correction.said & {"programmes", "employs_others"}:
        is_employer = (
            said.employs_others if "employs_others" in correction.said else member.employs_others
        )
        said = replace(
            said,
            programmes=said.programmes or tuple(member.programmes),
            employs_others=is_employer,
        )
    checked = check_work(said, faults=faults)
    named = _said(work_columns(checked), correction)
    changes = changed_names(member, named)
    if OCCUPATIONS not in correction.said:
        return Wanted(named=named, changes=tuple(changes))
    if not has_occupations(member, checked.occupations):
        changes.append(OCCUPATIONS)
    if not member.ecosystem and "ecosystem" not in named:
        named["ecosystem"] = {"ecosystem": default_ecosystem(checked)}
    return Wanted(named=named, changes=tuple(changes), occupations=checked.occupations)


def _said(named: Named, correction: Correction) -> Named:
    return {name: columns for name, columns in named.items() if name in correction.said}
