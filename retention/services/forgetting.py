"""What attempts lose when their member is forgotten, or when they are old."""

from collections.abc import Iterable
from uuid import UUID

from perisai.services.guards import guards_aside
from retention.models import Attempt


def destroy_texts(member_ids: Iterable[UUID]) -> int:
    """Leave of the members' attempts the codes; joins the caller's transaction."""
    with guards_aside(Attempt):
        return Attempt.objects.filter(member__in=list(member_ids)).update(
            note=None, place=None, payment_reference=""
        )
