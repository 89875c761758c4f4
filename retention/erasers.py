"""What an erasure destroys of the attempts."""

from perisai.erasing import Subject, erases
from perisai.models import ErasedKind
from retention.services.forgetting import destroy_texts


@erases(ErasedKind.MEMBER)
def texts_of_attempts(subject: Subject) -> None:
    """What agents wrote of the member, and where they met; the codes stay."""
    destroy_texts(subject.ids)
