"""Which columns of a member hold what a form says, by the names of the form.

What is not said, or cleared, is the empty value of its column.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from enrollment.correction_form import SaidIdentity
from enrollment.models import Member, MemberOccupation, Occupation
from enrollment.registration_form import Identity
from enrollment.services.form_checks import CheckedContact, CheckedWork
from enrollment.services.registration_checks import CheckedForm
from perisai.privacy import blind_index, name_words

Columns = dict[str, Any]  # values of a Member's columns, as its constructor takes them
Named = dict[str, Columns]  # the columns of each field of a form

OCCUPATIONS: Final = "occupations"


def identity_columns(said: Identity | SaidIdentity, *, nik: str, full_name: str) -> Named:
    """Of an identity, with NIK and name as they are kept."""
    return {
        "nik": {"nik": nik, "nik_index": blind_index("nik", nik)},
        "full_name": {"full_name": full_name},
        "birth_date": {"birth_date": said.birth_date},
        "sex": {"sex": said.sex},
        "birthplace": {"birthplace": said.birthplace or None},
        "mother_maiden_name": {"mother_maiden_name": said.mother_maiden_name or None},
        "kk_number": {"kk_number": said.kk_number or None},
    }


def contact_columns(checked: CheckedContact) -> Named:
    """Of where and how somebody is found (R26, R28)."""
    said, phone = checked.said, checked.phone
    return {
        "village_code": {"village": checked.village},
        "address_line": {"address_line": said.address_line or None},
        "rt": {"rt": said.rt},
        "rw": {"rw": said.rw},
        "postcode": {"postcode": said.postcode},
        "phone": {
            "phone": phone or None,
            "phone_index": blind_index("phone", phone) if phone else None,
        },
        "phone_owner": {"phone_owner": said.phone_owner or ""},
        "no_phone_reason": {"no_phone_reason": None if phone else said.no_phone_reason or None},
        "email": {"email": checked.email or None},
        "household_of": {"household_of_id": said.household_of},
    }


def work_columns(checked: CheckedWork) -> Named:
    """Of what somebody lives on; the occupations themselves are rows of their own."""
    said = checked.said
    return {
        "ecosystem": {"ecosystem": said.ecosystem or default_ecosystem(checked)},
        "income_monthly": {"income_monthly": said.income_monthly},
        "programmes": {"programmes": list(checked.programmes)},
        "employs_others": {"employs_others": said.employs_others},
        "workplace": {"workplace": said.workplace or None},
        "season_note": {"season_note": said.season_note or None},
    }


def said_columns(checked: CheckedForm) -> Named:
    """Of a whole form, without the NIK; what the form does not say is left out."""
    identity = checked.form.identity
    named = {
        **identity_columns(identity, nik=checked.nik.digits, full_name=checked.full_name),
        **contact_columns(checked.contact),
        **work_columns(checked.work),
    }
    del named["nik"]
    if not checked.work.programmes:
        del named["employs_others"]
    return {
        name: columns
        for name, columns in named.items()
        if any(value not in (None, "", []) for value in columns.values())
    }


def default_ecosystem(checked: CheckedWork) -> str:
    """That of the main occupation (R25)."""
    return next((one.ecosystem for one, is_main in checked.occupations if is_main), "")


def flat(named: Named) -> Columns:
    """All columns of these fields."""
    return {column: value for columns in named.values() for column, value in columns.items()}


def changed_names(member: Member, named: Named) -> list[str]:
    """The fields of which some column would hold another value."""
    return [
        name
        for name, columns in named.items()
        if any(_held(getattr(member, column)) != _held(value) for column, value in columns.items())
    ]


def set_columns(member: Member, columns: Mapping[str, Any]) -> list[str]:
    """Set these columns, and what follows from name and place; all columns to be saved."""
    for column, value in columns.items():
        setattr(member, column, value)
    follow: list[str] = []
    if "village" in columns and member.village is not None:
        member.regency_code = member.village.district_id[:4]
        follow = ["regency_code"]
    if {"village", "full_name"} & columns.keys():
        member.name_words = name_words(member.full_name, regency_code=member.regency_code)
        follow = [*follow, "name_words"]
    return [*columns, *follow]


def has_occupations(member: Member, wanted: Iterable[tuple[Occupation, bool]]) -> bool:
    """Whether these are the member's occupations already."""
    held = {(named.occupation_id, named.is_main) for named in member.occupations.all()}
    return held == {(occupation.pk, is_main) for occupation, is_main in wanted}


def add_occupations(member: Member, wanted: Iterable[tuple[Occupation, bool]]) -> None:
    """Keep the occupations of a member who has none."""
    MemberOccupation.objects.bulk_create(
        MemberOccupation(member=member, occupation=occupation, is_main=is_main)
        for occupation, is_main in wanted
    )


def replace_occupations(member: Member, wanted: Iterable[tuple[Occupation, bool]]) -> None:
    """Put these occupations in the place of all earlier ones."""
    member.occupations.all().delete()
    add_occupations(member, wanted)


def value_for_record(member: Member, name: str) -> Any:
    """What a field of the form holds now, as JSON."""
    if name == OCCUPATIONS:
        return [[named.occupation_id, named.is_main] for named in member.occupations.all()]
    column = {"village_code": "village_id", "household_of": "household_of_id"}.get(name, name)
    value = getattr(member, column)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | list) else str(value)


def _held(value: Any) -> Any:
    """A value as it is compared: bytes come as views, a text that is not there is empty."""
    if isinstance(value, memoryview):
        return bytes(value)
    return None if value == "" else value
