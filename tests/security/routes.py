"""Every mounted route, from the resolver itself."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from supervision.admin.scoped import ScopedAdmin

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
API_METHODS = (*METHODS, "HEAD")  # which a page answers as its GET


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One path that answers: its name with its namespace, or its pattern if it has no name."""

    name: str
    pattern: str
    arguments: tuple[str, ...]
    view: Any
    act: str = ""

    def url(self, values: dict[str, object]) -> str:
        """Its address, with values in the places of its arguments."""
        if self.is_named():
            fixed = {"act_name": self.act} if self.act else {}
            return reverse(self.name.partition(" ")[0], kwargs=values | fixed)
        return self.pattern.replace("(?P<url>.*)$", "tidak-ada/")

    def is_named(self) -> bool:
        """Whether it can be reversed."""
        return not self.name.startswith("/")

    def api_methods(self) -> set[str] | None:
        """The methods that an API view answers; None for a page."""
        view = getattr(self.view, "cls", None)
        if view is None:
            return None
        return {method for method in API_METHODS if hasattr(view, method.lower())}


def routes(
    patterns: list[Any] | None = None, *, before: str = "/", space: str = ""
) -> Iterator[Route]:
    """All of them, in the order in which they are tried."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        pattern = before + str(one.pattern)
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            yield from routes(one.url_patterns, before=pattern, space=inner)
        elif isinstance(one, URLPattern):
            route = Route(
                name=space + one.name if one.name else pattern,
                pattern=pattern,
                arguments=tuple(one.pattern.regex.groupindex) if one.name else (),
                view=one.callback,
            )
            yield from acts_of(route) if "act_name" in route.arguments else [route]


def acts_of(route: Route) -> Iterator[Route]:
    """The acts that stand behind one pattern, each as a route: `admin:<page>_act <name>`."""
    arguments = tuple(name for name in route.arguments if name != "act_name")
    for model, page in admin.site._registry.items():
        path = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        if route.name not in {f"{path}_act", f"{path}_list_act"} or not isinstance(
            page, ScopedAdmin
        ):
            continue
        for act in page.acts:
            if act.is_for_list is route.name.endswith("_list_act"):
                name = f"{route.name} {act.name}"
                yield replace(route, name=name, act=act.name, arguments=arguments)
