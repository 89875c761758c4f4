"""The sweep at national size: 10,000,000 members in 514 regencies, 1 % and 5 % due."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from statistics import median
from time import perf_counter, process_time
from typing import Final

import psycopg
from django.db import connection

from benchmarks.country import Country, fill, settle
from benchmarks.report import Figure, Report, at_most, spread
from benchmarks.stage import StatementCount
from benchmarks.sweeping import killed_in_the_middle, mebibytes, shared_seconds, sweepers
from config.local.services import Running
from retention.models import FollowUp, SweepRun
from retention.services.rules import due_window
from retention.services.sweep import open_follow_ups, regencies_to_sweep

Say = Callable[[str], None]

FIRST_DAY: Final = date(2026, 11, 20)
SECOND_DAY: Final = date(2026, 12, 20)
MEMBERS: Final = 10_000_000
DUE_ONE_IN: Final = 100
SMALLER: Final = 10
ROUNDS: Final = 5
FEWER_ROUNDS: Final = 3
WORKERS: Final = 2
SWEEPS_OF_ONE_WORKER: Final = 5
GOAL_RATIO: Final = 1.5
GOAL_SECOND_RUN_SECONDS: Final = 0.5
GOAL_STATEMENTS_PER_ROW: Final = 0.1
GOAL_SIZE_RATIO: Final = 1.5
GOAL_LONGEST_SECONDS: Final = 0.1
GOAL_GROWTH: Final = 1.05
# One per cent of the least that the peer was seen to need.
GOAL_CPU_SECONDS_PER_ROW: Final = 0.01 * 4.2e-3

# What the service must at least do: the facts alone, without transaction limits or mark.
BARE: Final = """
    INSERT INTO retention_followup
        (member_id, agent_id, regency_code, kind, episode_no, unpaid_since, opened_on)
    SELECT id, agent_id, regency_code, 'arrears', episode_no,
        (paid_through + interval '1 month')::date, %(as_of)s
    FROM enrollment_member
    WHERE regency_code = %(regency)s
      AND closed_on IS NULL
      AND paid_through BETWEEN %(oldest)s AND %(newest)s
    ON CONFLICT ON CONSTRAINT follow_up_once_per_kind_and_unpaid_month DO NOTHING
