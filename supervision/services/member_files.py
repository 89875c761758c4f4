"""The files of one member, with those of attempts on her."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from enrollment.models import MemberFile
from perisai.models import FileLink
from retention.models import AttemptFile

FILES_SHOWN: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """One file of a member or of an attempt on her; `entity` is what a reveal calls it."""

    entity: str
    link: FileLink

    @property
    def code(self) -> str:
        """As a form names it."""
        return f"{self.entity}:{self.link.pk}"


def listed_files(member_id: UUID) -> list[ListedFile]:
    """The newest, those that are gone too; two statements, and no picture is read."""
    own = MemberFile.objects.filter(member=member_id)
    visits = AttemptFile.objects.filter(attempt__member=member_id)
    found = [ListedFile(entity="member_file", link=link) for link in _newest(own)]
    return found + [ListedFile(entity="attempt_file", link=link) for link in _newest(visits)]


def standing_files(member_id: UUID) -> list[ListedFile]:
    """Those that are kept."""
    return [one for one in listed_files(member_id) if one.link.ended_at is None]


def _newest(links: Any) -> list[FileLink]:
    whole = links.select_related("file").defer("file__content", "file__sha256")
    return list(whole.order_by("-attached_at", "-pk")[:FILES_SHOWN])
