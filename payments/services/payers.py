"""Who pays for a member."""

from typing import Any
from uuid import UUID

from payments.models import MemberPayer, Payer
from perisai.models import Agent


def end_payer(member_id: UUID) -> None:
    """Note that the member pays again; nothing happens to one who always did.

    Joins the caller's transaction.
    """
    MemberPayer.objects.filter(member=member_id).delete()


def name_payer(member_id: UUID, *, payer_id: Any, kind: Any, agent_id: UUID) -> bool:
    """Note that a payer of the agent's office pays for the member; whether there is such a one.

    `payer_id` and `kind` come unchecked from a form. Joins the caller's transaction.
    """
    if type(payer_id) is not int:
        return False
    office = Agent.objects.filter(pk=agent_id).values("office")
    payer = Payer.objects.filter(pk=payer_id, kind=str(kind), office__in=office).first()
    if payer is None:
        return False
    MemberPayer.objects.bulk_create(
        [MemberPayer(member_id=member_id, payer=payer)],
        update_conflicts=True,
        unique_fields=["member"],
        update_fields=["payer"],
    )
    return True
