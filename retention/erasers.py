"""What an erasure destroys of attempts, their files, and reminders."""

from perisai.erasing import Subject, erases
from perisai.models import ErasedKind
from retention.services.attempt_files import forget_files
from retention.services.forgetting import destroy_texts, forget_phones


@erases(ErasedKind.MEMBER)
def texts_of_attempts(subject: Subject) -> None:
    """What agents wrote of the member, and where they met; the codes stay."""
    destroy_texts(subject.ids)


@erases(ErasedKind.MEMBER)
def files_of_attempts(subject: Subject) -> None:
    """What agents photographed on their visits."""
    forget_files(subject.ids, at=subject.at)


@erases(ErasedKind.MEMBER)
def phones_of_reminders(subject: Subject) -> None:
    """By which number the member was reminded; days and reasons stay."""
    forget_phones(subject.ids)
