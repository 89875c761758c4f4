"""Codes as words of the reader's language; an unknown code shows as itself."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Promise]

CONTACTS: Final[Words] = {
    "met_member": _("bertemu peserta"),
    "met_family": _("bertemu keluarga"),
    "phone_answered": _("telepon dijawab"),
    "no_answer": _("tidak dijawab"),
    "number_wrong": _("nomor salah"),
    "not_home": _("tidak di rumah"),
    "moved_away": _("sudah pindah"),
    "address_not_found": _("alamat tidak ditemukan"),
    "unsafe_or_blocked": _("tidak aman atau terhalang"),
}
DECISIONS: Final[Words] = {
    "paid_now": _("membayar saat itu"),
    "promised": _("berjanji membayar"),
    "paid_elsewhere": _("sudah membayar di tempat lain"),
    "cannot_afford": _("belum mampu"),
    "lean_season": _("musim paceklik"),
    "stopped_work": _("berhenti bekerja"),
    "formal_job_now": _("kini pekerja formal"),
    "not_interested": _("tidak berminat"),
    "complaint_service": _("mengeluhkan layanan"),
    "duplicate_record": _("tercatat dua kali"),
    "wrong_person": _("salah orang"),
    "deceased": _("meninggal"),
    "sick_or_injured": _("sakit atau cedera"),
    "data_error": _("data keliru"),
}
APPROACHES: Final[Words] = {
    "visit": _("kunjungan"),
    "phone": _("telepon"),
    "message": _("pesan"),
}
PURPOSES: Final[Words] = {
    "registration": _("pendaftaran"),
    "reminders": _("pengingat"),
    "photo": _("foto"),
    "sponsor_sharing": _("berbagi dengan sponsor"),
}
METHODS: Final[Words] = {
    "signature": _("tanda tangan"),
    "thumbprint": _("cap jempol"),
    "spoken_witnessed": _("lisan dengan saksi"),
}
ECOSYSTEMS: Final[Words] = {
    "desa": _("desa"),
    "pasar": _("pasar"),
    "ecommerce": _("e-commerce"),
    "ukm": _("UKM"),
    "rentan": _("pekerja rentan"),
}
CHANNELS: Final[Words] = {
    "rest": _("loket"),
    "snap": _("SNAP"),
    "settlement": _("berkas rekonsiliasi"),
    "credit": _("saldo peserta"),
    "office": _("kantor"),
}
RESULTS: Final[Words] = {
    "conflict": _("menunggu keputusan"),
    "rejected": _("ditolak"),
    "blocked": _("tertahan"),
    "applied": _("diterapkan"),
}
WORK_KINDS: Final[Words] = {
    "arrears": _("tunggakan"),
    "first_payment": _("iuran pertama"),
    "promise_broken": _("janji lewat"),
    "sponsor_ending": _("akhir masa sponsor"),
    "data": _("data belum lengkap"),
}
PRIORITY_PARTS: Final[Words] = {
    "ended_month": _("bulan yang sudah berakhir"),
    "near_days": _("sisa hari sampai tidak aktif"),
    **{kind: word for kind, word in WORK_KINDS.items() if kind != "arrears"},
    "try": _("kunjungan yang sudah dilakukan"),
    "wait": _("belum waktunya dikunjungi lagi"),
    "other_village": _("di luar wilayah binaan"),
}
KINDS: Final[Words] = {
    "member.register": _("pendaftaran peserta"),
    "member.correct": _("perbaikan data"),
    "member.close": _("penutupan peserta"),
    "follow_up.attempt": _("laporan kunjungan"),
    "consent.record": _("persetujuan"),
    "consent.withdraw": _("pencabutan persetujuan"),
    "heir.set": _("ahli waris"),
    "prospect.record": _("calon peserta"),
    "attachment.declare": _("lampiran"),
    "device.note": _("catatan perangkat"),
    "void": _("kiriman kosong"),
    **WORK_KINDS,
}
REVEAL_REASONS: Final[Words] = {
    "data_check": _("pemeriksaan data"),
    "duplicate": _("data ganda"),
    "claim": _("klaim manfaat"),
    "contact": _("menghubungi peserta"),
    "subject_request": _("permintaan peserta"),
    "fraud": _("dugaan penyalahgunaan"),
}
REVEALED: Final[Words] = {
    "member.nik": _("NIK"),
    "member.full_name": _("nama"),
    "member.phone": _("telepon"),
    "member.address_line": _("alamat"),
    "member.email": _("surel"),
    "member.birthplace": _("tempat lahir"),
    "member.mother_maiden_name": _("nama gadis ibu kandung"),
    "member.kk_number": _("nomor KK"),
    "heir.name": _("nama ahli waris"),
    "heir.nik": _("NIK ahli waris"),
    "heir.phone": _("telepon ahli waris"),
    "member_file.photo": _("berkas peserta"),
    "attempt_file.photo": _("berkas kunjungan"),
}
FILE_ROLES: Final[Words] = {
    "ktp": _("KTP"),
    "kk": _("kartu keluarga"),
    "face": _("wajah"),
    "consent": _("persetujuan"),
    "place": _("tempat"),
    "receipt": _("struk"),
    "other": _("lainnya"),
}
PLATFORMS: Final[Words] = {"android": _("Android"), "ios": _("iOS"), "web": _("peramban")}


def say(words: Words, code: str) -> str:
    """The word for a code."""
    return str(words.get(code, code))
