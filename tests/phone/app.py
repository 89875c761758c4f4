"""What the screens of an app call: log in, capture, look, synchronise."""

import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from tests.phone import cover, work_list
from tests.phone.book import Book
from tests.phone.codes import Codes
from tests.phone.exchange import LOGIN, Clock, Exchange, Model, local_lease, read
from tests.phone.files import Files, Picture
from tests.phone.outbox import WAITS, Kept, Outbox
from tests.phone.prices import FirstBill, first_bill
from tests.phone.references import References
from tests.phone.store import Store
from tests.phone.sync import Outcome, Sync
from tests.phone.transport import Transport
from tests.phone.wire import Json, fresh_id, moment

SECRET_FIELDS: Final = frozenset({"nik", "kk_number", "mother_maiden_name"})
POOL: Final = "/api/v1/bill-codes"
MOST_CODES: Final = 50  # that a phone may ask for
VISIBLE: Final = 4  # characters of a NIK: the regency


class Locked(Exception):
    """No contact for as long as the lease lasts, or an order: only synchronising is left."""


class AnotherAgent(Exception):
    """The login is of another agent, whose store is another file; nothing here was touched."""


class Standing(StrEnum):
    """Where an operation stands, as a screen shows it."""

    UNSENT = "not yet sent"
    SHOWING = "sent, not in the confirmed rows yet"
    DONE = "done"
    AT_SUPERVISOR = "waiting for the supervisor"
    WAITING = "waiting for another operation, or for a repair"
    REFUSED = "refused: correct it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is confirmed and what is not yet sent: two numbers, never one sum."""

    confirmed: dict[str, int]
    not_yet_sent: int


