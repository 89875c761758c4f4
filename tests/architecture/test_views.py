"""Edges: a permission stated on every view, and querysets that start from the caller."""

import ast
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import AllowAny
from rest_framework.views import APIView

from perisai.api.permissions import IsAgent, Refuse
from tests.architecture.tree import APPS, Source, sources

# Queryset methods, and filters, that say who is asking, or name a record that was found so.
SCOPES = frozenset(
    {"visible_to", "wholly_visible_to", "served_by", "of_agent", "at_outlet", "known_at"}
)
CALLERS = frozenset({"agent", "user", "device", "partner"})
FOUND = frozenset({"member", "bill", "payment", "operation"})
EDGES = ("/api/", "/admin/", "/admin.py")


def views(patterns: list[Any] | None = None) -> Iterator[type[APIView]]:
    """Every API view of ours that has a route."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", None)
            if view is not None and view.__module__.split(".")[0] in APPS:
                yield view


def states_permission(view: type[APIView]) -> bool:
    """Whether the view, or a parent of ours, names who may call; everybody and nobody are none."""
    own = [kind for kind in view.__mro__ if kind.__module__.split(".")[0] in (*APPS, "tests")]
    stated = any("permission_classes" in vars(kind) for kind in own)
    classes = set(view.permission_classes)
    return stated and bool(classes) and not classes & {AllowAny, Refuse}


def unscoped(source: Source) -> list[str]:
    """Uses of `Model.objects` whose chain of calls never says who is asking."""
    tree = source.tree()
    scoped = {id(manager) for call in ast.walk(tree) if scopes(call) for manager in ast.walk(call)}
    return [
        f"{source.path}:{node.lineno} {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}
        if id(node) not in scoped
    ]


def scopes(node: ast.AST) -> bool:
    """Whether this is a call of a scope, or of a filter by the caller or a record of his."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    named = {keyword.arg for keyword in node.keywords}
    return node.func.attr in SCOPES or (
        node.func.attr == "filter" and bool(named & (CALLERS | FOUND))
    )


def test_every_view_declares_permission() -> None:
    found = set(views())
    assert len(found) > 4
    assert [view.__name__ for view in found if not states_permission(view)] == []


def test_querysets_of_edges_start_from_the_caller() -> None:
    edges = [
        source
        for source in sources()
        if source.path.split("/")[0] in APPS and any(part in source.path for part in EDGES)
    ]
    assert edges
    assert [found for source in edges for found in unscoped(source)] == []


def test_planted_view_without_permission_is_found() -> None:
    class Silent(APIView):
        """States nothing."""

    class Open(APIView):
        """Lets everybody in."""

        permission_classes = [AllowAny]

    class Stated(APIView):
        """Names who may call."""

        permission_classes = [IsAgent]

    class Child(Stated):
        """Inherits it."""

    assert [states_permission(view) for view in (Silent, Open, Stated, Child)] == [
        *(False, False, True, True)
    ]


def test_planted_unscoped_queryset_is_found() -> None:
    lines = [
        "a = Member.objects.all()",
        "b = Member.objects.live().served_by(x)",
        "c = Agent.objects",
        "d = Payment.objects.filter(pk=y, partner=x.partner_id)",
        "e = Payment.objects.filter(pk=y)",
    ]
    found = unscoped(Source(path="v.py", text="\n".join(lines)))
    assert sorted(found) == [
        "v.py:1 Member.objects",
        "v.py:3 Agent.objects",
        "v.py:5 Payment.objects",
    ]
