"""What a reveal may show of attempts: their files."""

import base64
from uuid import UUID

from enrollment.models import Member
from perisai.models import User
from perisai.registry import revealable
from perisai.services.stored_files import content_of
from retention.models import AttemptFile


def branch_of_file(link_id: UUID, user: User) -> int | None:
    """The branch of the member who was visited; None for an unknown and for a foreign one."""
    link = AttemptFile.objects.filter(pk=link_id, ended_at__isnull=True)
    whose = link.values("attempt__member")
    seen = Member.objects.visible_to(user).filter(pk__in=whose)
    return seen.values_list("branch_id", flat=True).first()


@revealable("attempt_file", "photo", branch_of=branch_of_file)
def read_photo(link_id: UUID) -> str | None:
    """The picture, in base64."""
    file_id = AttemptFile.objects.values_list("file", flat=True).get(pk=link_id)
    content = content_of(file_id)
    return base64.b64encode(content).decode() if content is not None else None
