"""What a counter may see of a member: name and KPJ under their masks (R37)."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from enrollment.models import Member
from perisai.privacy import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedMember:
    """`S*** A*****` and `26******017`."""

    name: str
    kpj: str | None


CANDIDATE: Final = MaskedMember(name="CALON PESERTA", kpj=None)
"""Whoever a code will belong to: the counter never learns more."""


def masked_as_stored(member_id: UUID, *, name: bytes, kpj: str) -> MaskedMember:
    """The masked member of a row that was read by plain SQL; `name`: its sealed bytes."""
    sealed = Member._meta.get_field("full_name").from_db_value(name, None, None)
    return MaskedMember(
        name=mask("name", sealed.open(member_id) if sealed else ""), kpj=mask("kpj", kpj)
    )


def masked_member(member_id: UUID) -> MaskedMember:
    """The masked member. Raises Member.DoesNotExist: bills and payments keep their members."""
    return _masked(Member.objects.only("full_name", "kpj").get(pk=member_id))


def _masked(member: Member) -> MaskedMember:
    return MaskedMember(name=mask("name", member.full_name), kpj=mask("kpj", member.kpj))
