"""Which member an agent is herself: named by her branch (R29)."""

from datetime import timedelta

import structlog

from enrollment.errors import AgentIsAnotherMember, MemberIsAnotherAgent
from enrollment.models import AgentMembership, Member
from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import NotFound, refusing
from perisai.models import Agent
from perisai.services.agents import Decision, locked_agent, must_be_own_office

log = structlog.get_logger(__name__)


@atomic_within(Deadline.PAGE)
def name_membership(agent: Agent, kpj: str, decision: Decision) -> AgentMembership:
    """From today on the agent is the member of this KPJ; an earlier naming ends. Repeatable.

    Raises NotFound for a KPJ that the deciding user may not see, MemberIsAnotherAgent,
    AgentIsAnotherMember where she was named another member today already, and AgentHasEnded.
    """
    locked = locked_agent(agent)
    must_be_own_office(locked.office, decision.by)
    seen = Member.objects.unmerged()
    if decision.by is not None:
        seen = seen.visible_to(decision.by)
    member = seen.filter(kpj=kpj).first()
    if member is None:
        raise NotFound
    on = official_date(decision.at)
    present = AgentMembership.objects.filter(agent=locked, to_on=None).first()
    if present is not None and present.member_id == member.pk:
        return present
    if present is not None:
        _end(present, decision)
    with refusing(agent_membership_one_open_per_member=MemberIsAnotherAgent):
        named = AgentMembership.objects.create(agent=locked, member=member, from_on=on)
    log.info("agent_membership_named", agent=str(agent.pk))
    return named


def _end(present: AgentMembership, decision: Decision) -> None:
    """The day before is its last, so that each day has one membership."""
    last = official_date(decision.at) - timedelta(days=1)
    if last < present.from_on:
        raise AgentIsAnotherMember
    present.to_on = last
    present.save(update_fields=["to_on"])
