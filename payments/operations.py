"""What a registration means for money: who pays, and the first bill."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from enrollment.models import Member, Verdict
from payments.errors import MonthsNotAllowed
from payments.services.billing import BillOrder, make_bill
from payments.services.binding import Claim, bind, claim_code
from payments.services.captures import captured_at
from payments.services.makers import AgentMaker
from payments.services.outcomes import Refused
from payments.services.payers import end_payer, name_payer
from perisai import clock
from perisai.models import Device
from sync.registry import Op, Result, step

MONTHS_NOT_ALLOWED = MonthsNotAllowed.code
BILL_CODE_UNUSABLE = "bill_code_unusable"
PAYER_UNKNOWN = "payer_unknown"
MEMBER_NOT_OWN = "member_not_own"


@step("member.register", v=1)
def bill_registration(op: Op, result: Result) -> Result:
    """Note the payer and make the bill that the form asks for, under the code of its slip.

    A bill never spoils a registration: what cannot be billed is a warning, or nothing for a draft,
    whose `missing[]` says why. Money that came for the code before is released by it. A form merged
    into another agent's member names her no payer and ends none: whose she is decides that.
    """
    member_id = _billed_member(op, result)
    if _is_own(op, result, member_id):
        warnings = [*_payer_warnings(op, member_id), *_bill_warnings(op, member_id)]
    else:
        warnings = _warnings_of_anothers(op, member_id)
    return replace(result, warnings=(*result.warnings, *warnings)) if warnings else result


def _billed_member(op: Op, result: Result) -> UUID:
    """The record that the form made, or the one that it reopened."""
    into = result.extra.get("into")
    return UUID(into) if into else result.entity_id or op.entity_id


def _is_own(op: Op, result: Result, member_id: UUID) -> bool:
    """Only a merge leaves a member with another agent."""
    is_merged = result.code == Verdict.MERGED.value
    return not is_merged or Member.objects.served_by(op.agent_id).filter(pk=member_id).exists()


def _warnings_of_anothers(op: Op, member_id: UUID) -> list[str]:
    """The slip's code is the author's and finds its member; what else was asked for is told."""
    code, months = op.data.get("bill_code"), op.data.get("months")
    bound = _bound(op, member_id, code=code, months=months) if code else []
    is_asked = isinstance(op.data.get("payer"), dict) or (not code and isinstance(months, int))
    return [*bound, MEMBER_NOT_OWN] if is_asked else bound


def _payer_warnings(op: Op, member_id: UUID) -> list[str]:
    payer: Any = op.data.get("payer")
    if not isinstance(payer, dict):
        return []
    if payer.get("kind", "self") == "self":
        end_payer(member_id)
        return []
    is_named = name_payer(
        member_id, payer_id=payer.get("id"), kind=payer.get("kind"), agent_id=op.agent_id
    )
    return [] if is_named else [PAYER_UNKNOWN]


def _bill_warnings(op: Op, member_id: UUID) -> list[str]:
    code, months = op.data.get("bill_code"), op.data.get("months")
    if code:
        return _bound(op, member_id, code=code, months=months)
    if not isinstance(months, int):
        return []
    order = BillOrder(
        maker=AgentMaker(agent_id=op.agent_id), member_ids=(member_id,), months=months
    )
    made = make_bill(order, now=_now(op))
    is_refused_for_months = isinstance(made, Refused) and made.code == MONTHS_NOT_ALLOWED
    return [MONTHS_NOT_ALLOWED] if is_refused_for_months else []


def _bound(op: Op, member_id: UUID, *, code: str, months: Any) -> list[str]:
    """What there is to say once the code has its member; the months are the code's, if not told."""
    now = _now(op)
    claim = Claim(
        code=code,
        agent_id=_author(op),
        member_id=member_id,
        months=months if isinstance(months, int) else None,
        captured_at=captured_at(op),
    )
    if not claim_code(claim, now=now):
        return [BILL_CODE_UNUSABLE]
    bind(code, now=now)
    is_offered = claim.months is None or claim.months in settings.BILL_PERIODS
    return [] if is_offered else [MONTHS_NOT_ALLOWED]


def _now(op: Op) -> datetime:
    """When money moves: as the form came, unless it had to wait; never on a day that is over."""
    return clock.now() if op.was_held else op.received_at


def _author(op: Op) -> UUID:
    """Whose phone sent the form, also where a person gave its member to another agent."""
    if not op.was_held:
        return op.agent_id
    return Device.objects.values_list("agent", flat=True).get(pk=op.device_id)
