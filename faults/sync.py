"""Fifty phones send while web, PostgreSQL and Valkey are killed; then the same without guards."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from threading import Event, Thread
from time import monotonic
from typing import Final

from django.db import connection
from django.utils import timezone

from config.local.processes import wait_until_ready
from config.local.services import Running
from faults.careless_sync import drop_unique
from faults.field import PASSWORD, Station, make_field
from faults.forms import SPAN, Forms
from faults.handing import HandOvers
from faults.heard import Heard, Paper
from faults.inbox import SyncVerdict, judge_sync
from faults.killing import Kill, Killer
from faults.line import Line, Weather, Wire
from faults.shift import Shift
from faults.victims import PRODUCT, Machine
from sync.services.upload_checks import TAKEN_FOR, check_next
from sync.services.waiting import replay_parked
from tests.phone.app import Phone
from tests.phone.store import Store
from tests.phone.transport import HttpTransport

PHONES: Final = 50
MEMBERS_EACH: Final = 4
SETTLING: Final = 8  # phones at once
FOUL: Final = Weather(bad_line=0.05, sent_again=0.03, twice_at_once=0.03)
HAND_OVER_EVERY: Final = 2.0
CARELESS: Final = "faults.careless_sync_wsgi:application"
TELL_EVERY: Final = 10.0
PATIENCE: Final = 5  # minutes for web to come up on a machine that is busy
ENOUGH: Final = Event()  # set by a person who will not wait any longer
Say = Callable[[str], None]
Connect = Callable[[float], Wire]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTrial:
    """How a run goes: how many operations, a kill every so many seconds, which chance.

    `first` is the number of its first member, `people` of the first one whom it registers.
    """

    name: str
    first: int
    people: int = 0
    operations: int
    every: float
    seed: int
    wsgi: str = PRODUCT
    longest: float = 86_400.0  # seconds; then no more is captured


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncOutcome:
    """What became of a run."""

    trial: SyncTrial
    seconds: float
    kills: tuple[Kill, ...]
    heard: Heard
    hand_overs: int
    replayed: int
    words: dict[str, int]
    verdict: SyncVerdict


@dataclass(slots=True, kw_only=True)
class Run:
    """What one run is made of, while it goes."""

    trial: SyncTrial
    heard: Heard
    shifts: list[Shift] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Operations with a final word."""
        return sum(len(shift.paper.words) for shift in self.shifts)


def prove_sync(running: Running, trial: SyncTrial, say: Say) -> SyncOutcome:
    """Let phones send under fire; when everything is up again, settle everything, and judge."""
    random = Random(trial.seed)  # noqa: S311  chance that can be repeated
    ends: list[Callable[[], bool]] = []
    run = Run(trial=trial, heard=Heard(is_over=lambda: any(one() for one in ends)))
    say(f"{trial.name}: {PHONES} agents, their supervisors, their phones")
    crowd = make_field(trial.name, first=trial.first, phones=PHONES, members_each=MEMBERS_EACH)
    moving = HandOvers(crowd.teams, Random(trial.seed), run.heard, every=HAND_OVER_EVERY)  # noqa: S311
    connection.close()  # this process, too, will lose its server
    with Machine(running, wsgi=trial.wsgi) as machine:
        _must_be_ready(running)
        url = f"http://127.0.0.1:{running.ports.web}"
        run.shifts = begin_shifts(
            crowd.stations, trial, run.heard, lambda seconds: HttpTransport(url, seconds=seconds)
        )
        started = monotonic()
        ends += [ENOUGH.is_set, lambda: monotonic() - started > trial.longest]
        with Killer(machine.victims(), random, every=trial.every) as killer, moving:
            run.kills = killer.kills
            ends += [lambda: killer.failure is not None, lambda: moving.failure is not None]
            with _telling(run, moving, say), ThreadPoolExecutor(PHONES) as pool:
                list(pool.map(lambda one: one.work(trial.operations // PHONES), run.shifts))
        seconds = monotonic() - started
        _must_be_ready(running)
        say(f"{trial.name}: settling, then judging")
        replayed = settle(run.shifts)
        verdict = judge_sync(run.shifts, moving.given)
        say(f"{trial.name}: {verdict}")
    connection.close()
    return SyncOutcome(
        trial=trial,
        seconds=seconds,
        kills=tuple(run.kills),
        heard=run.heard,
        hand_overs=moving.done,
        replayed=replayed,
        words=dict(Counter(word for one in run.shifts for word in one.paper.words.values())),
        verdict=verdict,
    )


def begin_shifts(
    stations: Sequence[Station],
    trial: SyncTrial,
    heard: Heard,
    connect: Connect,
    *,
    weather: Weather = FOUL,
) -> list[Shift]:
    """A phone for each agent, logged in."""
    shifts = []
    for place, station in enumerate(stations):
        random = Random(trial.seed + place)  # noqa: S311
        paper = Paper(heard=heard)
        line = Line(connect, paper, random, weather)
        phone = Phone(Store(), line, lambda: datetime.now(tz=UTC))
        phone.log_in(station.login, password=PASSWORD)
        forms = Forms(
            phone=phone, random=random, place=place, places=len(stations), first=trial.people
        )
        shifts.append(Shift(phone=phone, paper=paper, forms=forms, station=station, random=random))
    return shifts


def settle(shifts: Sequence[Shift]) -> int:
    """Everything is sent, run again, looked at and fetched; how many parked ones got a word.

    Twice: what was parked, and what the picture worker finds, changes books once more. What a
    killed worker had taken is looked at as later, when another one may take it.
    """
    _settle_phones(shifts)
    replayed, _left = replay_parked()
    while check_next(now=timezone.now() + TAKEN_FOR):
        pass
    _settle_phones(shifts)
    return replayed


def _settle_phones(shifts: Sequence[Shift]) -> None:
    with ThreadPoolExecutor(SETTLING) as pool:
        list(pool.map(lambda shift: shift.settle(), shifts))


def control_sync(running: Running, trial: SyncTrial, say: Say) -> SyncOutcome:
    """The same on the product without its guards; whoever trusts the proof must see it fail."""
    drop_unique()
    ENOUGH.clear()
    careless = replace(
        trial, name="sync-control", first=70_000_000, people=PHONES * SPAN, wsgi=CARELESS
    )
    return prove_sync(running, careless, say)


def _must_be_ready(running: Running) -> None:
    url = f"http://127.0.0.1:{running.ports.web}"
    if not any(wait_until_ready(url) for _ in range(PATIENCE)):
        raise RuntimeError("web does not come up")


@contextmanager
def _telling(run: Run, moving: HandOvers, say: Say) -> Iterator[None]:
    """Say how far it is, now and then."""
    is_over = Event()

    def tell() -> None:
        while not is_over.wait(TELL_EVERY):
            say(
                f"{run.trial.name}: {run.answered:,} of {run.trial.operations:,} answered, "
                f"{len(run.kills)} killed, {moving.done} hand-overs"
            )

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
