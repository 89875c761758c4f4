"""Who decides: supervisors of the branches that the phones' agents belong to."""

from typing import Any, Literal
from uuid import UUID

from perisai import clock
from perisai.models import Role, User
from sync.models import Conflict, Operation
from sync.services.decide import Word, decide
from tests.factories.perisai import UserFactory
from tests.sync.pebbles import lay_op
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


def stored(sent: Body) -> tuple[str, str]:
    """Result and code of an operation as they stand now."""
    return Operation.objects.values_list("result", "code").get(op_id=sent["op_id"], same_as=None)


def news(phone: Phone) -> list[Body]:
    """The final words that a pull brings."""
    return [
        change["row"]
        for page in phone.pull()
        for change in page["changes"]
        if change["e"] == "op_result" and change["op"] == "put"
    ]


def held(phone: Phone, **said: Any) -> Body:
    """A pebble that a rule has held for a person."""
    sent = lay_op(1, fault="conflict", **said)
    (result,) = phone.push(sent)
    assert result["result"] == "conflict"
    phone.pull()
    return sent