"""
FORGET: Final = "TRUNCATE retention_followup, retention_sweeprun CASCADE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """Rounds of one day: seconds of the service and of the bare statement, by turns."""

    service: list[float]
    bare: list[float]
    cpu: float
    rows: int
    again: float
    longest: float

    @property
    def ratios(self) -> list[float]:
        """Service to bare statement, round by round."""
        return [ours / least for ours, least in zip(self.service, self.bare, strict=True)]


def run(_running: Running, say: Say) -> Report:
    """A tenth of the country with as many people due first; then all of it, on two days."""
    country = Country(members=int(os.environ.get("SIZE", MEMBERS)), every=DUE_ONE_IN)
    tenth = Country(members=country.members // SMALLER, every=DUE_ONE_IN // SMALLER)
    _settle(tenth, say)
    small = _rounds(FIRST_DAY, tenth.due, FEWER_ROUNDS, say)
    _settle(country, say)
    few = _rounds(FIRST_DAY, country.due, ROUNDS, say)
    many = _rounds(SECOND_DAY, country.due_later, FEWER_ROUNDS, say)
    ratio = median(few.service) / median(small.service)
    return Report(
        name="sweep",
        title=f"Sweep of {country.members:,} members, 1 % and 5 % due",
        conditions=(
            f"Service and bare statement by turns, {ROUNDS} rounds at 1 %, {FEWER_ROUNDS} at 5 %; "
            "both a regency at a time, a commit each, one process; regencies as uneven as the "
            "country's."
        ),
        figures=(
            *_figures("1 %", few),
            *_figures("5 %", many),
            at_most(
                f"{country.members:,} ÷ {tenth.members:,} members, {country.due:,} due in both",
                ratio,
                GOAL_SIZE_RATIO,
            ),
            *_shared(SECOND_DAY, country.due_later, say),
            _resumed(SECOND_DAY, country.due_later, say),
            _statements(FIRST_DAY, country.due),
        ),
    )


def _settle(country: Country, say: Say) -> None:
    say(f"sweep: filling {country.members:,} members, {country.due:,} of them due")
    fill(country, say=say)
    settle()


def _rounds(as_of: date, due: int, rounds: int, say: Say) -> Swept:
    """Measure service and bare statement, alternating."""
    service, bare, cpu = [], [], []
    _service_seconds(as_of, due)  # warms caches for both
    for _ in range(rounds):
        began = process_time()
        service.append(_service_seconds(as_of, due))
        cpu.append((process_time() - began) / due)
        bare.append(_bare_seconds(as_of, due))
    _service_seconds(as_of, due)
    longest = max(SweepRun.objects.values_list("seconds", flat=True))
    began_again = perf_counter()
    _sweep_all(as_of)
    again = perf_counter() - began_again
    say(f"sweep: {due:,} due, service {median(service):.3g} s, bare {median(bare):.3g} s")
    return Swept(
        service=service, bare=bare, cpu=median(cpu), rows=due, again=again, longest=longest
    )


def _figures(share: str, swept: Swept) -> tuple[Figure, ...]:
    return (
        Figure(
            name=f"{share} due: service ÷ the bare INSERT..SELECT",
            value=spread(swept.ratios),
            goal=f"≤ {GOAL_RATIO}",
            is_met=median(swept.ratios) <= GOAL_RATIO,
        ),
        Figure(name=f"{share} due: service", value=spread(swept.service, " s")),
        Figure(name=f"{share} due: bare statement", value=spread(swept.bare, " s")),
        Figure(
            name=f"{share} due: follow-ups (peer: 172/s)",
            value=f"{swept.rows / median(swept.service):,.0f}/s",
        ),
        at_most(
            f"{share} due: second run the same day", swept.again, GOAL_SECOND_RUN_SECONDS, " s"
        ),
        at_most(f"{share} due: longest regency", swept.longest, GOAL_LONGEST_SECONDS, " s"),
        at_most(
            f"{share} due: CPU of the worker per follow-up (peer: 4.2 to 6.4 ms)",
            swept.cpu * 1e6,
            GOAL_CPU_SECONDS_PER_ROW * 1e6,
            " µs",
        ),
    )


def _shared(as_of: date, due: int, say: Say) -> tuple[Figure, ...]:
    """One worker against several, and what one worker holds after one sweep and after more."""
    with sweepers(1) as pool:
        alone = [_shared_seconds(pool, as_of, due) for _ in range(FEWER_ROUNDS)]
        before = mebibytes(pool)
        for _ in range(SWEEPS_OF_ONE_WORKER):
            _shared_seconds(pool, as_of, due)
        after = mebibytes(pool)
    with sweepers(WORKERS) as pool:
        together = [_shared_seconds(pool, as_of, due) for _ in range(FEWER_ROUNDS)]
    say(f"sweep: one worker {median(alone):.3g} s, {WORKERS} {median(together):.3g} s")
    return (
        Figure(
            name=f"5 % due: 1 worker ÷ {WORKERS} workers, in processes of their own",
            value=f"{median(alone) / median(together):.3g}",
        ),
        Figure(name="5 % due: 1 worker", value=spread(alone, " s")),
        Figure(name=f"5 % due: {WORKERS} workers", value=spread(together, " s")),
        at_most(
            f"memory of a worker after {SWEEPS_OF_ONE_WORKER} more sweeps ÷ before",
            after / before,
            GOAL_GROWTH,
        ),
        Figure(name="memory of a worker", value=f"{after:,.0f} MiB"),
    )


def _shared_seconds(pool: ProcessPoolExecutor, as_of: date, due: int) -> float:
    _forget()
    seconds = shared_seconds(pool, list(regencies_to_sweep(as_of)), as_of)
    _must_have_opened(due)
    return seconds


def _resumed(as_of: date, due: int, say: Say) -> Figure:
    """A worker is killed in the middle; the next one does what is left, and nobody is lost."""
    _forget()
    regencies = len(regencies_to_sweep(as_of))
    marked = killed_in_the_middle(as_of, marks=regencies * 2 // 5)
    rows = FollowUp.objects.count()
    started = perf_counter()
    _sweep_all(as_of)
    seconds = perf_counter() - started
    _must_have_opened(due)
    say(f"sweep: killed after {marked} regencies, resumed in {seconds:.3g} s")
    return Figure(
        name="5 % due: worker killed with -9, another one goes on",
        value=(
            f"{rows:,} follow-ups of {marked} regencies were there, the other "
            f"{regencies - marked} took {seconds:.3g} s; {due:,}, each once"
        ),
    )


def _statements(as_of: date, due: int) -> Figure:
    _forget()
    with StatementCount() as count:
        _sweep_all(as_of)
    return at_most(
        "1 % due: statements per follow-up (peer: 12 the first time, 5 again)",
        count.statements / due,
        GOAL_STATEMENTS_PER_ROW,
    )


def _sweep_all(as_of: date) -> None:
    for code in list(regencies_to_sweep(as_of)):
        open_follow_ups(code, as_of=as_of)


def _service_seconds(as_of: date, due: int) -> float:
    _forget()
    started = perf_counter()
    _sweep_all(as_of)
    seconds = perf_counter() - started
    _must_have_opened(due)
    return seconds


def _bare_seconds(as_of: date, due: int) -> float:
    """The same INSERT..SELECT by the bare driver, a commit per regency."""
    codes = list(regencies_to_sweep(as_of, is_forced=True))
    _forget()
    oldest, newest = due_window(as_of)
    with psycopg.connect(os.environ["DATABASE_URL"]) as bare:
        started = perf_counter()
        for code in codes:
            bare.execute(
                BARE, {"regency": code, "as_of": as_of, "oldest": oldest, "newest": newest}
            )
            bare.commit()
        seconds = perf_counter() - started
    _must_have_opened(due)
    return seconds


def _must_have_opened(due: int) -> None:
    if (opened := FollowUp.objects.count()) != due:
        raise RuntimeError(f"{opened} follow-ups instead of {due}")


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FORGET)
