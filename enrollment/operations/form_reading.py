"""Reads what a form says out of an operation: one way for registration and correction."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from enrollment.correction_form import SaidIdentity
from enrollment.models import ConsentMethod, Ecosystem, PhoneOwner, Purpose, Relation
from enrollment.nik import Sex
from enrollment.operations.edits import on_our_clock
from enrollment.registration_form import (
    Contact,
    GivenConsent,
    NamedHeir,
    NamedOccupation,
    Work,
)
from perisai.models import Language
from sync.op_data import OpData
from sync.registry import Op

NAME: Final = 100
LINE: Final = 200
MOST_HEIRS: Final = 5
MOST_OCCUPATIONS_READ: Final = 5  # how many are allowed is a rule of the service

Reader = Callable[[OpData, str], Any]


def _text(longest: int) -> Reader:
    return lambda data, name: data.text(name, longest=longest)


def _digits(length: int) -> Reader:
    return lambda data, name: data.digits(name, least=length, most=length)


def _neighbourhood(data: OpData, name: str) -> str:
    """RT and RW are three digits, however they were written (R28)."""
    digits = data.digits(name, least=1, most=3)
    return digits.zfill(3) if digits else ""


def _occupations(data: OpData, name: str) -> tuple[NamedOccupation, ...]:
    return tuple(
        NamedOccupation(code=item.text("code", longest=10), is_main=item.flag("is_main"))
        for item in data.objects(name, most=MOST_OCCUPATIONS_READ)
    )


IDENTITY: Final[Mapping[str, Reader]] = {
    "nik": _text(40),
    "full_name": _text(NAME),
    "birth_date": lambda data, name: data.day(name),
    "sex": lambda data, name: data.choice(name, Sex),
    "birthplace": _text(NAME),
    "mother_maiden_name": _text(NAME),
    "kk_number": _digits(16),
}
CONTACT: Final[Mapping[str, Reader]] = {
    "village_code": _text(20),
    "address_line": _text(LINE),
    "rt": _neighbourhood,
    "rw": _neighbourhood,
    "postcode": _digits(5),
    "phone": _text(40),
    "phone_owner": lambda data, name: data.choice(name, PhoneOwner),
    "no_phone_reason": _text(NAME),
    "email": _text(NAME),
    "household_of": lambda data, name: data.uuid(name),
}
WORK: Final[Mapping[str, Reader]] = {
    "occupations": _occupations,
    "income_monthly": lambda data, name: data.integer(name),
    "programmes": lambda data, name: data.texts(name, longest=10, most=5),
    "employs_others": lambda data, name: data.flag(name),
    "ecosystem": lambda data, name: data.choice(name, Ecosystem),
    "workplace": _text(NAME),
    "season_note": _text(LINE),
}


def read_identity(data: OpData, names: Iterable[str] = IDENTITY) -> SaidIdentity:
    """What is said of an identity, by these names."""
    return SaidIdentity(**_read(data, IDENTITY, names))


def read_contact(data: OpData, names: Iterable[str] = CONTACT) -> Contact:
    """Where and how somebody is found, by these names."""
    return Contact(**_read(data, CONTACT, names))


def read_work(data: OpData, names: Iterable[str] = WORK) -> Work:
    """What somebody lives on, by these names."""
    return Work(**_read(data, WORK, names))


def read_consent(data: OpData | None, op: Op) -> GivenConsent | None:
    """What somebody agreed to, and when by our clock.

    None with its faults noted, or if nothing was said.
    """
    if data is None:
        return None
    are_said = [data.has(name) for name in ("text_version", "language", "method", "given_at")]
    purposes = data.words("purposes", Purpose, most=len(Purpose))
    text_version = data.text("text_version", longest=20)
    language = data.choice("language", Language)
    method = data.choice("method", ConsentMethod)
    given_at = data.instant("given_at")
    witness = data.text("witness", longest=NAME)
    if not all(are_said) or language is None or method is None or given_at is None:
        return None
    return GivenConsent(
        purposes=purposes,
        text_version=text_version,
        language=language,
        method=method,
        given_at=on_our_clock(given_at, op),
        witness=witness,
    )


def read_heirs(data: OpData) -> tuple[NamedHeir, ...]:
    """The heirs that a form names; those with a fault are left out, their faults noted."""
    heirs = [_heir(item) for item in data.objects("heirs", most=MOST_HEIRS)]
    return tuple(heir for heir in heirs if heir is not None)


def _heir(data: OpData) -> NamedHeir | None:
    is_said = data.has("name") and data.has("relation")
    relation = data.choice("relation", Relation)
    name = data.text("name", longest=NAME)
    birth_date = data.day("birth_date")
    phone = data.text("phone", longest=40)
    nik = data.text("nik", longest=40)
    if not is_said or relation is None:
        return None
    return NamedHeir(name=name, relation=relation, birth_date=birth_date, phone=phone, nik=nik)


def _read(data: OpData, readers: Mapping[str, Reader], names: Iterable[str]) -> dict[str, Any]:
    return {name: readers[name](data, name) for name in names}
