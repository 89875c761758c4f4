"""Payments: the service against pgbench, HTTP against the service, and whether size matters."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Final

from benchmarks.bills import group_bill_figures
from benchmarks.machine import pgbench
from benchmarks.paying import (
    AMOUNT,
    CLIENTS,
    Stage,
    make_bills,
    make_stage,
    pattern_of,
    write_script,
)
from benchmarks.paying_http import http_rate, log_in
from benchmarks.paying_loaded import let_triggers_rest, load_payments
from benchmarks.paying_service import pay_one, service_rate, share_out
from benchmarks.processes import client_processes
from benchmarks.report import Figure, Report, spread
from benchmarks.stage import StatementCount
from benchmarks.web import web_server
from config.local.services import Running
from payments.api.callers import taker_of
from payments.models import Bill, Payment
from payments.services.checks import run_checks

ROUNDS: Final = 5
PER_CLIENT: Final = 150
A_ROUND: Final = CLIENTS * PER_CLIENT
ALL: Final = A_ROUND * (ROUNDS + 1)  # one round warms up
MANY_CLIENTS: Final = 16
TIMED: Final = 400  # payments one after another, for a median
FEW: Final = 1_000
MANY: Final = 1_000_000

# What is wanted, and what must not be missed.
SERVICE: Final = (0.35, 0.25)
HTTP: Final = (0.55, 0.4)
FLAT: Final = (1.15, 1.3)
HOT: Final = (0.9, 0.9)
MOST_STATEMENTS: Final = 10
CHECK_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Payments per second each way, one way after another."""

    http: float
    service: float
    bare: float


def run(running: Running, say: Callable[[str], None]) -> Report:
    """Ratios on a small ledger, then the same payment on a large one; the books must be clean."""
    let_triggers_rest(running)
    stage = make_stage()
    rounds = _rounds(running, stage, say)
    hot = _hot_rows(stage, say)
    group_bills = group_bill_figures(say)
    statements = _statements(stage)
    few_ms, many_ms = _medians(stage, say)
    say("payments: check_money")
    check_seconds = _must_be_clean()
    return Report(
        name="payments",
        title="One payment of one month",
        conditions=f"{CLIENTS} clients, {ROUNDS} rounds of {A_ROUND:,} payments each way by turns; "
        f"client, web and database share the machine; check_money clean on "
        f"{Payment.objects.count():,} payments afterwards.",
        figures=(
            *_ratios(rounds),
            _at_most("B4 median of a payment, many ÷ few on file", many_ms / few_ms, FLAT),
            Figure(
                name="B4 the two medians",
                value=f"{few_ms:.2f} ms at {FEW:,}, {many_ms:.2f} ms with all",
            ),
            Figure(
                name="B5 statements of the posting service, for 1 and for 500 x 3 months",
                value=" and ".join(map(str, statements)),
                goal=f"≤ {MOST_STATEMENTS}",
                is_met=max(statements) <= MOST_STATEMENTS,
            ),
            *group_bills,
            _at_least("B8 one partner ÷ sixteen, 16 clients", hot, HOT),
            Figure(
                name="B9 check_money",
                value=f"{check_seconds:.1f} s",
                goal=f"≤ {CHECK_SECONDS} s",
                is_met=check_seconds <= CHECK_SECONDS,
            ),
        ),
    )


def _ratios(rounds: list[Round]) -> tuple[Figure, ...]:
    return (
        _at_least("B1 service ÷ pgbench", [one.service / one.bare for one in rounds], SERVICE),
        _at_least("B2 HTTP ÷ service", [one.http / one.service for one in rounds], HTTP),
        Figure(name="payments over HTTP", value=spread([one.http for one in rounds], "/s")),
        Figure(name="the service", value=spread([one.service for one in rounds], "/s")),
        Figure(name="pgbench, prepared", value=spread([one.bare for one in rounds], "/s")),
    )


def _at_least(name: str, ratios: list[float], goal: tuple[float, float]) -> Figure:
    """Median of ratios; below the goal but not below the floor is said, and stays a miss."""
    wanted, floor = goal
    return Figure(
        name=name,
        value=spread(ratios),
        goal=f"≥ {wanted} (floor {floor})",
        is_met=median(ratios) >= wanted,
    )


def _at_most(name: str, ratio: float, goal: tuple[float, float]) -> Figure:
    wanted, floor = goal
    return Figure(
        name=name,
        value=f"{ratio:.2f}",
        goal=f"≤ {wanted} (floor {floor})",
        is_met=ratio <= wanted,
    )


