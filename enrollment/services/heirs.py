"""The heirs that a member names; of minors only name, relation and birth year are kept (R36)."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings

from enrollment.ages import completed_years
from enrollment.models import Heir, Member
from enrollment.names import normalise_name
from enrollment.nik import KnownRegions, NikReading, read_nik
from enrollment.registration_form import NamedHeir
from perisai.errors import DomainError, FieldError
from perisai.phones import normalise_phone


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CheckedHeir:
    """One heir as it will be kept; empty texts and None are not known, or not ours to keep."""

    name: str
    relation: str
    birth_year: int | None
    phone: str
    nik: str


def check_heir(
    heir: NamedHeir, *, place: str, on: date, regions: KnownRegions, faults: list[FieldError]
) -> CheckedHeir:
    """An heir as it will be kept; adds its faults under `/data/{place}`."""
    reading = read_nik(heir.nik, regions=regions, today=on) if heir.nik else None
    if reading is not None and reading.fault is not None:
        faults.append(FieldError(pointer=f"/data/{place}/nik", code=reading.fault.value))
    name, phone = "", ""
    try:
        name = normalise_name(heir.name)
    except DomainError as refusal:
        faults.append(FieldError(pointer=f"/data/{place}/name", code=refusal.code))
    try:
        phone = normalise_phone(heir.phone) if heir.phone else ""
    except DomainError as refusal:
        faults.append(FieldError(pointer=f"/data/{place}/phone", code=refusal.code))
    born_on = heir.birth_date or _birth_date(reading)
    is_minor = born_on is not None and completed_years(born_on, on) < settings.AGE_MIN
    return CheckedHeir(
        name=name,
        relation=heir.relation,
        birth_year=born_on.year if born_on else None,
        phone="" if is_minor else phone,
        nik="" if is_minor or reading is None else reading.digits,
    )


def replace_heirs(member: Member, heirs: tuple[CheckedHeir, ...]) -> None:
    """Put these heirs in the place of all earlier ones."""
    member.heirs.all().delete()
    add_heirs(member, heirs)


def add_heirs(member: Member, heirs: tuple[CheckedHeir, ...]) -> None:
    """Keep the heirs of a member who has none yet, in their order."""
    Heir.objects.bulk_create(
        Heir(
            member=member,
            position=position,
            name=heir.name,
            relation=heir.relation,
            birth_year=str(heir.birth_year) if heir.birth_year else None,
            phone=heir.phone or None,
            nik=heir.nik or None,
        )
        for position, heir in enumerate(heirs, start=1)
    )


def _birth_date(reading: NikReading | None) -> date | None:
    return reading.birth.on if reading is not None and reading.birth is not None else None
