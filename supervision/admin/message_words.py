"""Codes about messages as words of the reader's language."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _

from supervision.admin.words import Words

KINDS: Final[Words] = {
    "payment.posted": _("pembayaran diterima"),
    "payment.bound": _("titipan menjadi iuran"),
    "code.over": _("titipan lebih dari iuran"),
    "code.short": _("titipan kurang dari iuran"),
    "payment.reversed": _("pembayaran dibatalkan"),
    "member.registered": _("pendaftaran diterima"),
    "reminder": _("pengingat"),
    "agent.login_code": _("kode masuk agen"),
    "agent.password_reset": _("kata sandi agen diganti"),
    "agent.idle_warning": _("agen tanpa hasil diberi tahu"),
    "payer.due": _("pembayar diingatkan"),
    "sponsor.ending": _("akhir masa sponsor"),
    "subject_request.alarm": _("permintaan data menunggu"),
}
STATES: Final[Words] = {
    "delivered": _("sampai di HP"),
    "unknown_number": _("nomor tidak dikenal"),
    "failed": _("gagal sampai"),
    "sent": _("diterima gerbang"),
    "nobody": _("tidak ada penerima"),
    "dead": _("gagal terkirim"),
    "waiting": _("menunggu"),
}
TONES: Final[Mapping[str, str]] = {
    "delivered": "good",
    "unknown_number": "bad",
    "failed": "bad",
    "sent": "good",
    "dead": "bad",
    "waiting": "warn",
}
CODES: Final[Words] = {
    "nobody_to_tell": _("tidak ada penerima"),
    "unknown_kind": _("jenis tidak dikenal"),
    "failed": _("pesan tidak dapat ditulis"),
    "outdated": _("harinya sudah lewat"),
    "given_up_by_person": _("dihentikan petugas"),
    "quota_used": _("kuota gerbang habis"),
    "too_many": _("gerbang minta menunggu"),
    "token_refused": _("gerbang menolak tanda masuk kita"),
    "gateway_timeout": _("gerbang terlalu lama menjawab"),
    "gateway_unreachable": _("gerbang tidak terjangkau"),
    "gateway_certificate": _("sertifikat gerbang tidak sah"),
    "gateway_garbled": _("jawaban gerbang tidak terbaca"),
}
DECISIONS: Final[Words] = {"send_again": _("kirim lagi"), "give_up": _("dihentikan")}
REASONS: Final[Words] = {
    "gateway_mended": _("gerbang sudah pulih"),
    "data_mended": _("data sudah diperbaiki"),
    "told_otherwise": _("sudah diberi tahu dengan cara lain"),
    "outdated": _("isinya sudah lewat waktu"),
    "wrong": _("pesan keliru"),
}
