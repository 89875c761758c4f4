"""Eight terminals pay while web, PostgreSQL and Valkey are killed; then the same without guards."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final

from django.db import connection

from config.local.processes import wait_until_ready
from config.local.services import Running
from faults.careless import drop_constraints
from faults.journal import Journal
from faults.killing import Kill, Killer
from faults.stage import Stage, make_stage
from faults.terminal import Errand, Terminal
from faults.verdict import Verdict, judge
from faults.victims import PRODUCT, Machine

CLIENTS: Final = 8
BAD_LINE: Final = 0.02
CARELESS: Final = "faults.careless_wsgi:application"
TELL_EVERY: Final = 5.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a run goes: how many payments, a kill every so many seconds on average, which chance."""

    name: str
    first: int
    payments: int
    every: float
    seed: int
    wsgi: str = PRODUCT


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a run."""

    trial: Trial
    seconds: float
    kills: tuple[Kill, ...]
    journal: Journal
    verdict: Verdict


def prove(running: Running, trial: Trial, say: Say) -> Outcome:
    """Put people in, let them pay under fire, and judge when everything is up again."""
    random = Random(trial.seed)  # noqa: S311  chance that can be repeated
    say(f"{trial.name}: people for {trial.payments:,} payments")
    stage = make_stage(trial.name, first=trial.first, payments=trial.payments, random=random)
    connection.close()  # this process, too, will lose its server
    journal = Journal()
    with Machine(running, wsgi=trial.wsgi) as machine:
        _must_be_ready(running)
        started = monotonic()
        with (
            Killer(machine.victims(), random, every=trial.every) as killer,
            _telling(journal, killer, trial, say),
        ):

            def enough() -> bool:
                return len(journal.slips) >= trial.payments or killer.failure is not None

            _let_them_pay(running.ports.web, stage, journal, enough)
        seconds = monotonic() - started
        _must_be_ready(running)
        say(f"{trial.name}: judging")
        verdict = judge(journal, {counter.partner for counter in stage.counters})
    connection.close()
    return Outcome(
        trial=trial,
        seconds=seconds,
        kills=tuple(killer.kills),
        journal=journal,
        verdict=verdict,
    )


def control(running: Running, *, payments: int, seed: int, say: Say) -> Outcome:
    """The same on the product without its guards; whoever trusts the proof must see it fail."""
    drop_constraints()
    trial = Trial(
        name="control",
        first=50_000_000,
        payments=payments,
        every=4.0,
        seed=seed,
        wsgi=CARELESS,
    )
    return prove(running, trial, say)


def _must_be_ready(running: Running) -> None:
    if not wait_until_ready(f"http://127.0.0.1:{running.ports.web}"):
        raise RuntimeError("web does not come up")


def _let_them_pay(port: int, stage: Stage, journal: Journal, is_enough: Callable[[], bool]) -> None:
    """Eight at once, each at counters of its own, until enough is paid."""
    lock = Lock()

    def next_errand() -> Errand | None:
        with lock:
            return None if is_enough() else next(stage.errands)

    def work(number: int) -> None:
        chance = Random(number)  # noqa: S311
        counters = stage.counters[number::CLIENTS]
        terminal = Terminal(port, journal, chance, bad_line=BAD_LINE)
        for errand in iter(next_errand, None):
            terminal.serve(errand, chance.choice(counters))

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(work, range(CLIENTS)))


@contextmanager
def _telling(journal: Journal, killer: Killer, trial: Trial, say: Say) -> Iterator[None]:
    """Say how far it is, now and then."""
    is_over = Event()

    def tell() -> None:
        while not is_over.wait(TELL_EVERY):
            paid, killed = len(journal.slips), len(killer.kills)
            say(f"{trial.name}: {paid:,} of {trial.payments:,} paid, {killed} killed")

    thread = Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
