"""What a reveal may show of members, heirs, files; who asks starts from what he may see (R37)."""

import base64
from functools import partial
from typing import Final
from uuid import UUID

from enrollment.models import Heir, Member, MemberFile
from perisai.models import User
from perisai.registry import revealable
from perisai.services.stored_files import content_of

MEMBER_FIELDS: Final = (
    "nik",
    "full_name",
    "phone",
    "address_line",
    "email",
    "birthplace",
    "mother_maiden_name",
    "kk_number",
)
HEIR_FIELDS: Final = ("name", "nik", "phone")


def branch_of_member(member_id: UUID, user: User) -> int | None:
    """The branch that answers for a member; None for an unknown and for a foreign one."""
    seen = Member.objects.visible_to(user).filter(pk=member_id)
    return seen.values_list("branch_id", flat=True).first()


def branch_of_heir(heir_id: UUID, user: User) -> int | None:
    """The branch of the member who named the heir; None for an unknown and for a foreign one."""
    seen = Member.objects.visible_to(user).filter(heirs=heir_id)
    return seen.values_list("branch_id", flat=True).first()


def branch_of_file(link_id: UUID, user: User) -> int | None:
    """The branch of the member whose file it is; None for an unknown and for a foreign one."""
    standing = MemberFile.objects.filter(pk=link_id, ended_at__isnull=True)
    seen = Member.objects.visible_to(user).filter(pk__in=standing.values("member"))
    return seen.values_list("branch_id", flat=True).first()


@revealable("member_file", "photo", branch_of=branch_of_file)
def read_photo(link_id: UUID) -> str | None:
    """The picture, in base64."""
    file_id = MemberFile.objects.values_list("file", flat=True).get(pk=link_id)
    content = content_of(file_id)
    return base64.b64encode(content).decode() if content is not None else None


def _read_member(field: str, member_id: UUID) -> str | None:
    value: str | None = getattr(Member.objects.only(field).get(pk=member_id), field)
    return value


def _read_heir(field: str, heir_id: UUID) -> str | None:
    value: str | None = getattr(Heir.objects.only(field).get(pk=heir_id), field)
    return value


for _field in MEMBER_FIELDS:
    revealable("member", _field, branch_of=branch_of_member)(partial(_read_member, _field))
for _field in HEIR_FIELDS:
    revealable("heir", _field, branch_of=branch_of_heir)(partial(_read_heir, _field))
