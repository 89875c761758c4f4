"""Who decides: supervisors of the branches that the phones' agents belong to."""

from typing import Literal
from uuid import UUID

from perisai import clock
from perisai.models import Role, User
from sync.models import Conflict
from sync.services.decide import Word, decide
from tests.factories.perisai import UserFactory
from tests.sync.phones import Body, Phone

REASON = "Sudah diperiksa di kantor"


def supervisor_of(phone: Phone) -> User:
    """A supervisor of the phone's branch."""
    branch = phone.device.agent.office.branch
    return UserFactory.create(role=Role.SUPERVISOR, branch=branch)


def case_of(sent: Body) -> Conflict:
    """The newest case of an operation."""
    return Conflict.objects.filter(operation__op_id=sent["op_id"]).latest("created_at", "pk")


def rule(
    case: Conflict,
    decision: Literal["apply", "merge", "refuse"],
    *,
    by: User,
    under: UUID | None = None,
) -> Conflict:
    """Decide it now, with a reason."""
    word = Word(decision=decision, reason=REASON, under=under)
    return decide(case.pk, word, by=by, now=clock.now())
