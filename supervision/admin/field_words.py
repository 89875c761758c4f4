"""Fields of a member, and what can be wrong with one, as words of the reader's language."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from supervision.admin.words import Words

FIELDS: Final[Words] = {
    "nik": _("NIK"),
    "full_name": _("nama lengkap"),
    "birth_date": _("tanggal lahir"),
    "sex": _("jenis kelamin"),
    "birthplace": _("tempat lahir"),
    "mother_maiden_name": _("nama gadis ibu kandung"),
    "kk_number": _("nomor KK"),
    "phone": _("telepon"),
    "phone_owner": _("pemilik telepon"),
    "no_phone_reason": _("alasan tanpa telepon"),
    "email": _("surel"),
    "village_code": _("kode desa/kelurahan"),
    "address_line": _("alamat"),
    "rt": _("RT"),
    "rw": _("RW"),
    "postcode": _("kode pos"),
    "household_of": _("serumah dengan"),
    "occupations": _("pekerjaan"),
    "ecosystem": _("ekosistem"),
    "income_monthly": _("penghasilan sebulan, rupiah"),
    "employs_others": _("mempekerjakan orang lain"),
    "workplace": _("tempat kerja"),
    "season_note": _("catatan musim"),
    "programmes": _("program"),
}
SEXES: Final[Words] = {"female": _("perempuan"), "male": _("laki-laki")}
OWNERS: Final[Words] = {
    "self": _("milik sendiri"),
    "spouse": _("suami atau istri"),
    "child": _("anak"),
    "neighbour": _("tetangga"),
    "cadre": _("kader desa"),
}
FAULTS: Final[Words] = {
    "required": _("Wajib diisi."),
    "too_long": _("Terlalu panjang."),
    "out_of_range": _("Di luar batas."),
    "characters_not_allowed": _("Ada huruf atau tanda yang tidak diperbolehkan."),
    "name_invalid": _("Nama hanya berisi huruf, spasi, dan tanda ' . , -"),
    "phone_invalid": _("Bukan nomor ponsel Indonesia."),
    "email_invalid": _("Alamat surel tidak sah."),
    "unknown_village": _("Kode desa/kelurahan tidak dikenal."),
    "unknown_occupation": _("Pekerjaan tidak dikenal."),
    "occupation_twice": _("Pekerjaan disebut dua kali."),
    "one_main_required": _("Harus ada satu pekerjaan utama."),
    "too_many": _("Terlalu banyak."),
    "income_invalid": _("Penghasilan tidak boleh negatif."),
    "jkk_jkm_required": _("JKK dan JKM wajib diikuti bersama."),
    "jht_required": _("Pemberi kerja wajib mengikuti JHT."),
    "in_the_future": _("Tidak boleh di masa depan."),
    "before_birth": _("Tidak boleh sebelum hari lahir."),
}
