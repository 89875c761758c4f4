"""What the ledger says to an erasure: it forgets nobody's money, and settles it first."""

from payments.services.duties import open_duty
from perisai.erasing import Hold, Subject, holds
from perisai.models import ErasedKind


@holds(ErasedKind.MEMBER)
def open_money(subject: Subject) -> Hold | None:
    """A bill that can be paid any moment, or a balance that is the member's."""
    return open_duty(subject)
