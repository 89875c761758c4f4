"""No field that a client adds to a call moves money, cover or rights (property level)."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from django.db import connection

from enrollment.models import Member
from tests.architecture.tree import models
from tests.savepoints import taken_back
from tests.security.matrix import Kind, Line, kinds, lines
from tests.security.routes import routes
from tests.security.stage import Stage

pytestmark = pytest.mark.django_db
BY_NAME = {route.name: route for route in routes()}
WRITES = [line for line in lines() if line.body is not None]

NUMBER: Final = 777_777_777
DAY: Final = "2031-12-01"
WORD: Final = "zz_ditanam"
ID: Final = "01a1949e-7777-7777-8777-777777777777"
PLANTED: Final[dict[str, Any]] = {
    **dict.fromkeys(("amount_settled", "fee", "admin_fee", "total", "credit", "payable"), NUMBER),
    **dict.fromkeys(("episode_no", "rev", "ver", "balance"), NUMBER),
    **dict.fromkeys(("paid_through", "settlement_date", "registered_on", "posted_at"), DAY),
    **dict.fromkeys(("status", "state", "role", "verdict", "decided_by_name"), WORD),
    **dict.fromkeys(("agent_id", "agent", "branch", "user_id", "payment_id", "id"), ID),
}


def stored() -> list[str]:
    """Our tables that hold a planted value anywhere in a row."""
    found = []
    with connection.cursor() as cursor:
        for model in models():
            if not model._meta.managed or model._meta.proxy:
                continue
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(
                f"SELECT count(*) FROM {table} AS r WHERE to_jsonb(r)::text ~ %s",  # noqa: S608
                ["|".join((str(NUMBER), DAY, WORD, ID))],
            )
            if cursor.fetchone() != (0,):
                found.append(model._meta.label)
    return found


def doer(line: Line) -> str:
    """A role that the line lets in; a wrong code lets nobody in, and must store nothing either."""
    let_in = (role for role, words in line.answers.items() if words[0] == "ok")
    return next(let_in, next(iter(line.answers)))


@pytest.mark.parametrize("line", WRITES, ids=str)
def test_no_client_field_moves_money(
    line: Line, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "look", stored)
    route = BY_NAME[line.route]
    role = doer(line)
    plain = stage.call(line, route, role=role, target="own").word
    assert plain == line.answers[role][0]
    for name, value in PLANTED.items():
        if name in (line.body or {}):
            continue
        added = replace(line, body={**(line.body or {}), name: value})
        answer = stage.call(added, route, role=role, target="own")
        assert answer.word in {plain, "400", "422"}, (name, answer.body)
        assert answer.seen == (), name


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_no_field_of_an_operation_moves_money(
    kind: Kind, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "look", stored)
    more = {name: value for name, value in PLANTED.items() if name not in kind.data}
    planted = replace(kind, data=kind.data | more)
    answer = stage.pushed(planted, "own")
    assert (answer.word, answer.seen) == ("ok", ())


def test_control_a_stored_field_is_found(stage: Stage) -> None:
    member = stage.corners["own"].member
    with taken_back():
        Member.objects.filter(pk=member.pk).update(paid_through=date(2031, 12, 1))
        assert stored() == ["enrollment.Member"]
