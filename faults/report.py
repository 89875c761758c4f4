"""The table of a run, its JSON, and its part of docs/reliability.md."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.machine import Machine
from faults.killing import Kill
from faults.money import BAD_LINE, CLIENTS, Outcome
from faults.victims import NOBODY

Moments = Sequence[tuple[float, float]]
RESULTS: Final = Path(__file__).parent / "results"
PAGE: Final = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN: Final = "<!-- money: written by make faults -->"
END: Final = "<!-- end of money -->"


def table(outcome: Outcome, control: Outcome) -> str:
    """Run and control beside each other, then who was killed and how long nobody was served."""
    ours, theirs = outcome.verdict, control.verdict
    rows = (
        ("payments acknowledged", ours.acknowledged, theirs.acknowledged),
        ("**acknowledged and lost**", ours.lost, theirs.lost),
        ("**booked twice** (reference or bill)", ours.booked_twice, theirs.booked_twice),
        ("months of a member covered twice", ours.months_twice, theirs.months_twice),
        ("keys with two first answers", ours.keys_twice, theirs.keys_twice),
        ("booked and never told to a counter", ours.never_told, theirs.never_told),
        ("nobody answered within a minute", ours.unanswered, theirs.unanswered),
        ("reversals acknowledged", ours.reversals, theirs.reversals),
        ("reversals lost, or not asked for", ours.reversals_lost, theirs.reversals_lost),
        ("`check_money`", _broken(ours.broken), _broken(theirs.broken)),
        ("kill -9", killed(outcome.kills), killed(control.kills)),
        ("sent again", _again(outcome), _again(control)),
        ("seconds", round(outcome.seconds), round(control.seconds)),
    )
    lines = ["| | the product | control without guards |", "|---|--:|--:|"]
    lines += [f"| {name} | {shown(left)} | {shown(right)} |" for name, left, right in rows]
    return "\n".join([*lines, "", *outage_lines(_outages(outcome)), "", *_waits(outcome)])


def publish(outcome: Outcome, control: Outcome, machine: Machine, settings: dict[str, str]) -> None:
    """Write the JSON result and this run's part of docs/reliability.md."""
    day = write_result("money", machine, settings, record_of(outcome), record_of(control))
    write_part(BEGIN, END, _part(outcome, control, machine, settings, day))


def write_result(
    name: str,
    machine: Machine,
    settings: Mapping[str, str],
    run: Mapping[str, Any],
    control: Mapping[str, Any],
) -> str:
    """Write the JSON of a run and its control among the results; the day that it bears."""
    day = datetime.now(tz=UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    record = {
        "day": day,
        "machine": machine.as_dict(),
        "postgres": settings,
        "run": run,
        "control": control,
    }
    text = json.dumps(record, indent=1) + "\n"
    (RESULTS / f"{name}-{day}.json").write_text(text, encoding="utf-8")
    return day


def write_part(begin: str, end: str, part: str) -> None:
    """Put a run in its place in docs/reliability.md."""
    page = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = page.partition(begin)
    after = rest.partition(end)[2]
    PAGE.write_text(f"{before}{begin}\n{part}\n{end}{after}", encoding="utf-8")


def record_of(outcome: Outcome) -> dict[str, Any]:
    """A run as JSON values."""
    return {
        "trial": asdict(outcome.trial),
        "seconds": round(outcome.seconds, 1),
        "kills": dict(Counter(kill.name for kill in outcome.kills)),
        "verdict": asdict(outcome.verdict),
        "is_clean": outcome.verdict.is_clean,
        "sent_again": dict(outcome.journal.repeats),
        "refused": dict(outcome.journal.refusals),
        "outages": {name: percentiles(found) for name, found in _outages(outcome).items()},
        "waits": percentiles([slip.waited for slip in outcome.journal.slips]),
    }


def outages(kills: Iterable[Kill], good_answers: Moments) -> dict[str, list[float]]:
    """Per victim, seconds from each kill to the first good answer to something sent after it."""
    good = sorted(good_answers)
    found: dict[str, list[float]] = {}
    for kill in kills:
        after = [answered for sent, answered in good if sent >= kill.at]
        if after:
            found.setdefault(kill.name, []).append(min(after) - kill.at)
    return found


def killed(kills: Iterable[Kill]) -> int:
    """How many processes were killed: the looks at nobody are none."""
    return sum(kill.name != NOBODY for kill in kills)


def _part(
    outcome: Outcome, control: Outcome, machine: Machine, settings: dict[str, str], day: str
) -> str:
    trial = outcome.trial
    facts = (
        f"Run {day}: {CLIENTS} terminals, {trial.payments:,} payments asked for, a kill every "
        f"{trial.every:g} s on average (seed {trial.seed}), {BAD_LINE:.0%} of the answers lost on "
        "the line besides; terminals, web, worker, beat and servers share the machine."
    )
    return "\n".join(
        [
            facts,
            "",
            *machine_lines(machine, settings),
            "",
            table(outcome, control),
        ]
    )


def machine_lines(machine: Machine, settings: Mapping[str, str]) -> list[str]:
    """Where it ran."""
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    return [
        f"- {machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB, {machine.system}",
        f"- Python {machine.python}, PostgreSQL {machine.postgres}: {said}",
        f"- fdatasync {machine.fsyncs:,}/s, load {machine.load_before:.2f} before the start",
    ]


def _outages(outcome: Outcome) -> dict[str, list[float]]:
    return outages(outcome.kills, outcome.journal.good_answers)


def outage_lines(everything: Mapping[str, list[float]]) -> list[str]:
    """The table of who was killed, and how long nobody was served."""
    lines = [
        "| killed | times | until the next good answer: p50 | p99 | longest |",
        "|---|--:|--:|--:|--:|",
    ]
    ours = {name: found for name, found in everything.items() if name != NOBODY}
    rows = [*sorted(ours.items()), ("all", [one for all_ in ours.values() for one in all_])]
    rows += [(NOBODY, everything[NOBODY])] if NOBODY in everything else []
    for name, found in rows:
        spread = percentiles(found)
        shown = " | ".join(f"{spread[part]:.2f} s" for part in ("p50", "p99", "longest"))
        lines.append(f"| {name} | {len(found)} | {shown} |")
    return lines


def _waits(outcome: Outcome) -> list[str]:
    waits = percentiles([slip.waited for slip in outcome.journal.slips])
    refused = ", ".join(f"{code} {n:,}" for code, n in outcome.journal.refusals.most_common())
    again = ", ".join(f"{code} {n:,}" for code, n in outcome.journal.repeats.most_common())
    return [
        f"A clerk waited {waits['p50']:.2f} s for a payment (p50), {waits['p99']:.2f} s (p99), "
        f"{waits['longest']:.2f} s at most, repeats included.",
        f"Sent again because of: {again or 'nothing'}.",
        f"Refused, and no money taken: {refused or 'nothing'}.",
    ]


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """The middle, the worst of a hundred, the worst."""
    found = sorted(values)
    if len(found) < 2:
        only = found[0] if found else 0.0
        return {"p50": only, "p99": only, "longest": only}
    cuts = quantiles(found, n=100, method="inclusive")
    return {"p50": cuts[49], "p99": cuts[98], "longest": found[-1]}


def _again(outcome: Outcome) -> int:
    return sum(outcome.journal.repeats.values())


def _broken(codes: tuple[str, ...]) -> str:
    return ", ".join(codes) or "clean"


def shown(value: int | str) -> str:
    """A figure of the table."""
    return value if isinstance(value, str) else f"{value:,}"
