"""What can be wrong in a file: stable codes, and the reader's words for them.

A fault names line and column and never the value that stands there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.nik import NikFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault; line 0 and no column: the file as a whole."""

    line: int
    column: str
    code: str


class CellFault(ValueError):
    """A cell is not what its column asks for; its text is the code."""


NIK_WORDS: Final[Mapping[str, Promise | str]] = {
    f"nik_{fault.value}": fault.label for fault in NikFault
}
WORDS: Final[Mapping[str, Promise | str]] = {
    **NIK_WORDS,
    "required": _("Wajib diisi."),
    "cells_count": _("Jumlah kolom baris ini tidak sama dengan baris judul."),
    "text_invalid": _("Teks terlalu panjang atau berisi tanda yang tidak dapat dipakai."),
    "number_cell": _("Sel berisi angka yang sudah dibulatkan; jadikan teks lalu isi lagi."),
    "date_invalid": _("Tanggal ditulis TTTT-BB-HH atau HH-BB-TTTT."),
    "date_in_future": _("Tanggal belum tiba."),
    "month_invalid": _("Bulan ditulis TTTT-BB."),
    "number_invalid": _("Hanya bilangan bulat."),
    "choice_unknown": _("Bukan salah satu pilihan kolom ini."),
    "name_invalid": _("Nama tidak sah."),
    "phone_invalid": _("Bukan nomor ponsel Indonesia yang berlaku."),
    "email_invalid": _("Bukan alamat surel."),
    "digits_invalid": _("Jumlah angka tidak sesuai."),
    "village_unknown": _("Kode desa/kelurahan tidak dikenal."),
    "occupation_unknown": _("Kode pekerjaan tidak dikenal."),
    "occupation_twice": _("Pekerjaan tambahan sama dengan pekerjaan utama."),
    "programme_unknown": _("Program tidak dikenal; pilihan: JKK, JKM, JHT."),
    "jkk_jkm_required": _("JKK dan JKM wajib diikuti bersama."),
    "jht_required": _("Pemberi kerja wajib mengikuti JHT."),
    "agent_unknown": _("Nomor agen tidak dikenal di wilayah Anda."),
    "office_unknown": _("Kode kantor Perisai tidak dikenal di wilayah Anda."),
    "branch_unknown": _("Kode kantor cabang tidak dikenal di wilayah Anda."),
    "too_young_at_registration": _("Terlalu muda pada tanggal daftar."),
    "too_old_at_registration": _("Terlalu tua pada tanggal daftar."),
    "paid_before_registration": _("Lunas sampai sebelum bulan pendaftaran."),
    "paid_too_far_ahead": _("Lunas sampai lebih dari dua belas bulan ke depan."),
    "episode_without_cover": _("Hanya bersama kolom lunas_sampai."),
    "episode_out_of_order": _("Masa kepesertaan tidak sesuai dengan lunas_sampai."),
    "closed_without_reason": _("Tanggal tutup dan alasan tutup diisi bersama."),
    "closed_before_registration": _("Tanggal tutup sebelum tanggal daftar."),
    "kpj_reserved": _("Nomor KPJ ini bentuk nomor sementara kami, bukan nomor resmi."),
    "nik_twice": _("NIK ini sudah ada di baris sebelumnya."),
    "nik_known": _("NIK ini sudah terdaftar."),
    "kpj_twice": _("KPJ ini sudah ada di baris sebelumnya."),
    "kpj_known": _("KPJ ini sudah dipakai peserta lain, resmi atau sementara."),
    "number_twice": _("Nomor ini sudah ada di baris sebelumnya."),
    "number_known": _("Nomor ini sudah dipakai."),
    "phone_twice": _("Ponsel ini sudah ada di baris sebelumnya."),
    "phone_known": _("Ponsel ini sudah dipakai agen lain."),
    "code_twice": _("Kode ini sudah ada di baris sebelumnya."),
    "code_known": _("Kode ini sudah dipakai."),
}
FILE_WORDS: Final[Mapping[str, Promise | str]] = {
    "empty": _("Berkas kosong."),
    "not_utf8": _("Berkas CSV harus ditulis dalam UTF-8."),
    "not_csv": _("Baris ini bukan CSV yang benar: periksa tanda kutip."),
    "not_xlsx": _("Berkas XLSX rusak."),
    "old_excel": _("Simpan berkas sebagai XLSX atau CSV UTF-8."),
    "binary": _("Berkas bukan CSV atau XLSX."),
    "too_large": _("Berkas terlalu besar."),
    "too_many_rows": _("Baris terlalu banyak: bagi berkas ini."),
    "columns_missing": _("Kolom wajib tidak ada."),
    "columns_unknown": _("Ada kolom yang tidak dikenal."),
    "columns_twice": _("Ada kolom yang tertulis dua kali."),
}


def words_for(code: str) -> str:
    """A fault in the reader's language."""
    return str(WORDS.get(code) or FILE_WORDS.get(code, code))
