"""What a registration means for money: who pays, and the first bill."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from payments.errors import MonthsNotAllowed
from payments.services.billing import BillOrder, make_bill
from payments.services.makers import AgentMaker
from payments.services.outcomes import Refused
from payments.services.payers import end_payer, name_payer
from sync.registry import Op, Result, step

MONTHS_NOT_ALLOWED = MonthsNotAllowed.code
BILL_CODE_UNUSABLE = "bill_code_unusable"
PAYER_UNKNOWN = "payer_unknown"


@step("member.register", v=1)
def bill_registration(op: Op, result: Result) -> Result:
    """Note the payer and make the bill that the form asks for.

    A bill never spoils a registration: what cannot be billed is a warning, or nothing for a draft,
    whose `missing[]` says why. No code is reserved for phones yet, so a sent one cannot be used.
    """
    member_id = _billed_member(op, result)
    warnings = [*_payer_warnings(op, member_id), *_bill_warnings(op, member_id)]
    return replace(result, warnings=(*result.warnings, *warnings)) if warnings else result


def _billed_member(op: Op, result: Result) -> UUID:
    """The record that the form made, or the one that it reopened."""
    into = result.extra.get("into")
    return UUID(into) if into else result.entity_id or op.entity_id


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
    if op.data.get("bill_code"):
        return [BILL_CODE_UNUSABLE]
    months = op.data.get("months")
    if not isinstance(months, int):
        return []
    order = BillOrder(
        maker=AgentMaker(agent_id=op.agent_id), member_ids=(member_id,), months=months
    )
    made = make_bill(order, now=op.received_at)
    is_refused_for_months = isinstance(made, Refused) and made.code == MONTHS_NOT_ALLOWED
    return [MONTHS_NOT_ALLOWED] if is_refused_for_months else []
