"""The file that a person is handed: a page to read, the same as JSON, and the photos."""

import base64
import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from supervision.admin.words import Words, say

HIDDEN: Final = frozenset({"id", "op_id", "member", "entity", "entity_id", "body", "picture"})
"""Columns that the JSON alone holds: no reader misses them on the page."""
SECTIONS: Final[Words] = {
    "member": _("Peserta"),
    "memberoccupation": _("Pekerjaan"),
    "heir": _("Ahli waris"),
    "consent": _("Persetujuan"),
    "registration": _("Pendaftaran"),
    "assignment": _("Agen yang mendampingi"),
    "covermonth": _("Bulan iuran"),
    "billline": _("Tagihan"),
    "followup": _("Tindak lanjut"),
    "attempt": _("Laporan kunjungan"),
    "reveallog": _("Data yang pernah dibuka"),
    "subjectrequest": _("Permintaan atas data diri"),
    "subjectdecision": _("Keputusan atas permintaan"),
    "operation": _("Kiriman aplikasi"),
    "conflict": _("Perkara"),
    "outboxmessage": _("Pesan"),
    "processinglimit": _("Pembatasan pemrosesan"),
    "memberchange": _("Perubahan data"),
    "memberfile": _("Berkas"),
    "attemptfile": _("Berkas kunjungan"),
    "photos": _("Foto"),
}
COLUMNS: Final[Words] = {
    "nik": _("NIK"),
    "kpj": _("KPJ"),
    "full_name": _("nama"),
    "name": _("nama"),
    "birth_date": _("tanggal lahir"),
    "birthplace": _("tempat lahir"),
    "mother_maiden_name": _("nama gadis ibu kandung"),
    "kk_number": _("nomor KK"),
    "sex": _("jenis kelamin"),
    "phone": _("telepon"),
    "email": _("surel"),
    "address_line": _("alamat"),
    "village": _("desa/kelurahan"),
    "relation": _("hubungan"),
    "agent": _("agen"),
    "actor": _("oleh"),
    "field": _("data"),
    "reason": _("alasan"),
    "explanation": _("alasan"),
    "revealed_at": _("waktu"),
    "month": _("bulan"),
    "payment": _("pembayaran"),
    "given_at": _("diberikan"),
    "received_at": _("diterima"),
    "tried_at": _("waktu"),
    "note": _("catatan"),
}


def copy_file(dossier: Mapping[str, Any], *, language: str) -> bytes:
    """A ZIP file: `data.html` and `data.json`, in UTF-8, and each photo by its number."""
    with override(language):
        page = render_to_string(
            "supervision/subject_copy.html",
            {"sections": _sections(dossier), "made_at": dossier["made_at"], "language": language},
        )
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("data.html", page)
        archive.writestr("data.json", json.dumps(dossier, ensure_ascii=False, indent=1))
        for number, photo in enumerate(dossier.get("photos", ()), start=1):
            archive.writestr(f"{number:02}.jpg", base64.b64decode(photo["picture"]))
    return packed.getvalue()


def _sections(dossier: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sections that hold something: each row as lines of a word and a value."""
    return [
        {
            "title": say(SECTIONS, name),
            "rows": [
                [(say(COLUMNS, column), value) for column, value in row.items() if _is_read(column)]
                for row in rows
            ],
        }
        for name, rows in dossier.items()
        if isinstance(rows, list) and rows
    ]


def _is_read(column: str) -> bool:
    return column not in HIDDEN
