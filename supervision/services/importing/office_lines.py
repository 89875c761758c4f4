"""Lines of files of offices and agents, judged and written as the columns of what they become."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from django.contrib.auth.hashers import make_password

from enrollment.names import normalise_name
from perisai.ids import new_id
from perisai.models import Agent, OfficeKind
from perisai.phones import normalise_phone
from perisai.privacy import blind_index
from supervision.services.importing.cells import Cells, day, known_as, one_of
from supervision.services.importing.faults import CellFault
from supervision.services.importing.known import Known
from supervision.services.importing.sealing import Columns, as_bytes, as_day, sealed

KINDS: Final[Mapping[str, OfficeKind]] = {
    "koperasi": OfficeKind.COOPERATIVE,
    "yayasan": OfficeKind.FOUNDATION,
    "cv": OfficeKind.CV,
    "perkumpulan": OfficeKind.ASSOCIATION,
    **{kind.value: kind for kind in OfficeKind},
}
LONGEST_NUMBER: Final = 20
LONGEST_NAME: Final = 100


def office_columns(cells: Cells, known: Known) -> tuple[UUID, Columns] | None:
    """The columns of the office of a line; None if the line has faults."""
    code = cells.need("kode_kantor", _number)
    name = cells.need("nama_kantor", _title)
    kind = cells.need("jenis", one_of(KINDS))
    branch = cells.need("kode_cabang", known_as("branch_unknown", known.branches))
    if kind is None or cells.faults:
        return None
    return new_id(), {"code": code, "name": name, "kind": kind.value, "branch_id": branch}


def agent_columns(cells: Cells, known: Known) -> tuple[UUID, Columns] | None:
    """The id and the columns of the agent of a line; None if the line has faults.

    Her login is made without a password: she gets one by the way that a branch resets it.
    """
    number = cells.need("nomor_agen", _number)
    name = cells.need("nama", normalise_name)
    office = cells.need("kode_kantor", known_as("office_unknown", known.offices))
    appointed_on = cells.need("tanggal_angkat", day)
    phone = cells.read("nomor_hp", normalise_phone)
    villages = cells.read("kode_desa", lambda text: _villages(text, known.villages))
    if appointed_on is not None and appointed_on > known.as_of:
        cells.add("tanggal_angkat", "date_in_future")
    if cells.faults:
        return None
    agent_id = new_id()
    return agent_id, {
        **sealed(Agent, agent_id, [("name", name), ("phone", phone)]),
        "number": number,
        "password": make_password(None),
        "office_id": office,
        "phone_index": as_bytes(blind_index("phone", phone)) if phone else None,
        "appointed_on": as_day(appointed_on),
        "villages": villages or [],
    }


def _number(text: str) -> str:
    """A code as people type it, in capitals."""
    number = text.upper()
    if len(number) > LONGEST_NUMBER or " " in number:
        raise CellFault("text_invalid")
    return number


def _title(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise CellFault("text_invalid")
    return text


def _villages(text: str, known: frozenset[str]) -> list[str]:
    codes = text.replace(";", " ").replace(",", " ").replace(".", "").split()
    if not set(codes) <= known:
        raise CellFault("village_unknown")
    return sorted(set(codes))
