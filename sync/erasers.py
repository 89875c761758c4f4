"""What an erasure destroys of the phone's contract."""

from perisai.erasing import Hold, Subject, erases, holds
from perisai.models import ErasedKind
from sync.services.erasure import erase_operations, forget_uploads, hold_of_cases


@holds(ErasedKind.MEMBER)
def open_cases(subject: Subject) -> Hold | None:
    """A case about the person that waits for a decision."""
    return hold_of_cases(subject)


@erases(ErasedKind.MEMBER)
def raw_operations(subject: Subject) -> None:
    """What phones sent, as they sent it."""
    erase_operations(subject.kind, subject.ids)


@erases(ErasedKind.MEMBER)
def files_on_their_way(subject: Subject) -> None:
    """What phones are sending: no byte is taken any more."""
    forget_uploads(subject.ids)
