"""Codes as words of the reader's language; an unknown code shows as itself."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.references import ECOSYSTEMS, METHODS, PURPOSES
from perisai.references import FILE_ROLES
from retention.references import APPROACHES, CONTACTS, DECISIONS

__all__ = [
    "APPROACHES",
    "CHANNELS",
    "CONTACTS",
    "DECISIONS",
    "ECOSYSTEMS",
    "FILE_ROLES",
    "KINDS",
    "METHODS",
    "PLATFORMS",
    "PRIORITY_PARTS",
    "PURPOSES",
    "RESULTS",
    "REVEALED",
    "REVEAL_REASONS",
    "WORK_KINDS",
    "Words",
    "say",
]

Words = Mapping[str, Promise]

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
PLATFORMS: Final[Words] = {"android": _("Android"), "ios": _("iOS"), "web": _("peramban")}


def say(words: Words, code: str) -> str:
    """The word for a code."""
    return str(words.get(code, code))