class Phone:
    """One agent's app on one handset."""

    def __init__(
        self, store: Store, transport: Transport, clock: Clock, model: Model | None = None
    ) -> None:
        self.store = store
        self.clock = clock
        self.exchange = Exchange(store, transport, clock, model)
        self.outbox = Outbox(store)
        self.book = Book(store)
        self.codes = Codes(store)
        self.files = Files(store, self.outbox)
        self.references = References(self.exchange)
        self.loop = Sync(self.exchange, self.outbox, self.book, self.files)

    def log_in(self, login: str, **proof: str) -> Json:
        """Log in with `password` or `code`. Raises Refused, NoAnswer, AnotherAgent."""
        if self.store.fact("wiped"):
            self.store.remember(installation=str(uuid.uuid4()), wiped=None)
        model = self.exchange.model
        device = {
            "installation_id": self.outbox.installation,
            "label": model.label,
            "platform": model.platform,
            "model": model.model,
            "app_version": model.app_version,
            "schema": model.schema,
        }
        raw = self.exchange.call("POST", LOGIN, {"login": login, **proof, "device": device})
        answer = read(raw)
        known = self.store.fact("agent_id")
        if known is not None and known != answer["agent"]["id"]:
            raise AnotherAgent
        self.store.remember(
            token=answer["token"],
            lease_until=local_lease(raw, answer["lease_until"], self.clock()),
            agent=answer["agent"],
            agent_id=answer["agent"]["id"],
            device_id=answer["device"]["id"],
            must_compare=True,
            locked=None,
        )
        return dict(answer)

    def sync(self) -> Outcome:
        """One round of the loop."""
        outcome = self.loop.once()
        config, tag = self.store.fact("config") or {}, self.store.fact("config_tag")
        if "codes" in config.get("bills", {}) and tag != self.store.fact("codes_of"):
            with self.store.transaction():
                self.codes.refill(config["bills"]["codes"])
                self.store.remember(codes_of=tag)  # the pool may be filled up since: once for each
        return outcome

    def fill_pool(self, months: int = 1, count: int = 20) -> None:
        """Ask for more codes where few are left; after a sync, so that the server knows who has
        which. Those that end too soon count with the server, and are asked for besides. Raises
        Refused, NoAnswer.
        """
        now = self.clock()
        if self.codes.is_low(months, now=now):
            wanted = min(count + self.codes.ending(months, now=now), MOST_CODES)
            self.codes.refill(self.ask("POST", POOL, {"months": months, "count": wanted})["codes"])

    def quote(self, data: Json, months: int, *, today: date) -> FirstBill:
        """What to tell a new member, without network: a preview, the bill is the price."""
        return first_bill(data, months, self.store.fact("config"), today=today)

    def capture(self, kind: str, data: Json, **members: Any) -> str:
        """Save one operation; its id. Raises Locked, NotPlain, TooLarge."""
        self._must_be_open()
        return self.outbox.capture(kind, data, now=self.clock(), **members)

    def register(self, data: Json, *, member_id: str, months: int | None = None) -> str:
        """Save a registration; with months it takes a bill code out of the pool. Raises NoCode."""
        op_id = fresh_id(self.clock())
        with self.store.transaction():
            if months is not None:
                code = self.codes.take(months, op_id=op_id, now=self.clock())
                data = {**data, "months": months, "bill_code": code}
            return self.capture("member.register", data, entity_id=member_id, op_id=op_id)

    def attach(self, picture: Picture, **members: Any) -> str:
        """Save a photograph and announce it; the file's id. Raises Locked."""
        self._must_be_open()
        return self.files.add(picture, now=self.clock(), **members)

    def photograph_again(self, file_id: str, picture: Picture) -> str:
        """Another photograph in place of one that was refused: another file, another id."""
        refused = self.files.upload(file_id)
        if refused is None:
            raise LookupError(file_id)
        return self.attach(picture, replaces=refused.op_id)

    def correct_refused(self, op_id: str, data: Json) -> str:
        """A new operation in place of a refused one, about the same record."""
        refused = self.outbox.op(op_id)
        if refused is None:
            raise LookupError(op_id)
        members = {name: refused.body.get(name) for name in ("entity_id", "base_rev", "depends_on")}
        return self.capture(refused.body["kind"], data, replaces=op_id, **members)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One of the plain online calls. Raises Refused, NoAnswer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return read(self.exchange.call(method, path, body, headers=named))

    def result_of(self, op_id: str) -> Json | None:
        """The newest word on an operation: its final word may have come with a pull."""
        op = self.outbox.op(op_id)
        return self.book.row("op_result", op_id) or (None if op is None else op.result)

    def standing_of(self, op_id: str) -> Standing:
        """Where an operation stands."""
        op, said = self.outbox.op(op_id), self.result_of(op_id)
        is_to_send = op is not None and op.is_open
        if said is None or (is_to_send and said["result"] not in WAITS):  # those are asked again
            return Standing.UNSENT
        match said["result"]:
            case "conflict":
                return Standing.AT_SUPERVISOR
            case "blocked":
                return Standing.WAITING
            case "rejected":
                return Standing.REFUSED
        return Standing.SHOWING if said.get("ver", 0) > self.book.version else Standing.DONE

    def overlay(self) -> list[Kept]:
        """Operations that a screen lays over the confirmed rows, in order."""
        shown = {Standing.UNSENT, Standing.SHOWING, Standing.AT_SUPERVISOR, Standing.WAITING}
        return [op for op in self.outbox.all_ops() if self.standing_of(op.op_id) in shown]

    def numbers(self) -> Numbers:
        """Confirmed rows, and operations that the server has not answered."""
        return Numbers(confirmed=self.book.counts(), not_yet_sent=len(self.outbox.open_ops()))

    def shown(self, op_id: str) -> dict[str, Any]:
        """What a screen may show of an operation: after sending, no full NIK again."""
        self._must_be_open()
        op = self.outbox.op(op_id)
        if op is None:
            raise LookupError(op_id)
        body = dict(op.body)
        return body if op.result is None else {**body, "data": _masked(body["data"])}

    def members(self) -> dict[str, dict[str, Any]]:
        """The confirmed members, by id. Raises Locked."""
        self._must_be_open()
        return self.book.rows("member")

    def work_list(self, today: date) -> list[dict[str, Any]]:
        """Whom to visit on a day of the official zone, most pressing first. Raises Locked."""
        agent, config = self.store.fact("agent"), self.store.fact("config")
        villages = frozenset(agent["villages"])
        return work_list.derived_list(self.members(), config, today=today, villages=villages)

    def cover_states(self, today: date) -> dict[str, str]:
        """Each member's cover on a day of the official zone. Raises Locked."""
        config = self.store.fact("config")
        return {key: cover.state_of(row, config, today) for key, row in self.members().items()}

    def _must_be_open(self) -> None:
        lease = self.store.fact("lease_until")
        has_run_out = lease is not None and self.clock() > moment(lease)
        if self.store.fact("locked") or has_run_out:
            raise Locked


def _masked(value: Any) -> Any:
    """A sent body without what only its own card may tell."""
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _starred(inner)
        if name in SECRET_FIELDS and isinstance(inner, str)
        else _masked(inner)
        for name, inner in value.items()
    }


def _starred(text: str) -> str:
    return text[:VISIBLE] + "*" * max(0, len(text) - VISIBLE)
