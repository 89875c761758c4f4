"""Who asks for a bill: an agent for her members, a partner for a quote, a user of the office."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from enrollment.models import Member
from perisai.models import User


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


Maker = AgentMaker | PartnerMaker | UserMaker


def caller_of(maker: Maker) -> str:
    """Whose Idempotency-Keys are the maker's."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return f"agent:{agent_id}"
        case PartnerMaker(partner_id=partner_id):
            return f"partner:{partner_id}"
        case UserMaker(user_id=user_id):
            return f"user:{user_id}"


def maker_columns(maker: Maker) -> dict[str, Any]:
    """The one of the three columns of a bill that names the maker."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return {"made_by_agent_id": agent_id}
        case PartnerMaker(partner_id=partner_id):
            return {"made_by_partner_id": partner_id}
        case UserMaker(user_id=user_id):
            return {"made_by_user_id": user_id}


def billable_by(maker: Maker) -> QuerySet[Member]:
    """The members that the maker may bill: her own; all, at a counter; the branch's."""
    match maker:
        case AgentMaker(agent_id=agent_id):
            return Member.objects.served_by(agent_id)
        case PartnerMaker():
            return Member.objects.filter(merged_into__isnull=True)
        case UserMaker(user_id=user_id):
            return Member.objects.visible_to(User.objects.get(pk=user_id))
