"""What an erasure destroys of a member."""

from enrollment.services.forgetting import forget_members
from enrollment.services.member_files import forget_files
from perisai.erasing import Subject, erases
from perisai.models import ErasedKind


@erases(ErasedKind.MEMBER)
def members(subject: Subject) -> None:
    """The person's rows, heirs, witnesses and forms."""
    forget_members(subject)


@erases(ErasedKind.MEMBER)
def files(subject: Subject) -> None:
    """The person's photographs, but for what another person's record has too."""
    forget_files(subject.ids, at=subject.at)
