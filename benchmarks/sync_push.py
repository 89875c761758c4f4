"""Pushes: statements of an operation, its rate against pgbench, batches sent first and again."""

import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.machine import pgbench
from benchmarks.phones import Op, Phone, Work, body_of, make_work
from benchmarks.replay import Recorder, Transaction, operations_of, rehearse, write_script
from benchmarks.report import Figure, Report, at_least, at_most, p95, spread
from benchmarks.stage import settle
from benchmarks.web import Line, web_server
from config.local.services import Running

CLIENTS: Final = 8
ROUNDS: Final = 5
BATCH: Final = 50
ROWS: Final = 5_000
MEDIAN_ROWS: Final = 300
PAIRS: Final = 24

# What is wanted.
FEWEST: Final = 0.15
MOST_AGAIN: Final = 0.1
MOST_AGAIN_MS: Final = 100
MOST_MIXED_MS: Final = 1_000
FEW_STATEMENTS: Final = 15
REGISTRATION_STATEMENTS: Final = 25
TO_MILLISECONDS: Final = 1_000

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Attempts of all clients: as bodies for the product, as a script for pgbench."""

    phones: tuple[Phone, ...]
    bodies: tuple[tuple[bytes, ...], ...]  # round by round, one of each phone
    script: str


def run(running: Running, say: Say) -> Report:
    """Count inside this process, then time over HTTP."""
    rows = int(os.environ.get("SIZE", ROWS))
    counted = _counted(rows, say)
    shares = _shares(running, say)
    mixed = make_work("BENCH-MIXED", MEDIAN_ROWS, may_register=True)
    settle()
    with web_server(running):
        rates = _rates(running, shares, say)
        timed = _first_and_again(running, mixed, say)
    return Report(
        name="sync_push",
        title="A phone sends its outbox",
        conditions=f"Statements counted without transaction words, books of 1 and {rows:,} rows; "
        f"rates with {CLIENTS} phones at once, {ROUNDS} rounds of batches of {BATCH} by turns; "
        f"{PAIRS} mixed batches of one phone (60 % attempts, corrections, consents, registrations) "
        f"on a book of {MEDIAN_ROWS}. Client, web and database share the machine.",
        figures=(*counted, *_rate_figures(rates), *timed, _bytes_up(mixed)),
    )


def _counted(rows: int, say: Say) -> tuple[Figure, ...]:
    """Each kind in a book of one and in a large one, alone and in a batch."""
    say(f"sync_push: a book of 1 and one of {rows:,}")
    works = [
        make_work(f"BENCH-BOOK-{name}", size, may_register=True)
        for name, size in (("S", 1), ("L", rows))
    ]
    return tuple(
        _statements(name, [getattr(work, method) for work in works], works, most)
        for name, method, most in (
            ("`follow_up.attempt`", "attempt", FEW_STATEMENTS),
            ("`consent.record`", "consent", FEW_STATEMENTS),
            ("`member.correct`", "correct", FEW_STATEMENTS),
            ("`member.register`, two heirs and a bill", "register", REGISTRATION_STATEMENTS),
        )
    )


def _statements(
    name: str, makers: list[Callable[[int], Op]], works: list[Work], most: int
) -> Figure:
    counts: list[int] = []
    for make, work in zip(makers, works, strict=True):
        work.phone.push([make(0)])  # fills the caches of rules and regions
        for size in (1, BATCH):
            ops = [make(number) for number in range(1, size + 1)]
            recorder = Recorder()
            with recorder.listening():
                work.phone.push(ops)
            counts.append(max(map(_without_words, operations_of(recorder.said))))
    return Figure(
        name=f"statements of one {name}: batch of 1 and {BATCH} in the small book, in the large",
        value=", ".join(map(str, counts)),
        goal=f"≤ {most}, all the same",
        is_met=max(counts) <= most and len(set(counts)) == 1,
    )


def _without_words(operation: Transaction) -> int:
    return sum(not one.sql.startswith(("SAVEPOINT", "RELEASE")) for one in operation)


def _shares(running: Running, say: Say) -> Shares:
    """As many attempts for pgbench as for the product, of phones and books of their own."""
    say("sync_push: rehearsing for pgbench")
    ours = [make_work(f"BENCH-PUSH-{number}", BATCH) for number in range(CLIENTS)]
    bare = [make_work(f"BENCH-BARE-{number}", BATCH) for number in range(CLIENTS)]
    transactions: list[Transaction] = []
    for work in bare:
        work.phone.push([work.attempt(0)])  # opens the outbox, which pgbench must find
        batches = [_attempts(work) for _ in range(ROUNDS + 1)]
        transactions += rehearse(partial(_push_all, work.phone, batches))
    per_client = BATCH * (ROUNDS + 1)
    bodies = [[body_of(_attempts(work)) for work in ours] for _ in range(ROUNDS + 1)]
    return Shares(
        phones=tuple(work.phone for work in ours),
        bodies=tuple(map(tuple, bodies)),
        script=str(write_script(running.data, transactions, per_client=per_client)),
    )


def _attempts(work: Work) -> list[Op]:
    return [work.attempt(number) for number in range(BATCH)]


def _push_all(phone: Phone, batches: list[list[Op]]) -> None:
    for ops in batches:
        phone.push(ops)


def _rates(running: Running, shares: Shares, say: Say) -> list[tuple[float, float]]:
    """Operations per second over HTTP and by pgbench; the order turns round by round."""
    rates: list[tuple[float, float]] = []
    for number in range(ROUNDS + 1):
        ways: dict[str, Callable[[], float]] = {
            "http": partial(_http_rate, running.ports.web, shares, number),
            "bare": partial(_bare_rate, running, shares.script, skip=number * BATCH),
        }
        turned = list(ways) if number % 2 else list(reversed(ways))
        found = {name: ways[name]() for name in turned}
        rates.append((found["http"], found["bare"]))
        say(f"  http {found['http']:,.0f}/s, bare {found['bare']:,.0f}/s")
    return rates[1:]


def _http_rate(port: int, shares: Shares, number: int) -> float:
    lines = [Line(port) for _ in shares.phones]
    words = ["applied"] * BATCH
    started = perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        tasks = [
            pool.submit(phone.send, line, raw, words)
            for phone, line, raw in zip(shares.phones, lines, shares.bodies[number], strict=True)
        ]
    elapsed = perf_counter() - started
    for task in tasks:
        task.result()
    for line in lines:
        line.__exit__()
    return CLIENTS * BATCH / elapsed


def _bare_rate(running: Running, script: str, *, skip: int) -> float:
    return pgbench(
        running,
        "--no-vacuum",
        *("--protocol", "prepared", "--file", script),
        *("--client", str(CLIENTS), "--jobs", "2", "--transactions", str(BATCH)),
        *("--define", f"n={skip}"),
    )


def _rate_figures(rates: list[tuple[float, float]]) -> tuple[Figure, ...]:
    ratios = [ours / bare for ours, bare in rates]
    return (
        at_least("one attempt over HTTP ÷ the same statements by pgbench", median(ratios), FEWEST),
        Figure(name="range of that ratio", value=spread(ratios)),
        Figure(
            name="attempts over HTTP (peers: ODK 41 submissions/s, CommCare 47 case updates/s)",
            value=spread([ours for ours, _ in rates], "/s"),
        ),
        Figure(name="pgbench, prepared", value=spread([bare for _, bare in rates], "/s")),
    )


def _first_and_again(running: Running, work: Work, say: Say) -> tuple[Figure, ...]:
    """Mixed batches, each sent twice; the first pair warms up."""
    say("sync_push: mixed batches, sent first and again")
    first: list[float] = []
    again: list[float] = []
    with Line(running.ports.web) as line:
        for number in range(PAIRS + 1):
            raw = body_of(_mixed(work, number))
            for times, word in ((first, "applied"), (again, "duplicate")):
                started = perf_counter()
                work.phone.send(line, raw, [word] * BATCH)
                times.append((perf_counter() - started) * TO_MILLISECONDS)
    del first[0], again[0]
    ratios = [later / earlier for earlier, later in zip(first, again, strict=True)]
    return (
        at_most(f"{BATCH} mixed operations, p95", p95(first), MOST_MIXED_MS, " ms"),
        Figure(name=f"{BATCH} mixed operations", value=spread(first, " ms")),
        at_most(f"{BATCH} known ones again ÷ first", median(ratios), MOST_AGAIN),
        at_most(f"{BATCH} known ones again, p95", p95(again), MOST_AGAIN_MS, " ms"),
        Figure(name=f"{BATCH} known ones again", value=spread(again, " ms")),
    )


def _mixed(work: Work, number: int) -> list[Op]:
    """A day of an agent in the field: mostly visits."""
    makers = [work.attempt] * 6 + [work.correct] * 2 + [work.consent, work.register]
    first = number * BATCH
    return [makers[place % len(makers)](first + place) for place in range(BATCH)]


def _bytes_up(work: Work) -> Figure:
    """What a registration weighs on the line, in a batch that is compressed."""
    packed = gzip.compress(body_of([work.register(number) for number in range(BATCH)]))
    return Figure(
        name=f"gzip bytes up per registered member, batch of {BATCH}, all much alike",
        value=f"{len(packed) / BATCH:,.0f}",
    )