def _rounds(running: Running, stage: Stage, say: Callable[[str], None]) -> list[Round]:
    """Each way its own bills of the same kind; the order turns round by round."""
    say(f"payments: making {3 * ALL:,} bills")
    make_bills(stage, count=ALL, is_bare=True)
    over_http = make_bills(stage, count=ALL, is_bare=False)
    by_service = make_bills(stage, count=ALL, is_bare=False)
    script = write_script(running.data, stage, per_client=PER_CLIENT * (ROUNDS + 1))
    takers = [taker_of(outlet) for outlet in stage.outlets[:CLIENTS]]
    rounds: list[Round] = []
    port = running.ports.web
    with web_server(running), client_processes(CLIENTS) as pool:
        tokens = [log_in(port, outlet.outlet_code) for outlet in stage.outlets]
        for number in range(ROUNDS + 1):
            say(f"payments: round {number} of {ROUNDS}")
            ours = slice(number * A_ROUND, (number + 1) * A_ROUND)
            shares = share_out(by_service[ours], takers, at=stage.now)
            now = stage.now.isoformat()
            ways: dict[str, Callable[[], float]] = {
                "http": partial(http_rate, port, tokens, over_http[ours], now=now),
                "service": partial(service_rate, pool, shares),
                "bare": partial(_bare_rate, running, str(script), skip=number * PER_CLIENT),
            }
            turned = list(ways) if number % 2 else list(reversed(ways))
            rates = {name: ways[name]() for name in turned}
            rounds.append(Round(**rates))
            say("  " + ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items()))
    return rounds[1:]


def _hot_rows(stage: Stage, say: Callable[[str], None]) -> list[float]:
    """The service at sixteen clients: all of one partner, against each of a partner of its own."""
    say("payments: one partner against sixteen")
    each = MANY_CLIENTS * PER_CLIENT // 2
    codes = make_bills(stage, count=2 * each * (ROUNDS + 1), is_bare=False)
    one = [taker_of(stage.outlet)] * MANY_CLIENTS
    sixteen = [taker_of(outlet) for outlet in stage.outlets_of_many_partners]
    ratios: list[float] = []
    with client_processes(MANY_CLIENTS) as pool:
        for number in range(ROUNDS + 1):
            batch = codes[2 * number * each : 2 * (number + 1) * each]
            turns = [("one", one, batch[:each]), ("sixteen", sixteen, batch[each:])]
            rates = {
                name: service_rate(pool, share_out(part, takers, at=stage.now))
                for name, takers, part in (turns if number % 2 else reversed(turns))
            }
            ratios.append(rates["one"] / rates["sixteen"])
            say(f"  {ratios[-1]:.2f}")
    return ratios[1:]


def _statements(stage: Stage) -> tuple[int, int]:
    """Of a bill of one month, and of one of 500 members for three."""
    (single,) = make_bills(stage, count=1, is_bare=False)
    group = Bill.objects.filter(member_count=500, line_count=1_500).order_by("-id")[0]
    return _counted(stage, single, AMOUNT), _counted(stage, group.code, group.payable)


def _counted(stage: Stage, code: str, amount: int) -> int:
    with StatementCount() as count:
        pay_one(taker_of(stage.outlet), code, at=stage.now, amount=amount)
    return count.statements


def _medians(stage: Stage, say: Callable[[str], None]) -> tuple[float, float]:
    """Milliseconds of a payment with few and with many loaded beside it."""
    many = int(os.environ.get("SIZE", MANY))
    pattern = pattern_of(make_bills(stage, count=1, is_bare=False)[0])
    medians: list[float] = []
    for before, count in ((0, FEW), (FEW, many)):
        say(f"payments: loading {count - before:,}")
        load_payments(stage, pattern=pattern, before=before, count=count)
        codes = make_bills(stage, count=2 * TIMED, is_bare=False)
        took = [pay_one(taker_of(stage.outlet), code, at=stage.now) for code in codes]
        medians.append(median(took[TIMED:]))
    return medians[0], medians[1]


def _bare_rate(running: Running, script: str, *, skip: int) -> float:
    return pgbench(
        running,
        "--no-vacuum",
        *("--protocol", "prepared", "--file", script),
        *("--client", str(CLIENTS), "--jobs", "2", "--transactions", str(PER_CLIENT)),
        *("--define", f"n={skip}"),
    )


def _must_be_clean() -> float:
    """Seconds of `check_money`. No figure is printed when an invariant is broken afterwards."""
    started = perf_counter()
    broken = [check.code for check in run_checks() if check.breaks]
    elapsed = perf_counter() - started
    if broken:
        raise RuntimeError(f"check_money is broken: {broken}")
    return elapsed
