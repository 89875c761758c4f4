"""What an erasure destroys of a member."""

from enrollment.services.forgetting import forget_members
from perisai.erasing import Subject, erases
from perisai.models import ErasedKind


@erases(ErasedKind.MEMBER)
def members(subject: Subject) -> None:
    """The person's rows, heirs, witnesses and forms."""
    forget_members(subject)
