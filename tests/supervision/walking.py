"""Walking the office as its user would: from the menu to every list, record and act."""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.browsers import Watched

HOME: Final = "/admin/"
LINKS: Final = "#nav-sidebar a, .offers a, #result_list tbody th a, .buttons a, .records a"
KEY: Final = re.compile(r"/(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+)/")
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")
UNLABELLED: Final = """
    () => [...document.querySelectorAll("#content input, #content select, #content textarea")]
        .filter(field => !["hidden", "submit"].includes(field.type) && !field.hidden)
        .filter(field => !field.labels.length && !field.ariaLabel)
        .map(field => field.name || field.id)
"""


@dataclass(slots=True, kw_only=True)
class Walk:
    """What was seen on the way."""

    watched: Watched
    widths: tuple[int, ...]
    acts: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    @property
    def page(self) -> Page:
        """What the browser shows."""
        return self.watched.page

    def go(self, *wanted: str) -> list[str]:
        """These pages and every one within reach, once; returns the paths that were opened."""
        waiting, known, opened = deque(wanted), {kind_of(path) for path in wanted}, []
        self._widen(self.widths[0])
        while waiting:
            path = waiting.popleft()
            answer = self.page.goto(self.watched.server.url + path)
            if answer is None or answer.status != 200:
                self.faults.append(f"{path}: {answer and answer.status}")
                continue
            opened.append(path)
            self._look(path)
            for link in self._links():
                if kind_of(link) not in known:
                    known.add(kind_of(link))
                    waiting.append(link)
        return opened

    def _look(self, path: str) -> None:
        """Labels, title, way back, and nothing that makes the whole page scroll sideways."""
        if "/act/" in path:
            self.acts.add(path.rstrip("/").rsplit("/", 1)[-1])
        self.faults += [f"{path}: no label: {name}" for name in self.page.evaluate(UNLABELLED)]
        if not self.page.locator("h1").first.inner_text().strip():
            self.faults.append(f"{path}: no title")
        way_back = self.page.locator(".breadcrumbs").all_inner_texts()
        if UUID.search(" ".join(way_back)):
            self.faults.append(f"{path}: an id for a name: {way_back}")
        for width in self.widths:  # a page is loaded at the first of them
            self._widen(width)
            self.watched.shoot(f"{path.strip('/').replace('/', '-')}-{width}")
            if self.watched.is_wider_than_the_screen():
                self.faults.append(f"{path}: wider than {width}")
        self._widen(self.widths[0])

    def _widen(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": 900})

    def _links(self) -> list[str]:
        """Where the page leads to, within the office."""
        found = self.page.locator(LINKS).evaluate_all("all => all.map(one => one.href)")
        paths = [urlsplit(url).path for url in found]
        return [path for path in paths if path.startswith(HOME)]


def kind_of(path: str) -> str:
    """A page whatever its record; one page of each kind is enough."""
    return KEY.sub("/_/", path)
