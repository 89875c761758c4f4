"""Three agents, of whom two share a branch, and somebody of every role who calls."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any, Final

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from payments.bill_code import draw_code
from payments.services.links import share_url, verify_url
from perisai.api import counting
from perisai.ids import new_id
from perisai.models import (
    Device,
    DeviceState,
    DeviceToken,
    ReferenceFile,
    Role,
    User,
    WipeOrder,
)
from perisai.services.reference_files import publish
from perisai.services.tokens import issue_device_token, issue_terminal_token
from tests.factories.enrollment import registration_data
from tests.factories.payments import NOW, PostAgentFactory, bill_for
from tests.factories.perisai import PASSWORD, DeviceFactory, UserFactory
from tests.fixtures import Caller
from tests.savepoints import taken_back
from tests.security.matrix import Kind, Line, Values, filled, words_in
from tests.security.routes import Route
from tests.supervision.entering import open_office
from tests.supervision.world import Corner, make_corner
from tests.sync.photos import begun_upload

ARGUMENTS: Final = {
    "member_id": "member",
    "device_id": "device",
    "payment_id": "payment",
    "upload_id": "upload",
    "name": "reference",
}
"""Which record an argument of a path names, where its name alone does not say it."""

UNKNOWN: Final = "01a1949e-d680-7a10-8c00-0000000000ff"
UNKNOWN_NUMBER: Final = 987_654_321
UNKNOWN_CODE: Final = draw_code(randbelow=lambda _: 1)
RECORDS: Final = frozenset({"member", "device", "payment", "bill", "payment_reference", "upload"})
AT: Final = "2026-11-20T08:00:00.000+07:00"
OP_ID: Final = "01a1949e-d680-7a10-8c00-000000000001"
LONG_ENOUGH: Final = 8  # a shorter key is no name: it stands in other numbers too
BY_CHANCE: Final = re.compile(
    r'"request_id": ?"[^"]*"|"next_sync_after": ?\d+|name="csrfmiddlewaretoken" value="[^"]*"'
)
_keys = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a call was answered."""

    status: int
    word: str
    body: bytes
    seen: tuple[str, ...] = ()


class Stage:
    """Made once for a module; every call on it is taken back."""

    def __init__(self) -> None:
        own = make_corner()
        self.corners = {
            "own": own,
            "branch": make_corner("RINA REKAN", branch=own.branch),
            "other": make_corner("ANI LAIN"),
        }
        # Read once: what a call costs is counted, and looking records up is no part of it.
        self.records = {name: corner.records() for name, corner in self.corners.items()}
        self.bills = {name: bill_for(corner.member) for name, corner in self.corners.items()}
        self.uploads = {
            name: begun_upload(corner.agent, corner.member) for name, corner in self.corners.items()
        }
        publish("tariff", now=NOW)
        self.reference = ReferenceFile.objects.get(name="tariff")
        self.passes = _passes_of(own)
        self.look: Callable[[], Iterable[str]] = tuple

    def values(self, target: str) -> "Words":
        """What the words of a body stand for."""
        return Words(self, target)

    def url(self, route: Route, target: str) -> str:
        """The address of a route, for the record of a target."""
        return route.url({name: self._argument(route, name, target) for name in route.arguments})

    def _argument(self, route: Route, name: str, target: str) -> object:
        if name == "object_id":
            page = route.name.removeprefix("admin:")
            return self.values(target).record(next(p for p in self._pages() if page.startswith(p)))
        if name == "code":
            return self.values(target)("bill")
        return self.values(target)(ARGUMENTS.get(name, name))

    def _pages(self) -> list[str]:
        return sorted(self.records["own"], key=len, reverse=True)

    def names_a_record(self, line: Line, route: Route) -> bool:
        """Whether it makes a difference whose record is asked for."""
        said = [line.body, line.form, line.query]
        return bool(route.arguments) or bool(RECORDS & {w for one in said for w in words_in(one)})

    def call(self, line: Line, route: Route, *, role: str, target: str) -> Answered:
        """Call for real, and take back whatever it did."""
        client = self.passes[role].client()
        values = self.values(target)
        sent: dict[str, Any] = {"headers": filled(line.headers, values)}
        if line.form is not None:
            sent |= {"data": filled(line.form, values), "format": "multipart"}
        elif line.body is not None:
            sent |= {"data": filled(line.body, values), "format": "json"}
        elif line.query:
            sent |= {"data": filled(line.query, values)}
        return self.send(client, line.method, self.url(route, target), **sent)

    def send(self, client: APIClient, method: str, url: str, **sent: Any) -> Answered:
        """One call that leaves nothing behind, no rows, no counters; `look` sees what it did."""
        cache.clear()
        counting.own.clear()
        with taken_back():
            answer: Any = getattr(client, method.lower())(url, **sent)
            return Answered(
                status=answer.status_code,
                word=word_of(answer),
                body=b"" if answer.streaming else answer.content,
                seen=tuple(self.look()),
            )

    def push(self, kind: Kind, target: str) -> tuple[str, int]:
        """An agent's operation on a record of a target: the answer, and how many statements."""
        with CaptureQueriesContext(connection) as statements:
            answer = self.pushed(kind, target)
        return self.without_names(answer, target), len(statements)

    def pushed(self, kind: Kind, target: str) -> Answered:
        """The same operation: its raw answer."""
        values = self.values(target)
        op = {"op_id": OP_ID, "seq": 1, "kind": kind.name, "v": 1, "at": AT}
        op |= {"entity_id": filled(kind.entity, values) if kind.entity else OP_ID}
        batch = {"first_seq": 1, "ops": [op | {"data": filled(kind.data, values)}]}
        client = self.passes["agent"].client()
        return self.send(client, "POST", "/api/v1/sync", data=batch, format="json")

    def without_names(self, answer: Answered, target: str) -> str:
        """A body without what names the request, or the record that was asked for."""
        text = BY_CHANCE.sub("", answer.body.decode())
        values = self.values(target)
        names = {str(values(word)) for word in RECORDS}
        names |= {str(values.record(page)) for page in self._pages()}
        for name in sorted((name for name in names if len(name) >= LONG_ENOUGH), key=len):
            text = text.replace(name, "<record>")
        return text


