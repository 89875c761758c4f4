"""Reference files of occupations and consent texts, and the codes of what phones say of members."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext_lazy as _

from enrollment.models import ConsentText, Occupation
from enrollment.programmes import Programme
from perisai.publishing import Reference, code_list, publishes

code_list("sex", {"female": _("perempuan"), "male": _("laki-laki")})
code_list(
    "phone_owner",
    {
        "self": _("milik sendiri"),
        "spouse": _("suami atau istri"),
        "child": _("anak"),
        "neighbour": _("tetangga"),
        "cadre": _("kader desa"),
    },
)
code_list(
    "heir_relation",
    {
        "spouse": _("suami atau istri"),
        "child": _("anak"),
        "parent": _("orang tua"),
        "grandchild": _("cucu"),
        "grandparent": _("kakek atau nenek"),
        "sibling": _("saudara kandung"),
        "parent_in_law": _("mertua"),
        "will": _("penerima wasiat"),
        "other": _("lainnya"),
    },
)
ECOSYSTEMS: Final = {
    "desa": _("desa"),
    "pasar": _("pasar"),
    "ecommerce": _("e-commerce"),
    "ukm": _("UKM"),
    "rentan": _("pekerja rentan"),
}
code_list("ecosystem", ECOSYSTEMS)
code_list("programme", {one.value: one.label for one in Programme})
PURPOSES: Final = {
    "registration": _("pendaftaran"),
    "reminders": _("pengingat"),
    "photo": _("foto"),
    "sponsor_sharing": _("berbagi dengan sponsor"),
}
code_list("consent_purpose", PURPOSES)
METHODS: Final = {
    "signature": _("tanda tangan"),
    "thumbprint": _("cap jempol"),
    "spoken_witnessed": _("lisan dengan saksi"),
}
code_list("consent_method", METHODS)
code_list(
    "close_reason",
    {
        "deceased": _("meninggal"),
        "moved_to_pu": _("kini pekerja formal"),
        "withdrawn": _("mengundurkan diri"),
        "duplicate": _("tercatat dua kali"),
    },
)
code_list(
    "prospect_outcome",
    {
        "interested": _("berminat"),
        "later": _("lain kali"),
        "no_need_felt": _("merasa belum perlu"),
        "no_money_now": _("belum ada uang"),
        "already_covered": _("sudah terlindungi"),
        "moved": _("sudah pindah"),
        "wrong_segment": _("bukan sasaran program"),
        "unreachable": _("tidak terhubungi"),
    },
)
code_list(
    "correction_group",
    {
        "identity": _("identitas"),
        "contact": _("kontak dan alamat"),
        "work": _("pekerjaan"),
        "programme": _("program"),
    },
)
code_list(
    "soft_check",
    {
        "region_unknown": _("wilayah dalam NIK tidak dikenal"),
        "birth_differs": _("tanggal lahir berbeda dari NIK"),
        "sex_differs": _("jenis kelamin berbeda dari NIK"),
        "age_outside_15_64": _("usia dalam NIK di luar 15 sampai 64 tahun"),
        "digits_equal": _("semua angka NIK sama"),
    },
)


@publishes("occupations")
def occupations() -> Iterator[Reference]:
    """What a member may do for a living, with what follows from it."""
    rows = Occupation.objects.order_by("code")
    content = [
        {
            "code": row.code,
            "id": row.name_id,
            "en": row.name_en,
            "ecosystem": row.ecosystem,
            "ktp_code": row.ktp_code,
            "transport_sector": row.transport_sector,
            "retired_on": row.retired_on.isoformat() if row.retired_on else None,
        }
        for row in rows
    ]
    yield Reference(name="occupations", content={"occupations": content})


@publishes("consent-texts")
def consent_texts() -> Iterator[Reference]:
    """Every text that was ever agreed to, and since when it may be."""
    rows = ConsentText.objects.order_by("version")
    content = [
        {
            "version": row.version,
            "language": row.language,
            "valid_from": row.valid_from.isoformat(),
            "body": row.body,
        }
        for row in rows
    ]
    yield Reference(name="consent-texts", content={"texts": content})
