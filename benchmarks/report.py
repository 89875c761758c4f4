"""What a benchmark says: figures beside their goals, as Markdown and as JSON."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from benchmarks.machine import Machine

RESULTS: Final = Path(__file__).parent / "results"
PAGE: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- {name}: written by make bench -->"
END: Final = "<!-- end of {name} -->"
HEAD: Final = """# Benchmarks

Speed is shown as ratios within one run on one machine; absolute numbers stand beside them and mean
little elsewhere. `make bench` measures again and rewrites the tables; a figure is not printed when
an invariant is broken afterwards.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; `goal` in words, empty when there is none."""

    name: str
    value: str
    goal: str = ""
    is_met: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All figures of one benchmark."""

    name: str
    title: str
    conditions: str
    figures: tuple[Figure, ...]

    @property
    def is_met(self) -> bool:
        """Whether every goal is."""
        return all(figure.is_met for figure in self.figures)


def spread(values: list[float], unit: str = "") -> str:
    """Median and range in words."""
    return f"{median(values):,.3g}{unit} ({min(values):,.3g} to {max(values):,.3g})"


def at_most(name: str, value: float, goal: float, unit: str = "") -> Figure:
    """One measured value that must not be above its goal."""
    return Figure(
        name=name,
        value=f"{value:,.3g}{unit}",
        goal=f"≤ {goal:,.3g}{unit}",
        is_met=value <= goal,
    )


def at_least(name: str, value: float, goal: float, unit: str = "") -> Figure:
    """One measured value that must not be below its goal."""
    return Figure(
        name=name,
        value=f"{value:,.3g}{unit}",
        goal=f"≥ {goal:,.3g}{unit}",
        is_met=value >= goal,
    )


def p95(values: list[float]) -> float:
    """What nineteen of twenty do not exceed."""
    return quantiles(values, n=20, method="inclusive")[-1]


def publish(report: Report, machine: Machine) -> str:
    """Write the JSON result and this benchmark's part of docs/benchmarks.md; the part's text."""
    day = datetime.now(tz=UTC).date().isoformat()
    RESULTS.mkdir(exist_ok=True)
    record = {"day": day, "machine": machine.as_dict(), "report": asdict(report)}
    target = RESULTS / f"{report.name}-{day}.json"
    target.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    part = _part(report, machine, day)
    _replace_part(report.name, part)
    return part


def _part(report: Report, machine: Machine, day: str) -> str:
    rows = [
        f"| {figure.name} | {figure.value} | {figure.goal} | {_verdict(figure)} |"
        for figure in report.figures
    ]
    lines = [
        f"## {report.title}",
        "",
        f"Measured {day}. {report.conditions}",
        "",
        *machine.lines(),
        "",
        "| figure | median (range) | goal | |",
        "|---|---|---|---|",
        *rows,
        "",
    ]
    return "\n".join(lines)


def _verdict(figure: Figure) -> str:
    if not figure.goal:
        return ""
    return "met" if figure.is_met else "**missed**"


def _replace_part(name: str, part: str) -> None:
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else HEAD
    begin, end = BEGIN.format(name=name), END.format(name=name)
    block = f"{begin}\n{part}{end}\n"
    before, found, rest = page.partition(begin)
    after = rest.partition(f"{end}\n")[2]
    page = f"{before}{block}{after}" if found else f"{page}\n{block}"
    PAGE.write_text(page, encoding="utf-8")
