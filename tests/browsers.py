"""A browser that reports everything that goes wrong on a page. Loaded by the conftest."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.http.response import HttpResponseBase
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Playwright,
    Request,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

SYSTEM_CHROMIUM: Final = ("/usr/bin/chromium", "/usr/bin/chromium-browser")
ARGUMENTS: Final = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
GIVEN_UP: Final = "net::ERR_ABORTED"  # the icon, when the next page is opened at once
WATCH: Final = """
    document.addEventListener("securitypolicyviolation", event =>
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright, whose loop must not make Django refuse its ordinary statements."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as driver:
            yield driver
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """A headless Chromium: the machine's own, or the one that `make e2e` installed."""
    found = next((path for path in SYSTEM_CHROMIUM if Path(path).exists()), None)
    try:
        launched = playwright_driver.chromium.launch(executable_path=found, args=ARGUMENTS)
    except Error:
        pytest.skip("no Chromium on this machine: `make e2e` installs one")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", kept_for_good(StaticFilesHandler.serve))
        yield launched
    launched.close()


def kept_for_good(serve: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a browser ask for a style or script once, as it does where names carry a hash."""

    def serve_once(*asked: Any) -> HttpResponseBase:
        answer = serve(*asked)
        answer["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer

    return serve_once


class Watched:
    """A page of a browser, with everything that went wrong on it."""

    def __init__(self, context: BrowserContext, server: LiveServer) -> None:
        self.server = server
        self.faults: list[str] = []
        context.add_init_script(WATCH)
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )
        self.page.on("requestfailed", self._must_not_fail)
        self.page.on("request", lambda sent: self._must_stay_at_home(sent.url))

    def _must_not_fail(self, sent: Request) -> None:
        if sent.failure != GIVEN_UP:
            self.faults.append(f"failed: {sent.url} {sent.failure}")

    def _must_stay_at_home(self, url: str) -> None:
        if urlsplit(url).scheme != "data" and not url.startswith(self.server.url):
            self.faults.append(f"foreign: {url}")

    def visit(self, path: str) -> None:
        """Open a page, which must answer 200."""
        answer = self.page.goto(self.server.url + path)
        assert answer is not None
        assert answer.status == 200, path

    def shoot(self, name: str) -> None:
        """A picture, for the person who asked for a folder of them."""
        if folder := os.environ.get("SCREENSHOTS"):
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    def is_wider_than_the_screen(self) -> bool:
        """Whether a person would have to scroll the whole page sideways."""
        return bool(
            self.page.evaluate(
                "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            )
        )
