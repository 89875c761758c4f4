"""One batch sent fifty times at once over HTTP, run after run; then without guards (F4)."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Barrier
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID

from django.db import connection

from config.local.processes import wait_until_ready
from config.local.services import Running
from enrollment.models import MemberChange, ProspectContact, Registration
from faults.careless_sync import drop_unique
from faults.field import make_field
from faults.forms import VILLAGE, form_of
from faults.victims import PRODUCT, Machine
from perisai.ids import new_id
from perisai.models import Device, Platform
from perisai.services.tokens import issue_device_token
from retention.models import Attempt
from sync.models import Book, Operation
from tests.phone.exchange import OK, SYNC
from tests.phone.transport import HttpTransport, NoAnswer, Request
from tests.phone.wire import instant

AT_ONCE: Final = 50
AGENTS: Final = 20
MOST_TRIES: Final = 20
PAUSE: Final = 0.5  # seconds until the same is sent again
CARELESS: Final = "faults.careless_sync_wsgi:application"
CONTROL_RUNS: Final = 5
TELL_EVERY: Final = 25
WITHOUT_EFFECT: Final = "device.note"
EFFECTS: Final[tuple[Any, ...]] = (Registration, Attempt, ProspectContact, MemberChange)
Json = Mapping[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelTrial:
    """How many runs; `first` is the number of its first agent, `people` of whom it registers."""

    name: str
    first: int
    people: int
    runs: int
    wsgi: str = PRODUCT


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one phone of one agent sends."""

    agent_id: UUID
    device_id: UUID
    token: str
    ops: tuple[Json, ...]

    @property
    def request(self) -> Request:
        """The push, the same each time."""
        body = json.dumps({"first_seq": 1, "ops": list(self.ops)}).encode()
        headers = {
            "Authorization": f"Token {self.token}",
            "Content-Type": "application/json",
            "X-App-Version": "1.4.0",
            "X-Schema": "1",
        }
        return Request(method="POST", path=SYNC, headers=headers, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """All that one of the fifty senders heard of the batch, until it had an answer to all of it."""

    results: tuple[Json, ...]
    tries: int
    seconds: float
    is_answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the database holds of a batch: rows as (place, id, word), effects by id, the book."""

    stored: tuple[tuple[int, str, str], ...]
    effects: Mapping[str, int]
    raised: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelOutcome:
    """What became of all runs."""

    trial: ParallelTrial
    seconds: float
    sends: int = 0
    again: int = 0
    waits: tuple[float, ...] = ()
    faults: Mapping[str, int] = field(default_factory=Counter)

    @property
    def is_clean(self) -> bool:
        """Each operation once, for everybody."""
        return not any(self.faults.values())

    @property
    def is_caught(self) -> bool:
        """Whether a run without guards was seen to be broken."""
        return self.faults["stored_twice"] > 0 and self.faults["effects_twice"] > 0


def prove_parallel(running: Running, trial: ParallelTrial, say: Say) -> ParallelOutcome:
    """Fifty senders meet at the outbox of one phone, each time of a new one."""
    crowd = make_field(trial.name, first=trial.first, phones=AGENTS, members_each=0)
    agents = [station.agent_id for station in crowd.stations]
    faults: Counter[str] = Counter()
    told: list[Told] = []
    with Machine(running, wsgi=trial.wsgi):
        url = f"http://127.0.0.1:{running.ports.web}"
        if not wait_until_ready(url):
            raise RuntimeError("web does not come up")
        lines = [HttpTransport(url) for _ in range(AT_ONCE)]
        started = monotonic()
        for number in range(trial.runs):
            batch = new_batch(agents[number % AGENTS], trial.people + number)
            before = _version(batch.agent_id)
            heard = send_at_once(batch, lines)
            faults += judged(batch, heard, found(batch, before=before))
            told += heard
            if number % TELL_EVERY == TELL_EVERY - 1:
                say(f"{trial.name}: {number + 1} of {trial.runs} runs, faults {dict(faults)}")
        seconds = monotonic() - started
        for line in lines:
            line.close()
    connection.close()
    return ParallelOutcome(
        trial=trial,
        seconds=seconds,
        sends=len(told),
        again=sum(one.tries - 1 for one in told),
        waits=tuple(one.seconds for one in told),
        faults=faults,
    )


def control_parallel(running: Running, trial: ParallelTrial, say: Say) -> ParallelOutcome:
    """A few runs on the product without its guards."""
    drop_unique()
    return prove_parallel(running, trial, say)


def new_batch(agent_id: UUID, number: int) -> Batch:
    """A phone that is new, and the first that it sends: each kind of effect, the last has none."""
    now = datetime.now(tz=UTC)
    device = Device.objects.create(
        agent_id=agent_id,
        installation_id=new_id(),
        label="HP uji",
        platform=Platform.ANDROID,
        model="uji",
        app_version="1.4.0",
        schema=1,
        lease_until=now + timedelta(days=14),
    )
    token, _ends = issue_device_token(device)
    at = instant(now)
    member_id, prospect_id = str(new_id()), str(new_id())
    visit = {"member_id": member_id, "unpaid_since": None}
    someone = {"name": "Bu Contoh", "village_code": VILLAGE, "ecosystem": "pasar"}
    someone |= {"occupation": "DES01"}
    address = {"group": "contact", "set": {"address_line": f"Dusun {number}"}}
    captured: tuple[tuple[str, str, Json], ...] = (
        ("member.register", member_id, form_of(number, given_at=at)),
        ("follow_up.attempt", "", visit | {"channel": "visit", "contact": "not_home"}),
        ("prospect.record", prospect_id, someone | {"outcome": "interested"}),
        ("prospect.record", prospect_id, someone | {"outcome": "no_money_now"}),
        ("member.correct", member_id, address),
        (WITHOUT_EFFECT, "", {"code": "other"}),
    )
    return Batch(
        agent_id=agent_id,
        device_id=device.pk,
        token=token,
        ops=tuple(_op(seq, at, *one) for seq, one in enumerate(captured, start=1)),
    )


def _op(seq: int, at: str, kind: str, entity_id: str, data: Json) -> Json:
    op_id = str(new_id())
    body = {"op_id": op_id, "seq": seq, "kind": kind, "v": 1, "at": at, "data": data}
    revision = {} if kind == "member.register" else {"base_rev": 1}
    return body | {"entity_id": entity_id or str(new_id())} | revision


def send_at_once(batch: Batch, lines: Sequence[HttpTransport]) -> list[Told]:
    """Over each line, all beginning together."""
    ready = Barrier(len(lines))

    def send(line: HttpTransport) -> Told:
        ready.wait()
        return _sent(batch.request, line)

    with ThreadPoolExecutor(len(lines)) as pool:
        return list(pool.map(send, lines))


def _sent(request: Request, line: HttpTransport) -> Told:
    """Sent until all of it is answered, as a phone would."""
    began, results, is_answered, tries = monotonic(), list[Json](), False, 0
    while not is_answered and tries < MOST_TRIES:
        if tries:
            sleep(PAUSE)
        tries += 1
        try:
            answer = line.exchange(request)
        except NoAnswer:
            continue
        if answer.status == OK:
            said = json.loads(answer.body)
            results += [one for one in said["results"] if one["result"] != "retry"]
            is_answered = said["complete"]
    return Told(
        results=tuple(results),
        tries=tries,
        seconds=monotonic() - began,
        is_answered=is_answered,
    )


def found(batch: Batch, *, before: int) -> Found:
    """What the database holds of it; `before`: the version that the book had."""
    rows = Operation.objects.filter(device=batch.device_id).order_by("seq", "id")
    ids = [op["op_id"] for op in batch.ops]
    effects: Counter[str] = Counter()
    for model in EFFECTS:
        named = model.objects.filter(op_id__in=ids).values_list("op_id", flat=True)
        effects.update(str(op_id) for op_id in named)
    stored = rows.values_list("seq", "op_id", "result")
    return Found(
        stored=tuple((seq, str(op_id), word) for seq, op_id, word in stored),
        effects=effects,
        raised=_version(batch.agent_id) - before,
    )


def _version(agent_id: UUID) -> int:
    return Book.objects.values_list("version", flat=True).get(agent=agent_id)


def judged(batch: Batch, told: Sequence[Told], there: Found) -> Counter[str]:
    """How much of it is not as it must be, by fault."""
    faults: Counter[str] = Counter()
    faults["unanswered"] += sum(not one.is_answered for one in told)
    rows = Counter(there.stored)
    lasting = [op["op_id"] for op in batch.ops if op["kind"] != WITHOUT_EFFECT]
    for op in batch.ops:
        op_id = op["op_id"]
        heard = [one for each in told for one in each.results if one["op_id"] == op_id]
        as_new = sum(one["result"] != "duplicate" for one in heard)
        stored = sum(many for (_, stored_id, _), many in rows.items() if stored_id == op_id)
        faults["lost"] += rows[op["seq"], op_id, "applied"] == 0
        faults["stored_twice"] += max(stored - 1, 0)
        faults["not_first_once"] += as_new != 1
        faults["told_otherwise"] += len({_first(one) for one in heard}) != 1
    for op_id in lasting:
        faults["effects_lost"] += there.effects.get(op_id, 0) == 0
        faults["effects_twice"] += max(there.effects.get(op_id, 0) - 1, 0)
    faults["raised_otherwise"] += there.raised != len(lasting)
    return faults


def _first(result: Json) -> str:
    """What was said of it the first time, whoever heard that."""
    body = result.get("first") or {
        name: value for name, value in result.items() if name not in {"seq", "op_id"}
    }
    return json.dumps(body, sort_keys=True)