class Words(Values):
    """The records of one corner, or ids that nobody has."""

    def __init__(self, stage: Stage, target: str) -> None:
        self.stage = stage
        self.target = target

    def __call__(self, word: str) -> Any:
        """Raises LookupError for a word that the stage does not know."""
        plain: dict[str, Any] = {
            "key": f"kunci-matriks-{next(_keys):08d}",
            "new": str(new_id()),
            "password": PASSWORD,
            "registration": registration_data(),
            "own_agent_number": self.stage.passes["agent"].username,
            "outlet_login": self.stage.passes["post_agent"].username,
        }
        return plain[word] if word in plain else self._of_target(word)

    def record(self, page: str) -> object:
        """The key of the record that a page shows."""
        own = self.stage.records["own"][page].pk
        if self.target == "unknown":
            return UNKNOWN_NUMBER if isinstance(own, int) else UNKNOWN
        return self.stage.records[self.target][page].pk

    def _of_target(self, word: str) -> Any:
        if self.target == "unknown":
            other = {"bill": UNKNOWN_CODE, "bill_amount": 1, "digits": "0" * 8}
            return other.get(word, UNKNOWN)
        corner, bill = self.stage.corners[self.target], self.stage.bills[self.target]
        known = {
            "member": str(corner.member.pk),
            "device": str(corner.device.pk),
            "payment": str(corner.payment.pk),
            "upload": str(self.stage.uploads[self.target].pk),
            "bill": bill.code,
            "bill_amount": bill.payable,
            "payment_reference": corner.payment.reference,
            "receipt_link": link_in(verify_url(corner.payment.receipt_no)),
            "bill_link": link_in(share_url(bill.code)),
            "reference": self.stage.reference.name,
            "digits": self.stage.reference.sha256[:8],
        }
        return known[word]


def link_in(url: str) -> str:
    """The number with its proof, at the end of a link."""
    return url.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What somebody carries: a token for the API, a session for the pages."""

    username: str = ""
    token: str = ""
    session: str = ""

    def client(self) -> Caller:
        """A fresh client with both."""
        client = Caller(self.token, raise_request_exception=False)
        if self.session:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client


def _passes_of(own: Corner) -> dict[str, Pass]:
    outlet = own.payment.outlet or PostAgentFactory.create()
    people = {role: UserFactory.create(role=role) for role in (Role.FINANCE, Role.NATIONAL)}
    people |= {role: UserFactory.create(role=role) for role in (Role.AUDITOR, Role.PARTNER)}
    people |= {Role.SUPERVISOR: own.supervisor, Role.POST_AGENT: outlet.user}
    PostAgentFactory.create(user=people[Role.PARTNER], partner=outlet.partner, outlet_code="")
    lost = {"state": DeviceState.LOST, "lost_at": own.device.lease_until, "wipe": WipeOrder.WIPE}
    return {
        "anonymous": Pass(),
        "agent": _pass_of_device(DeviceFactory.create(agent=own.agent)),
        "limited": _pass_of_device(
            DeviceFactory.create(agent=own.agent, state=DeviceState.LIMITED)
        ),
        "lost": _pass_of_device(DeviceFactory.create(agent=own.agent, **lost)),
        **{str(role): _pass_of_user(user) for role, user in people.items()},
    }


def _pass_of_device(device: Device) -> Pass:
    token, _ends = issue_device_token(device)
    return _carried(device.agent.user, token)


def _pass_of_user(user: User) -> Pass:
    """Also for those to whom no service gives a token: the role must refuse, not its absence."""
    token, _ends = issue_terminal_token(user, "T-01")
    return _carried(user, token)


def _carried(user: User, token: str) -> Pass:
    """The first use of a token is behind it, so that calls cost what they always do."""
    Caller(token).get("/api/v1/devices")
    DeviceToken.objects.filter(user=user).update(expiry=_far(user))
    browser = APIClient()
    open_office(browser, user)
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return Pass(username=user.username, token=token, session=session)


def _far(user: User) -> Any:
    newest = DeviceToken.objects.filter(user=user).latest("created")
    return newest.created + timedelta(days=14)


def word_of(answer: Any) -> str:
    """The class of an answer: `ok`, `login` for a way to it, `moved`, or the status."""
    if answer.status_code in range(200, 300):
        return "ok"
    if answer.status_code in {301, 302}:
        to_login = answer.headers["Location"].startswith("/admin/login/")
        return "login" if to_login else "moved"
    return str(answer.status_code)
