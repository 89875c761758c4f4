"""The columns of each kind of file, as docs/import.md describes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from perisai.models import ImportKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its official name, other names, and what the template shows in it."""

    name: str
    also: tuple[str, ...] = ()
    is_required: bool = False
    example: str = ""


def _needed(name: str, *also: str, example: str) -> Column:
    return Column(name=name, also=also, is_required=True, example=example)


def _free(name: str, *also: str, example: str = "") -> Column:
    return Column(name=name, also=also, example=example)


OFFICES: Final = (
    _needed("kode_kantor", "office_code", example="WADAH-3515-01"),
    _needed("nama_kantor", "office_name", example="Koperasi Contoh Sejahtera"),
    _needed("jenis", "kind", example="koperasi"),
    _needed("kode_cabang", "branch_code", example="SDA"),
)
AGENTS: Final = (
    _needed("nomor_agen", "agent_number", example="PRS-3515-0042"),
    _needed("nama", "name", example="Siti Contoh"),
    _needed("kode_kantor", "office_code", example="WADAH-3515-01"),
    _needed("tanggal_angkat", "appointed_on", example="2024-03-01"),
    _free("nomor_hp", "phone", example="0812-0000-0042"),
    _free("kode_desa", "village_codes", example="3515142001 3515142002"),
)
MEMBERS: Final = (
    _needed("nik", example="3515145206859901"),
    _needed("nama", "full_name", "name", example="Siti Contoh"),
    _needed("tanggal_lahir", "birth_date", example="1985-06-12"),
    _needed("jenis_kelamin", "sex", example="P"),
    _needed("kode_desa", "village_code", example="3515142001"),
    _needed("nomor_agen", "agent_number", example="PRS-3515-0042"),
    _needed("tanggal_daftar", "registered_on", example="2024-05-20"),
    _free("kpj", example="24012345678"),
    _free("tempat_lahir", "birthplace", example="Sidoarjo"),
    _free("nama_ibu_kandung", "mother_maiden_name"),
    _free("nomor_kk", "kk_number"),
    _free("alamat", "address_line", example="Dusun Contoh 4"),
    _free("rt", example="003"),
    _free("rw", example="001"),
    _free("kode_pos", "postcode"),
    _free("nomor_hp", "phone", example="0812-0000-0101"),
    _free("pemilik_hp", "phone_owner", example="sendiri"),
    _free("alasan_tanpa_hp", "no_phone_reason"),
    _free("surel", "email"),
    _free("pekerjaan", "occupation", example="DES01"),
    _free("pekerjaan_tambahan", "second_occupation"),
    _free("penghasilan", "income_monthly", example="1200000"),
    _free("program", "programmes", example="JKK+JKM"),
    _free("pemberi_kerja", "employs_others", example="tidak"),
    _free("tempat_kerja", "workplace"),
    _free("lunas_sampai", "paid_through", example="2026-10"),
    _free("masa_ke", "episode_no", example="1"),
    _free("mulai_masa", "episode_started_on", example="2024-05-22"),
    _free("bulan_binaan", "months_with_agent", example="30"),
    _free("tanggal_tutup", "closed_on"),
    _free("alasan_tutup", "closed_reason"),
)
COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    ImportKind.OFFICES: OFFICES,
    ImportKind.AGENTS: AGENTS,
    ImportKind.MEMBERS: MEMBERS,
}


def place_columns(heading: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands, by its official name.

    Raises LookupError with (reason, names) for a heading that is empty, names a column twice, an
    unknown one, or leaves out a required one.
    """
    if not any(heading):
        raise LookupError("empty", ())
    official = {name: column.name for column in columns for name in (column.name, *column.also)}
    said = [name.strip().lower().replace(" ", "_") for name in heading]
    unknown = [f"{place}" for place, name in enumerate(said, start=1) if name not in official]
    if unknown:
        raise LookupError("columns_unknown", unknown)
    names = [official[name] for name in said]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise LookupError("columns_twice", twice)
    missing = [column.name for column in columns if column.is_required and column.name not in names]
    if missing:
        raise LookupError("columns_missing", missing)
    return {name: place for place, name in enumerate(names)}


def template(kind: str) -> str:
    """A CSV file with the heading of a kind and one invented line."""
    columns = COLUMNS[kind]
    heading = ",".join(column.name for column in columns)
    line = ",".join(column.example for column in columns)
    return f"{heading}\n{line}\n"
