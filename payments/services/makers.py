"""Who asks for a bill: an agent, a partner for a quote, a user of the office, or nobody."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from enrollment.models import Member
from payments.models import Payer, PayerQuerySet
from perisai.models import User

MOST_OF_AN_AGENT: Final = 500
MOST_OF_THE_OFFICE: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentMaker:
    """An agent, who bills her own members; payable at any partner."""

    agent_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerMaker:
    """A partner's inquiry: a quote that this partner alone knows."""

    partner_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMaker:
    """A person of the office, who bills what she may see."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemMaker:
    """Nobody asked: there is money already, and a bill is made for what it pays (R9, R12)."""


Maker = AgentMaker | PartnerMaker | UserMaker | SystemMaker


def caller_of(maker: Maker) -> str:
    """Whose Idempotency-Keys are the maker's."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return f"agent:{agent_id}"
        case PartnerMaker(partner_id=partner_id):
            return f"partner:{partner_id}"
        case UserMaker(user_id=user_id):
            return f"user:{user_id}"
        case SystemMaker():
            return "system"


def maker_columns(maker: Maker) -> dict[str, Any]:
    """The one of the four columns of a bill that names the maker."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return {"made_by_agent_id": agent_id}
        case PartnerMaker(partner_id=partner_id):
            return {"made_by_partner_id": partner_id}
        case UserMaker(user_id=user_id):
            return {"made_by_user_id": user_id}
        case SystemMaker():
            return {"made_by_system": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whom a maker may bill, which payers it may name, and how many members at once."""

    members: QuerySet[Member]
    payers: PayerQuerySet
    most_members: int


def reach_of(maker: Maker) -> Reach:
    """An agent bills her own; a counter anybody; a person of the office the branch's (R10)."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return Reach(
                members=Member.objects.served_by(agent_id),
                payers=Payer.objects.of_agent(agent_id),
                most_members=MOST_OF_AN_AGENT,
            )
        case PartnerMaker():
            return Reach(
                members=Member.objects.filter(merged_into__isnull=True),
                payers=Payer.objects.none(),
                most_members=1,
            )
        case SystemMaker():
            return Reach(
                members=Member.objects.filter(merged_into__isnull=True),
                payers=Payer.objects.all(),
                most_members=MOST_OF_THE_OFFICE,
            )
        case UserMaker(user_id=user_id):
            user = User.objects.get(pk=user_id)
            return Reach(
                members=Member.objects.visible_to(user),
                payers=Payer.objects.visible_to(user),
                most_members=MOST_OF_THE_OFFICE,
            )
