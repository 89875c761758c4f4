"""Papers in a real browser: on rolls, on A6, on a phone; nothing refused, nothing cut off."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import time_machine
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from payments.models import Bill, Payment
from payments.services.links import share_url, verify_url
from payments.services.posting import pay
from perisai.services.tokens import issue_device_token, issue_terminal_token
from tests.browsers import Watched
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
    office_maker,
    paid,
)
from tests.factories.perisai import AgentFactory, DeviceFactory

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
MM: Final = 96 / 25.4  # pixels of a stylesheet
NAME: Final = "Maria Magdalena Rumahlatu Siwabessy"
CUT_OFF: Final = """
    () => [...document.querySelectorAll("main, main *")]
        .filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1
            || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
        .map(one => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 30)}`)
"""


class Papers:
    """What there is to print, and who may."""

    def __init__(self) -> None:
        self.outlet = PostAgentFactory.create(name="Kantor Pos Cabang Pembantu Teluk Dalam Selatan")
        self.agent = AgentFactory.create()
        self.device = DeviceFactory.create(agent=self.agent)
        member = cared_for_member(self.agent, full_name=NAME)
        self.payment = paid(member, self.outlet, months=3)
        self.undone = paid(cared_for_member(self.agent, full_name=NAME), self.outlet)
        Payment.objects.filter(pk=self.undone.pk).update(reversed_at=NOW)
        people = [cared_for_member(self.agent) for _ in range(3)]
        self.many = bill_for(*people, months=12, maker=office_maker())
        self.bill = bill_for(cared_for_member(self.agent, full_name=NAME), months=12)
        together = bill_for(*(cared_for_member(self.agent) for _ in range(3)))
        pay(command_for(together, self.outlet), now=NOW)
        self.collective = Payment.objects.get(bill=together)

    def receipt(self, payment: Payment) -> str:
        """A receipt's page."""
        return f"/api/v1/pospay/payments/{payment.pk}/receipt.html"

    def page(self, bill: Bill) -> str:
        """A bill's page."""
        return f"/api/v1/bills/{bill.code}/page"

    def token(self, path: str) -> str:
        """Who may open a page."""
        if path.startswith("/api/v1/pospay"):
            return issue_terminal_token(self.outlet.user, "POS-1")[0]
        if path.startswith("/api/v1/bills"):
            return issue_device_token(self.device)[0]
        return ""

    def rolls(self) -> dict[str, str]:
        """What comes out of a printer of 58 or 80 mm."""
        return {
            "receipt": self.receipt(self.payment),
            "receipt-undone": self.receipt(self.undone),
            "receipt-collective": self.receipt(self.collective),
        }

    def bills(self) -> dict[str, str]:
        """What stands on a roll of 58 mm, or on A6."""
        return {
            "bill": self.page(self.bill),
            "bill-many": path_of(share_url(self.many.code)),
            "bill-paid": self.page(self.payment.paid_bill),
        }

    def proofs(self) -> dict[str, str]:
        """What opens on a phone."""
        return {
            "proof": path_of(verify_url(self.payment.receipt_no)),
            "proof-undone": path_of(verify_url(self.undone.receipt_no)),
        }


@pytest.fixture
def papers(db: None) -> Iterator[Papers]:
    """One of everything; the server's clock is that of its payments."""
    with time_machine.travel(NOW, tick=True):
        yield Papers()


def path_of(url: str) -> str:
    """A link without the host."""
    return "/" + url.split("/", 3)[3]


def opened(browser: Browser, server: LiveServer, papers: Papers, path: str, **how: Any) -> Watched:
    """A page as its owner opens it."""
    token = papers.token(path)
    headers = {"Authorization": f"Token {token}"} if token else {}
    context = browser.new_context(extra_http_headers=headers, **how)
    watched = Watched(context, server)
    watched.visit(path)
    return watched


def cut_off(watched: Watched, width: float) -> list[str]:
    """What does not fit a paper of a printable width in millimetres."""
    watched.page.emulate_media(media="print")
    watched.page.set_viewport_size({"width": round(width * MM), "height": 900})
    found: list[str] = watched.page.evaluate(CUT_OFF)
    return found


def sheets(watched: Watched, width: float, height: float) -> int:
    """How many sheets a paper of a size takes."""
    printed = watched.page.pdf(width=f"{width}mm", height=f"{height}mm", print_background=False)
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@pytest.mark.parametrize("language", ["id-ID", "en-GB"])
def test_receipts_fit_a_roll(
    language: str, browser: Browser, live_server: LiveServer, papers: Papers
) -> None:
    for name, path in papers.rolls().items():
        watched = opened(browser, live_server, papers, path, locale=language)
        for width in (58, 80):
            assert cut_off(watched, width - 4) == [], (name, width)
            watched.shoot(f"{name}-{width}-{language}")
            assert sheets(watched, width, 210) == 1, (name, width)
        assert watched.faults == []
        watched.page.context.close()


@pytest.mark.parametrize("language", ["id-ID", "en-GB"])
def test_bills_fit_a6_and_a_roll(
    language: str, browser: Browser, live_server: LiveServer, papers: Papers
) -> None:
    for name, path in papers.bills().items():
        watched = opened(browser, live_server, papers, path, locale=language)
        for width, height in ((58, 210), (105, 148)):
            assert cut_off(watched, width - 8) == [], (name, width)
            watched.shoot(f"{name}-{width}-{language}")
            assert sheets(watched, width, height) == 1, (name, width)
        assert watched.faults == []
        watched.page.context.close()


@pytest.mark.parametrize("language", ["id-ID", "en-GB"])
def test_pages_fit_a_phone(
    language: str, browser: Browser, live_server: LiveServer, papers: Papers
) -> None:
    for name, path in (papers.rolls() | papers.bills() | papers.proofs()).items():
        screen = {"width": 390, "height": 844}
        watched = opened(browser, live_server, papers, path, locale=language, viewport=screen)
        watched.shoot(f"{name}-phone-{language}")
        assert watched.page.evaluate(CUT_OFF) == [], name
        assert watched.faults == []
        watched.page.context.close()


def test_unknown_links_fit_a_phone(
    browser: Browser, live_server: LiveServer, papers: Papers
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="id-ID")
    watched = Watched(context, live_server)
    lost = watched.page.goto(f"{live_server.url}/k/KP261120AAAAAAAA.0000000000")
    assert lost is not None
    assert lost.status == 404
    watched.shoot("unknown-phone")
    assert watched.page.evaluate(CUT_OFF) == []
    # The browser reports the status of the page itself as an error; there must be nothing else.
    assert [fault for fault in watched.faults if "404" not in fault] == []
    context.close()
