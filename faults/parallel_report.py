"""The table of the runs of parallel sends, its JSON, and its part of docs/reliability.md."""

from dataclasses import asdict
from typing import Any, Final

from benchmarks.machine import Machine
from faults.parallel import AT_ONCE, ParallelOutcome
from faults.report import machine_lines, percentiles, shown, write_part, write_result

BEGIN: Final = "<!-- parallel: written by make faults -->"
END: Final = "<!-- end of parallel -->"
WORDS: Final = {
    "lost": "**operations lost**, or with another word than `applied`",
    "stored_twice": "**stored twice**",
    "effects_lost": "applied without an effect",
    "effects_twice": "**effects that happened twice**",
    "raised_otherwise": "books raised otherwise than once for each effect",
    "not_first_once": "operations that not exactly one of the fifty was told as new",
    "told_otherwise": "operations of which two were told different results",
    "unanswered": "sends without an answer to the whole batch",
}


def parallel_table(outcome: ParallelOutcome, control: ParallelOutcome) -> str:
    """Run and control beside each other, and how long a send took."""
    rows = [
        ("runs", outcome.trial.runs, control.trial.runs),
        ("sends", outcome.sends, control.sends),
    ]
    rows += [(name, outcome.faults[key], control.faults[key]) for key, name in WORDS.items()]
    rows += [
        ("sent once more", outcome.again, control.again),
        ("seconds", round(outcome.seconds), round(control.seconds)),
    ]
    lines = ["| | the product | control without guards |", "|---|--:|--:|"]
    lines += [f"| {name} | {shown(left)} | {shown(right)} |" for name, left, right in rows]
    waits = percentiles(outcome.waits)
    told = (
        f"A send was answered after {waits['p50']:.2f} s (p50), {waits['p99']:.2f} s (p99), "
        f"{waits['longest']:.2f} s at most."
    )
    return "\n".join([*lines, "", told])


def publish_parallel(
    outcome: ParallelOutcome,
    control: ParallelOutcome,
    machine: Machine,
    settings: dict[str, str],
) -> None:
    """Write the JSON result and this run's part of docs/reliability.md."""
    day = write_result("parallel", machine, settings, _record(outcome), _record(control))
    facts = (
        f"Run {day}: {outcome.trial.runs:,} runs of {AT_ONCE} sends at once over HTTP; senders, "
        "web, worker, beat and servers share the machine."
    )
    part = [facts, "", *machine_lines(machine, settings), "", parallel_table(outcome, control)]
    write_part(BEGIN, END, "\n".join(part))


def _record(outcome: ParallelOutcome) -> dict[str, Any]:
    return {
        "trial": asdict(outcome.trial),
        "seconds": round(outcome.seconds, 1),
        "sends": outcome.sends,
        "sent_again": outcome.again,
        "faults": dict(outcome.faults),
        "is_clean": outcome.is_clean,
        "waits": percentiles(outcome.waits),
    }
