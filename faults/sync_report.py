"""The table of the phones' run, its JSON, and its part of docs/reliability.md."""

from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from benchmarks.machine import Machine
from faults.report import (
    killed,
    machine_lines,
    outage_lines,
    outages,
    percentiles,
    shown,
    write_part,
    write_result,
)
from faults.sync import FOUL, PHONES, SyncOutcome

BEGIN: Final = "<!-- sync: written by make faults -->"
END: Final = "<!-- end of sync -->"


def sync_table(outcome: SyncOutcome, control: SyncOutcome) -> str:
    """Run and control beside each other, then who was killed and how long nobody was served."""
    rows = [
        (name, getattr(outcome.verdict, key), getattr(control.verdict, key))
        for key, name in WORDS.items()
    ]
    rows += [
        ("hand-overs meanwhile", outcome.hand_overs, control.hand_overs),
        ("kill -9", killed(outcome.kills), killed(control.kills)),
        ("parked, and run again at the end", outcome.replayed, control.replayed),
        ("seconds", round(outcome.seconds), round(control.seconds)),
    ]
    lines = ["| | the product | control without guards |", "|---|--:|--:|"]
    lines += [f"| {name} | {shown(left)} | {shown(right)} |" for name, left, right in rows]
    again = ", ".join(f"{why} {n:,}" for why, n in outcome.heard.repeats.most_common())
    words = ", ".join(f"{word} {n:,}" for word, n in sorted(outcome.words.items()))
    outage = outage_lines(outages(outcome.kills, outcome.heard.good_answers))
    return "\n".join(
        [
            *[*lines, "", *outage, ""],
            f"Final words: {words}.",
            f"Sent again, or come twice, because of: {again or 'nothing'}.",
        ]
    )


WORDS: Final = {
    "answered": "operations answered for good",
    "files_stored": "files stored",
    "lost": "**answered and lost**, or with another word or content",
    "out_of_place": "places missing, or with another operation",
    "stored_twice": "**stored twice**",
    "effects_twice": "**effects that happened twice**",
    "effects_lost": "applied without an effect",
    "effects_unasked": "effects and members that no applied operation asked for",
    "contradicted": "given two final words",
    "unanswered": "phones without a new word for ten minutes",
    "reported": "rounds stopped by what no phone should meet",
    "foreign_rows": "**rows in a wrong book**, or ever shown in one",
    "missing_rows": "own rows missing on a phone",
    "books_apart": "phones whose rows are not the server's",
    "files_apart": "files that did not end as the phone believes",
    "codes_apart": "forms without the code of their slip",
    "parked": "parked still",
}


def publish_sync(
    outcome: SyncOutcome, control: SyncOutcome, machine: Machine, settings: dict[str, str]
) -> None:
    """Write the JSON result and this run's part of docs/reliability.md."""
    day = write_result("sync", machine, settings, _record(outcome), _record(control))
    trial = outcome.trial
    facts = (
        f"Run {day}: {PHONES} phones, {trial.operations:,} operations asked for, a kill every "
        f"{trial.every:g} s on average (seed {trial.seed}), {FOUL.bad_line:.0%} of the answers "
        "lost on the line besides; phones, web, worker, beat and servers share the machine."
    )
    part = [facts, "", *machine_lines(machine, settings), "", sync_table(outcome, control)]
    write_part(BEGIN, END, "\n".join(part))


def _record(outcome: SyncOutcome) -> dict[str, Any]:
    found = outages(outcome.kills, outcome.heard.good_answers)
    return {
        "trial": asdict(outcome.trial),
        "seconds": round(outcome.seconds, 1),
        "kills": dict(Counter(kill.name for kill in outcome.kills)),
        "verdict": asdict(outcome.verdict),
        "is_clean": outcome.verdict.is_clean,
        "words": outcome.words,
        "hand_overs": outcome.hand_overs,
        "sent_again": dict(outcome.heard.repeats),
        "outages": {name: percentiles(values) for name, values in found.items()},
    }
