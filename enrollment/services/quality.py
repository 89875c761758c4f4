"""How good a member's data are: doubts that were confirmed stay visible, and what is not there."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Dukcapil, FieldGroup, Member, MemberChange, Registration

PRINTED_IN_NIK: Final = ["nik", "birth_date", "sex"]


class Quality(models.TextChoices):
    """A flag on a member's data; none says that the member did something wrong (R22, R24)."""

    REGION_UNKNOWN = "region_unknown", _("wilayah NIK diragukan, sudah dicek di kartu")
    BIRTH_DIFFERS = "birth_differs", _("tanggal lahir berbeda dari NIK, sudah dicek di kartu")
    SEX_DIFFERS = "sex_differs", _("jenis kelamin berbeda dari NIK, sudah dicek di kartu")
    AGE_OUTSIDE_15_64 = "age_outside_15_64", _("usia tidak lazim, sudah dicek di kartu")
    DIGITS_EQUAL = "digits_equal", _("angka NIK semua sama, sudah dicek di kartu")
    REGISTRY_DIFFERS = "registry_differs", _("berbeda dari data kependudukan")
    NO_PHONE = "no_phone", _("tanpa nomor ponsel")
    NO_VILLAGE = "no_village", _("tanpa desa/kelurahan")


def quality_flags(member: Member) -> tuple[Quality, ...]:
    """The flags of one member, in their order; at most two statements.

    A doubt counts until the NIK, the birth date or the sex is said anew.
    """
    held = {
        Quality.REGISTRY_DIFFERS: member.dukcapil == Dukcapil.MISMATCH,
        Quality.NO_PHONE: member.phone_index is None,
        Quality.NO_VILLAGE: member.village_id is None,
    }
    flags = {flag.value for flag, is_set in held.items() if is_set}
    flags.update(_confirmed_doubts(member))
    return tuple(flag for flag in Quality if flag.value in flags)


def _confirmed_doubts(member: Member) -> list[str]:
    """Those of the newest fact about what a NIK prints."""
    said_anew = MemberChange.objects.filter(
        Q(group=FieldGroup.REGISTRATION) | Q(fields__overlap=PRINTED_IN_NIK), member=member
    )
    newest = said_anew.order_by("-rev").values_list("soft_checks", flat=True).first()
    if newest is None:
        forms = Registration.objects.filter(member=member).order_by("-created_at", "-pk")
        newest = forms.values_list("soft_checks", flat=True).first()
    return newest or []
