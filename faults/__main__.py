"""`python -m faults money|sync|parallel`: real processes under what must lose and double nothing.

They are killed while money is paid, or while phones send; or one batch arrives fifty times at once.
Exit status: 0 nothing lost and nothing doubled and the control was caught, 1 otherwise, 2 could
not run. Fewer than 20,000 payments, 200,000 operations or 200 runs are no proof, and `--no-page`
leaves the page as it is. While phones send, Ctrl-C ends the capturing: what was captured is sent
and judged.
"""

import argparse
import os
import signal
import sys
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.__main__ import clock
from config.local.errors import CannotStart
from config.local.ports import Ports, any_free_port
from config.local.preparation import run_step
from config.local.processes import app_environment
from config.local.services import Plan, Running, Say, new_throw_away_folder, services

ROOT = Path(__file__).resolve().parents[1]
SHOWN = ("fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers")


def main(arguments: list[str]) -> int:
    """Run the proof on a fresh cluster of its own, fsync on."""
    options = parsed(arguments)
    say = clock()
    plan = Plan(
        data=new_throw_away_folder(ROOT / ".data", "faults"),
        wish=Ports(web=any_free_port(), postgres=any_free_port(), valkey=any_free_port()),
        is_thrown_away=True,
    )
    try:
        with services(plan, say=say) as running:
            environment = app_environment(running, role="command")
            run_step(("migrate", "--no-color"), environment, say=say)
            return 0 if proven(running, options, say) else 1
    except CannotStart as refusal:
        print(refusal, file=sys.stderr)
        return 2


def parsed(arguments: list[str]) -> argparse.Namespace:
    """What the caller asks for."""
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("name", nargs="?", choices=["money", "sync", "parallel"], default="money")
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--operations", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=200, help="parallel: of fifty sends each")
    parser.add_argument("--control", type=int, default=0, help="as many for the control")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two kills")
    parser.add_argument("--minutes", type=float, default=1_440, help="sync: no capture after")
    parser.add_argument("--seed", type=int, default=20_261_126)
    parser.add_argument("--no-page", action="store_true", help="leave docs/reliability.md alone")
    return parser.parse_args(arguments)


def proven(running: Running, options: argparse.Namespace, say: Say) -> bool:
    """Run, judge, run the control, print and publish."""
    os.environ.update(running.environment)
    os.environ |= {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
    import_module("django").setup()
    settings = import_module("faults.verdict").server_settings(SHOWN)
    import_module("faults.stage").load_villages()
    machine = None
    if not options.no_page:
        say("measuring the disk")
        machine = import_module("benchmarks.machine").describe(running)
    stands = {"money": money_stands, "sync": sync_stands, "parallel": parallel_stands}
    prove = stands[options.name]
    return prove(running, options, Publisher(machine=machine, settings=settings), say)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Where it runs, for the page; no machine: the page stays as it is."""

    machine: Any
    settings: dict[str, str]


def money_stands(running: Running, options: argparse.Namespace, page: Publisher, say: Say) -> bool:
    """Terminals pay."""
    money, report = import_module("faults.money"), import_module("faults.report")
    trial = money.Trial(
        name="money",
        first=10_000_000,
        payments=options.payments,
        every=options.every,
        seed=options.seed,
    )
    outcome = money.prove(running, trial, say)
    few = options.control or 400
    control = money.control(running, payments=few, seed=options.seed, say=say)
    print(report.table(outcome, control))
    if page.machine is not None:
        report.publish(outcome, control, page.machine, page.settings)
    is_caught = not control.verdict.is_clean and control.verdict.booked_twice > 0
    return told("money", stands=outcome.verdict.is_clean, is_caught=is_caught)


def sync_stands(running: Running, options: argparse.Namespace, page: Publisher, say: Say) -> bool:
    """Phones send."""
    sync, report = import_module("faults.sync"), import_module("faults.sync_report")
    signal.signal(signal.SIGINT, lambda *_: sync.ENOUGH.set())
    trial = sync.SyncTrial(
        name="sync",
        first=60_000_000,
        operations=options.operations,
        every=options.every,
        seed=options.seed,
        longest=options.minutes * 60,
    )
    outcome = sync.prove_sync(running, trial, say)
    few = replace(trial, operations=options.control or 3_000)
    control = sync.control_sync(running, few, say)
    print(report.sync_table(outcome, control))
    if page.machine is not None:
        report.publish_sync(outcome, control, page.machine, page.settings)
    return told("sync", stands=outcome.verdict.is_clean, is_caught=control.verdict.is_caught)


def parallel_stands(
    running: Running, options: argparse.Namespace, page: Publisher, say: Say
) -> bool:
    """One batch, many senders."""
    parallel, report = import_module("faults.parallel"), import_module("faults.parallel_report")
    trial = parallel.ParallelTrial(name="parallel", first=80_000_000, people=0, runs=options.runs)
    outcome = parallel.prove_parallel(running, trial, say)
    few = replace(
        trial,
        name="careless",
        first=90_000_000,
        people=100_000,
        runs=options.control or parallel.CONTROL_RUNS,
        wsgi=parallel.CARELESS,
    )
    control = parallel.control_parallel(running, few, say)
    print(report.parallel_table(outcome, control))
    if page.machine is not None:
        report.publish_parallel(outcome, control, page.machine, page.settings)
    return told("parallel", stands=outcome.is_clean, is_caught=control.is_caught)


def told(name: str, *, stands: bool, is_caught: bool) -> bool:
    """The last line, and whether it is a proof."""
    print(f"faults: {name} {'stands' if stands else 'IS BROKEN'}, ", end="")
    print(f"control {'caught' if is_caught else 'NOT CAUGHT'}")
    return stands and is_caught


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
