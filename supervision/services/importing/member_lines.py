"""A line of a file of members, judged and written as the columns of the member it becomes.

The rules are those of registration (R21 to R28), but for what an agent confirms from the card:
doubts about the NIK are kept with the member, to be looked at later.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from enrollment.ages import AgeResult, age_at_registration
from enrollment.emails import normalise_email
from enrollment.kpj import has_kpj_shape, is_provisional_shape
from enrollment.models import ClosedReason, Member, PhoneOwner
from enrollment.names import normalise_name
from enrollment.nik import Nik, Sex, parse_nik, soft_checks
from enrollment.programmes import Programme, check_programmes, parse_programmes
from perisai.ids import new_id
from perisai.months import add_months, month_of
from perisai.phones import normalise_phone
from perisai.privacy import blind_index, name_words
from supervision.services.importing.cells import (
    Cells,
    day,
    digits,
    known_as,
    month,
    one_of,
    up_to_digits,
    whole_number,
    yes_or_no,
)
from supervision.services.importing.faults import CellFault
from supervision.services.importing.known import Known, KnownAgent
from supervision.services.importing.sealing import Columns, as_bytes, as_day, sealed

MOST_MONTHS_AHEAD: Final = 12
# Of what a line says besides name and NIK; in the clear until the line is known to be sound.
ENCRYPTED: Final = (
    "birthplace",
    "mother_maiden_name",
    "address_line",
    "workplace",
    "no_phone_reason",
    "phone",
    "email",
    "kk_number",
)
SEXES: Final[Mapping[str, Sex]] = {
    "l": Sex.MALE,
    "laki-laki": Sex.MALE,
    "male": Sex.MALE,
    "p": Sex.FEMALE,
    "perempuan": Sex.FEMALE,
    "female": Sex.FEMALE,
}
OWNERS: Final[Mapping[str, PhoneOwner]] = {
    "sendiri": PhoneOwner.SELF,
    "pasangan": PhoneOwner.SPOUSE,
    "anak": PhoneOwner.CHILD,
    "tetangga": PhoneOwner.NEIGHBOUR,
    "kader": PhoneOwner.CADRE,
    **{owner.value: owner for owner in PhoneOwner},
}
REASONS: Final[Mapping[str, ClosedReason]] = {
    "meninggal": ClosedReason.DECEASED,
    "klaim": ClosedReason.CLAIMED_OUT,
    "pindah_pu": ClosedReason.MOVED_TO_PU,
    "mundur": ClosedReason.WITHDRAWN,
    **{reason.value: reason for reason in ClosedReason if reason is not ClosedReason.DUPLICATE},
}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Who:
    """Identity, place and agent: what every line must say."""

    nik: Nik
    full_name: str
    birth_date: date
    sex: Sex
    village: str
    agent: KnownAgent
    registered_on: date


def member_columns(cells: Cells, known: Known) -> tuple[UUID, Columns] | None:
    """The id and the columns of the member of a line; None if the line has faults."""
    who = _who(cells, known)
    stated = {
        **_texts(cells),
        **_contact(cells),
        **_work(cells, known),
        **_kpj(cells),
        **_cover(cells, known),
        **_closing(cells, known),
    }
    if who is not None:
        _check_days(cells, who, stated, known)
    if who is None or cells.faults:
        return None
    member_id = new_id()
    secret = sealed(Member, member_id, [(name, stated.pop(name)) for name in ENCRYPTED])
    return member_id, _identity(member_id, who) | secret | stated


def _who(cells: Cells, known: Known) -> _Who | None:
    def nik(text: str) -> Nik:
        return parse_nik(text, regions=known.regions, today=known.as_of, policy=known.nik_policy)

    villages = known.villages
    said = (
        cells.need("nik", nik),
        cells.need("nama", normalise_name),
        cells.need("tanggal_lahir", day),
        cells.need("jenis_kelamin", one_of(SEXES)),
        cells.need("kode_desa", lambda text: _village(text, villages)),
        cells.need("nomor_agen", known_as("agent_unknown", known.agents)),
        cells.need("tanggal_daftar", day),
    )
    if any(value is None for value in said):
        return None
    return _Who(
        **dict(zip(_Who.__dataclass_fields__, said, strict=True))  # type: ignore[arg-type]  # none is None
    )


def _village(text: str, villages: frozenset[str]) -> str:
    code = text.replace(".", "").replace(" ", "")
    if code not in villages:
        raise CellFault("village_unknown")
    return code


def _identity(member_id: UUID, who: _Who) -> Columns:
    regency = who.village[:4]
    words = name_words(who.full_name, regency_code=regency)
    doubts = soft_checks(who.nik, birth_date=who.birth_date, sex=who.sex)
    return {
        **sealed(Member, member_id, [("nik", who.nik.digits), ("full_name", who.full_name)]),
        "agent_id": str(who.agent.id),
        "branch_id": who.agent.branch_id,
        "nik_index": as_bytes(blind_index("nik", who.nik.digits)),
        "name_words": [as_bytes(word) for word in words],
        "birth_date": as_day(who.birth_date),
        "sex": who.sex.value,
        "village_id": who.village,
        "regency_code": regency,
        "registered_on": as_day(who.registered_on),
        "cared_for_since": as_day(max(who.registered_on, who.agent.appointed_on)),
        "soft_checks": [doubt.value for doubt in doubts],
    }


def _texts(cells: Cells) -> Columns:
    """Free texts, None where nothing is said."""
    texts = {
        "birthplace": "tempat_lahir",
        "mother_maiden_name": "nama_ibu_kandung",
        "address_line": "alamat",
        "workplace": "tempat_kerja",
        "no_phone_reason": "alasan_tanpa_hp",
    }
    return {name: cells.text(column) or None for name, column in texts.items()}


def _contact(cells: Cells) -> Columns:
    """Where the person is found; numbers in the clear until the line is known to be sound."""
    phone = cells.read("nomor_hp", normalise_phone)
    owner = cells.read("pemilik_hp", one_of(OWNERS))
    return {
        "phone": phone,
        "phone_index": as_bytes(blind_index("phone", phone)) if phone else None,
        "phone_owner": owner.value if owner and phone else "",
        "email": cells.read("surel", normalise_email),
        "rt": cells.read("rt", up_to_digits(3)) or "",
        "rw": cells.read("rw", up_to_digits(3)) or "",
        "postcode": cells.read("kode_pos", digits(5)) or "",
        "kk_number": cells.read("nomor_kk", digits(16)),
    }


def _work(cells: Cells, known: Known) -> Columns:
    occupation = known_as("occupation_unknown", {code: code for code in known.ecosystems})
    main = cells.read("pekerjaan", occupation)
    second = cells.read("pekerjaan_tambahan", occupation)
    if second is not None and second == main:
        cells.add("pekerjaan_tambahan", "occupation_twice")
    is_employer = cells.read("pemberi_kerja", yes_or_no) or False
    programmes = cells.read("program", lambda text: _programmes(text, is_employer=is_employer))
    return {
        "occupations": [code for code in (main, second) if code is not None],
        "ecosystem": known.ecosystems[main] if main else "",
        "income_monthly": cells.read("penghasilan", whole_number),
        "programmes": programmes or [],
        "employs_others": is_employer,
    }


def _programmes(text: str, *, is_employer: bool) -> list[str]:
    wanted = parse_programmes(text.upper().replace("+", " ").replace(",", " ").split())
    check_programmes(wanted, is_employer=is_employer)
    return [name for name in Programme.values if name in wanted]


def _kpj(cells: Cells) -> Columns:
    return {"kpj": cells.read("kpj", _official_kpj)}


def _official_kpj(text: str) -> str:
    if not has_kpj_shape(text):
        raise CellFault("digits_invalid")
    if is_provisional_shape(text):
        raise CellFault("kpj_reserved")
    return text


def _cover(cells: Cells, known: Known) -> Columns:
    paid_through = cells.read("lunas_sampai", month)
    episode_no = cells.read("masa_ke", whole_number)
    started_on = cells.read("mulai_masa", day)
    months = cells.read("bulan_binaan", whole_number)
    said = {"masa_ke": episode_no, "mulai_masa": started_on, "bulan_binaan": months}
    if not cells.by_name.get("lunas_sampai"):
        for name in [name for name, value in said.items() if value is not None]:
            cells.add(name, "episode_without_cover")
    if paid_through is None:
        return {"paid_through": None}
    if paid_through > add_months(month_of(known.as_of), MOST_MONTHS_AHEAD):
        cells.add("lunas_sampai", "paid_too_far_ahead")
    if started_on is not None and not started_on <= min(known.as_of, _end_of(paid_through)):
        cells.add("mulai_masa", "episode_out_of_order")
    if episode_no == 0:
        cells.add("masa_ke", "episode_out_of_order")
    return {
        "paid_through": as_day(paid_through),
        "episode_no": episode_no or 1,
        "episode_started_on": as_day(started_on),
        "months_with_agent": months or 0,
    }


def _end_of(paid_through: date) -> date:
    """The first day after a covered month, which no episode that covers it begins behind."""
    return add_months(paid_through, 1)


def _closing(cells: Cells, known: Known) -> Columns:
    closed_on = cells.read("tanggal_tutup", day)
    reason = cells.read("alasan_tutup", one_of(REASONS))
    if (closed_on is None) != (reason is None):
        cells.add("alasan_tutup" if reason is None else "tanggal_tutup", "closed_without_reason")
    if closed_on is not None and closed_on > known.as_of:
        cells.add("tanggal_tutup", "date_in_future")
    return {"closed_on": as_day(closed_on), "closed_reason": reason.value if reason else ""}


def _check_days(cells: Cells, who: _Who, stated: Columns, known: Known) -> None:
    """What days say of one another (R21). Age is asked of those who never paid."""
    for column, value in (("tanggal_lahir", who.birth_date), ("tanggal_daftar", who.registered_on)):
        if value > known.as_of:
            cells.add(column, "date_in_future")
    paid_through, closed_on = stated["paid_through"], stated["closed_on"]
    if paid_through is not None and paid_through < as_day(month_of(who.registered_on)):
        cells.add("lunas_sampai", "paid_before_registration")
    if closed_on is not None and closed_on < who.registered_on.isoformat():
        cells.add("tanggal_tutup", "closed_before_registration")
    if paid_through is None and closed_on is None:
        result = age_at_registration(who.birth_date, on=who.registered_on, limits=known.ages)
        if result is not AgeResult.OK:
            cells.add("tanggal_lahir", result.value)
