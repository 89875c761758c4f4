"""The codes of what phones say of themselves."""

from django.utils.translation import gettext_lazy as _

from perisai.publishing import code_list

code_list(
    "note",
    {
        "low_storage": _("penyimpanan hampir penuh"),
        "crash": _("aplikasi berhenti sendiri"),
        "clock_changed": _("jam diubah"),
        "restored": _("dipulihkan dari cadangan"),
        "wiped": _("sudah dihapus"),
        "other": _("lainnya"),
    },
)
code_list(
    "void_reason",
    {"storage_lost": _("penyimpanan hilang"), "unreadable": _("tidak terbaca")},
)
