"""Both sides of a case: what an agent sent, and what the member's record says now.

Compared in full, shown masked (R37): that a datum differs is said, not what it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Heir, Member
from enrollment.services.member_detail import HIDDEN
from payments.rupiah import format_rupiah
from perisai.errors import PhoneInvalid
from perisai.phones import normalise_phone
from supervision.admin.case_words import PHONE_OWNERS, RELATIONS, SEXES
from supervision.admin.showing import NOTHING, masked
from supervision.admin.words import ECOSYSTEMS, Words, say

Values = Mapping[str, Any]
Showing = Callable[[Any], str]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Side:
    """One datum on both sides; `held` and `present` are as they may be shown."""

    label: Promise | str
    held: str
    present: str
    differs: bool


def sides_of(kind: str, data: Values, member: Member | None) -> list[Side]:
    """What an operation says, beside the record that it is about or clashes with, if any."""
    held = _held(kind, data)
    present = _present(member, heirs="heirs" in held) if member is not None else {}
    return [
        Side(
            label=LABELS.get(name, name),
            held=_show(name, value),
            present=_show(name, present.get(name)) if member is not None else NOTHING,
            differs=member is not None and value != present.get(name, ""),
        )
        for name, value in held.items()
        if name in LABELS
    ]


def _held(kind: str, data: Values) -> dict[str, Any]:
    """What is said, in the form in which the record keeps it; what is not said is left out."""
    said: Any = data.get("set") if kind == "member.correct" else data
    found: Values = said if isinstance(said, dict) else {}
    return {name: _plain(name, value) for name, value in found.items()}


def _plain(name: str, value: Any) -> Any:
    """One value in the form in which the record keeps it."""
    if value is None:
        return ""
    if name in PLAIN:
        return PLAIN[name](value)
    return value.strip() if isinstance(value, str) else value


def _present(member: Member, *, heirs: bool) -> dict[str, Any]:
    plain = {name: getattr(member, name, None) for name in LABELS}
    named = Heir.objects.filter(member=member).order_by("position") if heirs else []
    return {name: "" if value is None else value for name, value in plain.items()} | {
        "birth_date": member.birth_date.isoformat(),
        "village_code": member.village_id or "",
        "occupations": _words(named.occupation_id for named in member.occupations.all()),
        "programmes": _words(member.programmes),
        "heirs": tuple((heir.name, heir.relation) for heir in named),
        "reason": member.closed_reason,
        "on": member.closed_on.isoformat() if member.closed_on else "",
    }


def _digits(value: Any) -> str:
    return "".join(sign for sign in str(value) if sign.isdigit())


def _phone(value: Any) -> str:
    try:
        return normalise_phone(str(value))
    except PhoneInvalid:
        return str(value)


def _codes(value: Any) -> tuple[str, ...]:
    return _words(item.get("code") for item in _objects(value))


def _listed(value: Any) -> tuple[str, ...]:
    return _words(value if isinstance(value, list) else [])


def _named(value: Any) -> tuple[tuple[str, str], ...]:
    """A held operation may say anything: its rules were not asked yet."""
    return tuple(
        (str(item.get("name", "")), str(item.get("relation", ""))) for item in _objects(value)
    )


def _three(value: Any) -> str:
    return str(value).zfill(3)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _words(values: Any) -> tuple[str, ...]:
    return tuple(sorted(str(value) for value in values))


def _show(name: str, value: Any) -> str:
    return SHOWN.get(name, _as_said)(value) if value not in ("", None, ()) else NOTHING


def _as_said(value: Any) -> str:
    return str(value)


def _hidden(value: Any) -> str:
    return HIDDEN


def _year(value: Any) -> str:
    return str(value)[:4]


def _rupiah(value: Any) -> str:
    """As sent if it is no amount: a held operation may say anything."""
    return format_rupiah(value) if isinstance(value, int) else str(value)


def _joined(value: Any) -> str:
    return ", ".join(value)


def _heirs(value: Any) -> str:
    return ", ".join(f"{name} ({say(RELATIONS, relation)})" for name, relation in value)


def _word(words: Words) -> Showing:
    return lambda value: say(words, str(value))


LABELS: Final[Mapping[str, Promise]] = {
    "nik": _("NIK"),
    "full_name": _("nama"),
    "birth_date": _("tahun lahir"),
    "sex": _("jenis kelamin"),
    "birthplace": _("tempat lahir"),
    "mother_maiden_name": _("nama gadis ibu kandung"),
    "kk_number": _("nomor KK"),
    "phone": _("telepon"),
    "phone_owner": _("pemilik telepon"),
    "email": _("surel"),
    "address_line": _("alamat"),
    "rt": _("RT"),
    "rw": _("RW"),
    "postcode": _("kode pos"),
    "village_code": _("desa/kelurahan"),
    "occupations": _("pekerjaan"),
    "ecosystem": _("ekosistem"),
    "income_monthly": _("penghasilan sebulan"),
    "programmes": _("program"),
    "heirs": _("ahli waris"),
    "reason": _("alasan"),
    "on": _("tanggal"),
}
PLAIN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "nik": _digits,
    "kk_number": _digits,
    "phone": _phone,
    "occupations": _codes,
    "programmes": _listed,
    "heirs": _named,
    "rt": _three,
    "rw": _three,
}
SHOWN: Final[Mapping[str, Showing]] = {
    "nik": lambda value: masked("nik", value),
    "phone": lambda value: masked("phone", value),
    "birth_date": _year,
    "birthplace": _hidden,
    "mother_maiden_name": _hidden,
    "kk_number": _hidden,
    "email": _hidden,
    "address_line": _hidden,
    "sex": _word(SEXES),
    "phone_owner": _word(PHONE_OWNERS),
    "ecosystem": _word(ECOSYSTEMS),
    "income_monthly": _rupiah,
    "occupations": _joined,
    "programmes": _joined,
    "heirs": _heirs,
}
