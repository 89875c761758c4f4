"""Two rows of one person, and how a supervisor decides that they are one."""

from datetime import date, datetime

from enrollment.edit import Edit
from enrollment.models import ClosedReason, Member
from enrollment.services.closing import Closing, close_member
from payments.services.merging import credit_of
from perisai.clock import official_date
from perisai.models import Agent, Role, User
from tests.factories.payments import NOW, cared_for_member
from tests.factories.perisai import AgentFactory, UserFactory

Pair = tuple[Member, Member]
"""The row that is to end, and the one that stays."""


def two_rows(agent: Agent | None = None) -> Pair:
    """Twice the same person in one agent's care, who never paid."""
    agent, born = agent or AgentFactory.create(), date(1990, 5, 17)
    return cared_for_member(agent, birth_date=born), cared_for_member(agent, birth_date=born)


def decider_of(pair: Pair) -> User:
    """A supervisor of the losing row's branch."""
    return UserFactory.create(role=Role.SUPERVISOR, branch=pair[0].branch)


def merge_rows(loser: Member, winner: Member, *, by: User, at: datetime = NOW) -> None:
    """What an agent reported about the first row is decided: it is the second's person."""
    edit = Edit(at=at, received_at=at, agent_id=loser.agent_id, user_id=by.pk, decision="merge")
    closing = Closing(
        member_id=loser.pk,
        reason=ClosedReason.DUPLICATE,
        on=official_date(at),
        duplicate_of=winner.pk,
    )
    close_member(closing, by=edit)


def credits(pair: Pair) -> tuple[int, int]:
    """What the two rows have."""
    return credit_of(pair[0].pk), credit_of(pair[1].pk)
