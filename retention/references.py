"""The codes of what phones say of attempts."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from perisai.publishing import code_list

APPROACHES: Final = {"visit": _("kunjungan"), "phone": _("telepon"), "message": _("pesan")}
code_list("attempt_channel", APPROACHES)
CONTACTS: Final = {
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
code_list("contact", CONTACTS)
DECISIONS: Final = {
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
code_list("decision", DECISIONS)
