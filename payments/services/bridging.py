"""Asking for a bridge: tried before it waits for the second person (R18)."""

from datetime import datetime

from payments.models import Correction, CorrectionKind
from payments.services.bridge_correction import Bridge, draft_bridge
from payments.services.corrections import CorrectionDraft, request_correction
from payments.services.makers import MOST_OF_THE_OFFICE
from payments.worded_refusals import too_many_members
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound
from perisai.models import Role, User


@atomic_within(Deadline.REPORT)
def request_bridge(bridge: Bridge, *, reason: str, by: User, now: datetime) -> Correction:
    """Note it; another person confirms, and in that moment the bill is made.

    Raises NotFound for who may not ask, TooManyMembers, what `request_correction` refuses, and
    what would stand against the bill today.
    """
    if by.role != Role.SUPERVISOR:
        raise NotFound
    if len(bridge.member_ids) > MOST_OF_THE_OFFICE:
        raise too_many_members(MOST_OF_THE_OFFICE)
    draft_bridge(bridge, by_id=by.pk, now=now)
    draft = CorrectionDraft(kind=CorrectionKind.BRIDGE, reason=reason, details=bridge.as_details())
    return request_correction(draft, by=by)
