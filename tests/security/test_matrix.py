"""Who may call what: every mounted route and method, by every role, on every kind of record.

The table is `matrix.toml`; it says how to add a line.
"""

from copy import copy
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment.models.member import MemberQuerySet
from enrollment.services import member_rows
from payments.services.rates import rate_book
from perisai.api.permissions import Anyone
from perisai.api.views import DeviceListView
from sync.registry import known_kinds
from tests.security.matrix import ROLES, TARGETS, Kind, Line, kinds, lines
from tests.security.routes import METHODS, Route, routes
from tests.security.stage import Stage

pytestmark = pytest.mark.django_db
LINES = lines()
MOUNTED = list(routes())
BY_NAME = {route.name: route for route in MOUNTED}
BY_RECORD = [line for line in LINES if any(line.is_by_target(role) for role in ROLES)]
WITH_IDS = [kind for kind in kinds() if kind.ids]
REFUSALS = {"login", "401", "403", "404", "405"}


def strays(mounted: list[Route], said: list[Line]) -> tuple[set[str], set[tuple[str, str]]]:
    """Names that are on one side alone, and so of methods of API views."""
    names = {route.name for route in mounted} ^ {line.route for line in said}
    views = {route.name: methods for route in mounted if (methods := route.api_methods())}
    of_views = {(name, method) for name, methods in views.items() for method in methods}
    of_lines = {(line.route, line.method) for line in said if line.route in views}
    return names, of_views ^ of_lines


def wrong(line: Line, stage: Stage) -> dict[tuple[str, str], tuple[str, str]]:
    """What was answered and what the table says, by role and target, where they differ."""
    route = BY_NAME[line.route]
    ends = ("own", "unknown") if stage.names_a_record(line, route) else ("own",)
    found = {}
    for role in ROLES:
        for target in TARGETS if line.is_by_target(role) else ends:
            word = stage.call(line, route, role=role, target=target).word
            if word != line.expected(role)[target]:
                found[role, target] = (word, line.expected(role)[target])
    return found


def test_every_route_and_method_has_its_line_and_no_line_is_left_over() -> None:
    assert len(BY_NAME) == len(MOUNTED), "two routes of one name"
    assert strays(MOUNTED, LINES) == (set(), set())


@pytest.mark.parametrize("line", LINES, ids=str)
def test_matrix(line: Line, stage: Stage) -> None:
    assert wrong(line, stage) == {}


@pytest.mark.parametrize("route", MOUNTED, ids=lambda route: route.name)
def test_methods_without_a_line_are_refused(route: Route, stage: Stage) -> None:
    listed = {line.method for line in LINES if line.route == route.name}
    is_page = route.name.startswith("admin:")
    for role in ("supervisor", "national") if is_page else ("agent", "post_agent"):
        for method in sorted({*METHODS, "TRACE"} - listed):
            client = stage.passes[role].client()
            answer = stage.send(client, method, stage.url(route, "own"))
            assert answer.word in REFUSALS, (role, method)


@pytest.mark.parametrize("line", BY_RECORD, ids=str)
def test_f20_ids_of_another_agent_are_404(line: Line, stage: Stage) -> None:
    route = BY_NAME[line.route]
    for role in (role for role in ROLES if line.is_by_target(role)):
        hidden = [target for target, word in line.expected(role).items() if word == "404"]
        assert "unknown" in hidden
        rate_book()  # read once per process, unless the test before this one had another law
        seen: dict[str, Any] = {}
        for target in hidden:
            with CaptureQueriesContext(connection) as statements:
                answer = stage.call(line, route, role=role, target=target)
            body = stage.without_names(answer, target)
            seen[target] = (answer.status, body, len(statements))
        assert dict.fromkeys(hidden, seen["unknown"]) == seen, role


def test_every_kind_of_operation_has_its_line() -> None:
    assert {kind.name for kind in kinds()} == {name for name, _v in known_kinds()}


@pytest.mark.parametrize("kind", WITH_IDS, ids=lambda kind: kind.name)
def test_operations_tell_a_foreign_record_from_an_unknown_one_in_nothing(
    kind: Kind, stage: Stage
) -> None:
    assert stage.push(kind, "own")[0] != stage.push(kind, "unknown")[0]
    seen = {target: stage.push(kind, target) for target in TARGETS if target != "own"}
    assert seen == dict.fromkeys(seen, seen["unknown"])


def line_of(method: str, route: str) -> Line:
    return next(line for line in LINES if (line.method, line.route) == (method, route))


def test_control_a_route_without_a_line_and_a_line_without_a_route_are_caught() -> None:
    planted = replace(BY_NAME["members"], name="planted")
    assert strays([*MOUNTED, planted], LINES) == ({"planted"}, {("planted", "GET")})
    assert strays(MOUNTED, [*LINES, replace(LINES[0], route="gone")]) == ({"gone"}, set())
    also = replace(line_of("GET", "members"), method="DELETE")
    assert strays(MOUNTED, [*LINES, also]) == (set(), {("members", "DELETE")})


def test_control_a_view_open_to_everybody_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeviceListView, "permission_classes", [Anyone])
    found = wrong(line_of("GET", "devices"), stage)
    assert found["anonymous", "own"] == ("404", "401")
    assert found["post_agent", "own"] == ("404", "403")


def test_control_a_row_of_somebody_else_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MemberQuerySet, "served_by", lambda members, _agent: members)
    unguarded = copy(member_rows.ROWS_OF_MEMBERS)
    vars(unguarded).pop("_prepared", None)  # the statement was written with the guard
    monkeypatch.setattr(member_rows, "ROWS_OF_MEMBERS", unguarded)
    found = wrong(line_of("GET", "member"), stage)
    assert found == {
        ("agent", "branch"): ("ok", "404"),
        ("agent", "other"): ("ok", "404"),
    }


def test_control_a_line_that_says_too_much_is_caught(stage: Stage) -> None:
    line = line_of("GET", "member")
    open_line = replace(line, answers=line.answers | {"partner": ("ok",)})
    assert wrong(open_line, stage) == {
        ("partner", "own"): ("403", "ok"),
        ("partner", "unknown"): ("403", "ok"),
    }
