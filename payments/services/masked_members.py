"""What a counter may see of a member: name and KPJ under their masks (R37)."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from enrollment.models import Member
from perisai.privacy import mask


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedMember:
    """`S*** A*****` and `26******017`."""

    name: str
    kpj: str


def masked_members(member_ids: Iterable[UUID]) -> dict[UUID, MaskedMember]:
    """Masked members by id, by one statement."""
    found = Member.objects.only("full_name", "kpj").filter(pk__in=list(member_ids))
    return {member.pk: _masked(member) for member in found}


def masked_member(member_id: UUID) -> MaskedMember:
    """The masked member. Raises Member.DoesNotExist: bills and payments keep their members."""
    return _masked(Member.objects.only("full_name", "kpj").get(pk=member_id))


def _masked(member: Member) -> MaskedMember:
    return MaskedMember(name=mask("name", member.full_name), kpj=mask("kpj", member.kpj))
