"""A sponsor's money came too late: two persons let the members' episodes go on (R18).

All missing months up to the running one are billed at their own price, whatever their number; the
bill is an ordinary one from then on. Never by an agent, never for who pays alone or as a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from payments.errors import BridgeUndocumented, PayerCannotBridge, PayerNotFound
from payments.models import Correction, Payer
from payments.quote import PAYERS_WITH_CREDIT
from payments.services.bill_writing import write_bill
from payments.services.billing import tell_agents
from payments.services.candidates import Candidate, read_candidates
from payments.services.correction_rule import CorrectionRule, Effect
from payments.services.drafting import Drafted, Wanted, draft_bill
from payments.services.makers import UserMaker, reach_of
from payments.services.outcomes import Refused
from payments.services.rates import rate_book
from perisai.clock import official_date
from perisai.deadlines import Deadline
from perisai.errors import DomainError
from perisai.models import Role, User
from sync.services import book


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """Whose late money, for whom, and the document that says so (a number, no names)."""

    payer_id: int
    member_ids: tuple[UUID, ...]
    document: str

    def as_details(self) -> dict[str, Any]:
        """As a correction keeps it."""
        members = [str(member_id) for member_id in self.member_ids]
        return {"payer": self.payer_id, "members": members, "document": self.document.strip()}


def bridge_of(correction: Correction) -> Bridge:
    """What a correction of this kind asks for."""
    said = correction.details
    return Bridge(
        payer_id=said["payer"],
        member_ids=tuple(UUID(member_id) for member_id in said["members"]),
        document=said["document"],
    )


def draft_bridge(
    bridge: Bridge, *, by_id: int, now: datetime, correction_id: UUID | None = None
) -> tuple[Drafted, list[Candidate]]:
    """The bill as it would be made now, and its members.

    Raises PayerNotFound, PayerCannotBridge, and the first refusal of a member: NothingToBridge,
    AlreadyPaid, PayerDiffers and what every bill refuses.
    """
    reach, today = reach_of(UserMaker(user_id=by_id)), official_date(now)
    payer = reach.payers.paying_on(today).filter(pk=bridge.payer_id).first()
    if payer is None:
        raise PayerNotFound
    _must_be_sponsor(payer)
    wanted = Wanted(
        member_ids=bridge.member_ids,
        months=None,
        payer=payer,
        bridge_id=correction_id,
        is_collective=True,
    )
    found = read_candidates(reach.members, bridge.member_ids, on=today)
    try:
        return draft_bill(wanted, found, rates=rate_book(), now=now), found
    except DomainError as refusal:
        raise Refused.of(refusal).as_error() from refusal


def check_request(correction: Correction, *, by: User) -> None:
    """Raises BridgeUndocumented, PayerNotFound and PayerCannotBridge; members are tried apart."""
    bridge = bridge_of(correction)
    if not bridge.document:
        raise BridgeUndocumented
    payer = Payer.objects.visible_to(by).filter(pk=bridge.payer_id).first()
    if payer is None:
        raise PayerNotFound
    _must_be_sponsor(payer)


def carry_out(correction: Correction, *, now: datetime) -> None:
    """Make the bill, as its proposer's. Raises what `draft_bridge` refuses by now."""
    proposer = UserMaker(user_id=correction.requested_by_id)
    with book.recording(Deadline.CORRECTION) as changes:
        drafted, members = draft_bridge(
            bridge_of(correction),
            by_id=proposer.user_id,
            now=now,
            correction_id=correction.pk,
        )
        write_bill(drafted.draft, maker=proposer, now=now)
        tell_agents(members, changes)


def preview(correction: Correction) -> Sequence[Effect]:
    """No money moves before the bill is paid."""
    return ()


def _must_be_sponsor(payer: Payer) -> None:
    if payer.kind in PAYERS_WITH_CREDIT:
        raise PayerCannotBridge


RULE: Final = CorrectionRule(
    askers=frozenset({Role.SUPERVISOR}),
    deciders=frozenset({Role.SUPERVISOR, Role.NATIONAL}),
    check=check_request,
    carry_out=carry_out,
    preview=preview,
)
