"""Words of cases and of both sides of them."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from supervision.admin.words import Words

CASE_KINDS: Final[Words] = {
    "duplicate_identity": _("NIK sudah terdaftar"),
    "identity_deceased": _("NIK milik peserta yang meninggal"),
    "review_required": _("perubahan yang harus ditinjau"),
    "agent_not_eligible": _("agen belum memenuhi syarat"),
    "heirs_changed": _("ahli waris diubah bersamaan"),
    "already_closed": _("sudah ditutup dengan alasan lain"),
    "overlap": _("perbaikan yang bertumpuk"),
    "claim_help": _("bantuan klaim"),
    "duplicate_record": _("tercatat dua kali"),
    "late_capture": _("pencatatan lama"),
    "reassigned": _("kiriman dari agen lama"),
    "device_lost": _("dibuat setelah perangkat hilang"),
    "consent_withdrawal": _("pencabutan persetujuan"),
}
CASE_STATES: Final[Words] = {
    "open": _("terbuka"),
    "applied": _("diterapkan"),
    "merged": _("digabung"),
    "refused": _("ditolak"),
}
SEXES: Final[Words] = {"female": _("perempuan"), "male": _("laki-laki")}
PHONE_OWNERS: Final[Words] = {
    "self": _("sendiri"),
    "spouse": _("suami/istri"),
    "child": _("anak"),
    "neighbour": _("tetangga"),
    "cadre": _("kader desa"),
}
RELATIONS: Final[Words] = {
    "spouse": _("suami/istri"),
    "child": _("anak"),
    "parent": _("orang tua"),
    "grandchild": _("cucu"),
    "grandparent": _("kakek/nenek"),
    "sibling": _("saudara kandung"),
    "parent_in_law": _("mertua"),
    "will": _("wasiat"),
    "other": _("lainnya"),
}
LOSSES: Final[Words] = {
    "storage_lost": _("penyimpanan hilang"),
    "unreadable": _("tidak terbaca"),
}
