"""Pulls: nothing new, a delta and a first book, against a trivial view and bare SQL."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from subprocess import Popen
from time import perf_counter
from typing import Final
from urllib.parse import urlencode

from django.db import connection

from benchmarks.phones import (
    CHANGES,
    ENTITY,
    OK,
    Phone,
    Work,
    bytes_of,
    json_of,
    make_work,
    text_of,
)
from benchmarks.report import Figure, Report, at_least, at_most, p95, spread
from benchmarks.stage import StatementCount, settle
from benchmarks.trivial import lift_limit
from benchmarks.web import Answer, Line, web_server
from config.local.services import Running
from sync.services.book import recording

APPLICATION: Final = "benchmarks.trivial_wsgi:application"
TRIVIAL: Final = "/api/v1/trivial"
ROWS: Final = 5_000
CHANGED: Final = 100
ROUNDS: Final = 7
TURNS: Final = 3  # a round
QUIET_CALLS: Final = 40  # a turn, each way
DELTA_CALLS: Final = 10
PAGES: Final = (16 * 1024, 256 * 1024, 1024 * 1024)
UNCHANGED: Final = 304
KIB_PER_MIB: Final = 1024
TO_MILLISECONDS: Final = 1_000

# What is wanted.
MOST_QUIET: Final = 1.5
MOST_QUIET_STATEMENTS: Final = 4
MOST_QUIET_BYTES: Final = 300
MOST_QUIET_MS: Final = 50
MOST_PAGE_STATEMENTS: Final = 8
MOST_DELTA: Final = 6
MOST_DELTA_MS: Final = 300
FEWEST_ROWS: Final = 2_000
MOST_WALK: Final = 8
MOST_WALK_MIB: Final = 40
MOST_WALK_SECONDS: Final = 10

# The columns of a member that her row shows, still encrypted, and what she works as.
BARE: Final = """
    SELECT json_agg(m)::text FROM (
        SELECT id, rev, nik, kpj, kpj_provisional, full_name, sex, birth_date, phone, phone_owner,
            village_id, address_line, rt, rw, ecosystem, programmes, registered_on, episode_no,
            paid_through, episode_started_on, closed_on, closed_reason,
            ARRAY(SELECT occupation_id FROM enrollment_memberoccupation o
                WHERE o.member_id = enrollment_member.id) AS occupations
        FROM enrollment_member WHERE agent_id = %s
    ) AS m
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the phone stands: before the changed rows, and at the end of its book."""

    before: str
    end: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Milliseconds of each call of one round, by turns."""

    trivial: list[float]
    quiet: list[float]
    delta: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """All rounds, each with web processes of its own: where they lie makes a third of the time."""

    rounds: list[Times]

    def all(self, way: str) -> list[float]:
        """Milliseconds of all calls of a way."""
        return [one for each in self.rounds for one in getattr(each, way)]

    def ratios(self, way: str) -> list[float]:
        """Of each round, how many times the trivial view a call takes."""
        return [median(getattr(each, way)) / median(each.trivial) for each in self.rounds]


def run(running: Running, say: Say) -> Report:
    """Count inside this process, then time over HTTP with one client."""
    rows = int(os.environ.get("SIZE", ROWS))
    say(f"sync_pull: a book of {rows:,}")
    lift_limit()  # the walks over HTTP are counted to the same phone as the calls in here
    work, small = make_work("BENCH-PULL", rows), make_work("BENCH-PULL-S", 1)
    settle()
    with web_server(running, APPLICATION) as web, Line(running.ports.web) as line:
        json_of(line.get(*_asking(work.phone, max_bytes=PAGES[0])))  # warms up
        walks = _walks(line, work, web, say)
        places = _change(work)
        counted = _counted(work.phone, places)
        of_one = _counted(small.phone, _change(small))
        delta = line.get(*_asking(work.phone, places.before))
        quiet = line.get(*_asking(work.phone, places.end, places.tag))
    times = Timed(rounds=[_round(running, work.phone, places, say) for _ in range(ROUNDS)])
    return Report(
        name="sync_pull",
        title="A phone asks what changed",
        conditions=f"One client; a book of {rows:,} rows, {CHANGED} of them changed for the delta; "
        f"{ROUNDS} rounds by turns, of calls each with new web processes; client, web and database "
        "share the machine.",
        figures=(
            *_quiet_figures(times, quiet, [of_one[0], counted[0]]),
            *_delta_figures(times, delta, [*of_one[1:], *counted[1:]]),
            *walks,
        ),
    )


def _asking(
    phone: Phone, cursor: str = "", tag: str = "", *, max_bytes: int = PAGES[1]
) -> tuple[str, dict[str, str]]:
    """Path and headers of a pull; without a cursor it begins a walk."""
    query = urlencode({"max_bytes": max_bytes} | ({"cursor": cursor} if cursor else {}))
    return f"{CHANGES}?{query}", phone.headers | ({"If-None-Match": tag} if tag else {})


def _walks(line: Line, work: Work, web: Popen[bytes], say: Say) -> tuple[Figure, ...]:
    """The whole book page by page, beside one statement of the same columns."""
    say("sync_pull: walks")
    ours: list[float] = []
    bare: list[float] = []
    grown: list[float] = []
    for _ in range(ROUNDS):
        bare.append(_timed(lambda: _read_bare(work)))
        with _Growth(web.pid) as growth:
            ours.append(_timed(lambda: _walk(line, work)))
        grown.append(growth.mebibytes)
    rows = len(work.members)
    return (
        at_least(
            "first book: rows to one client (peer: CommCare advises 25/s)",
            rows / median(ours),
            FEWEST_ROWS,
            "/s",
        ),
        at_most(
            "first book ÷ `json_agg` of its encrypted columns",
            median(one / other for one, other in zip(ours, bare, strict=True)),
            MOST_WALK,
        ),
        at_most(
            "first book, p95 (peer: CHT 18 s alone, 150 s of 100 at once)",
            p95(ours),
            MOST_WALK_SECONDS,
            " s",
        ),
        at_most("first book: extra memory of web", max(grown), MOST_WALK_MIB, " MiB"),
        Figure(name="`json_agg`", value=spread(bare, " s")),
    )


def _timed(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _read_bare(work: Work) -> None:
    with connection.cursor() as cursor:
        cursor.execute(BARE, [work.phone.agent.pk])
        cursor.fetchone()


def _walk(line: Line, work: Work) -> None:
    """Raises RuntimeError unless every row came. Rows are counted, not read: a client that costs
    little, as the one that receives `json_agg`.
    """
    came, cursor, more = 0, "", True
    while more:
        page = bytes_of(line.get(*_asking(work.phone, cursor)))
        came += page.count(b'"op":"put"')
        end = json.loads(b"{" + page[page.rindex(b'"cursor"') :])
        cursor, more = end["cursor"], end["more"]
    if came != len(work.members):
        raise RuntimeError(f"{came} rows came of {len(work.members)}")


class _Growth:
    """By how much the processes under gunicorn grew at their largest."""

    def __init__(self, master: int) -> None:
        children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="ascii")
        self._workers = [Path(f"/proc/{worker}") for worker in children.split()]
        self.mebibytes = 0.0

    def __enter__(self) -> "_Growth":
        for worker in self._workers:
            (worker / "clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        self._before = self._sum("VmRSS")
        return self

    def __exit__(self, *_raised: object) -> None:
        self.mebibytes = (self._sum("VmHWM") - self._before) / KIB_PER_MIB

    def _sum(self, field: str) -> int:
        return sum(_kibibytes(worker, field) for worker in self._workers)


def _kibibytes(process: Path, field: str) -> int:
    lines = (process / "status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _change(work: Work) -> Places:
    """Tell the book that rows changed, after the phone has read it whole."""
    before = _last_page(work.phone, "")
    with recording() as changes:
        changes.put(work.phone.agent.pk, ENTITY, work.members[:CHANGED])
    end = _last_page(work.phone, before[0])
    return Places(before=before[0], end=end[0], tag=end[1])


def _last_page(phone: Phone, cursor: str) -> tuple[str, str]:
    """Cursor and tag of the page where the book ends."""
    while True:
        answer = phone.pull(_query(cursor, PAGES[2]))
        page = text_of(answer.content, answer.headers)
        if not page["more"]:
            return page["cursor"], answer.headers["ETag"]
        cursor = page["cursor"]


def _query(cursor: str, max_bytes: int) -> dict[str, str]:
    return {"max_bytes": str(max_bytes)} | ({"cursor": cursor} if cursor else {})


def _counted(phone: Phone, places: Places) -> list[int]:
    """Statements of nothing new, then of a page of the delta at each size."""
    counts: list[int] = []
    asked = [(places.end, places.tag, PAGES[1]), *((places.before, "", size) for size in PAGES)]
    for cursor, tag, size in asked:
        with StatementCount() as count:
            answer = phone.pull(_query(cursor, size), tag)
        if (answer.status_code == UNCHANGED) != bool(tag):
            raise RuntimeError(f"a pull answered {answer.status_code}")
        counts.append(count.statements)
    return counts


def _round(running: Running, phone: Phone, places: Places, say: Say) -> Times:
    """Each way some calls, by turns; the first turn warms up."""
    say("sync_pull: nothing new and a delta, by turns with the trivial view")
    times = Times(trivial=[], quiet=[], delta=[])
    ways = (
        (times.trivial, (TRIVIAL, phone.headers), QUIET_CALLS, OK),
        (times.quiet, _asking(phone, places.end, places.tag), QUIET_CALLS, UNCHANGED),
        (times.delta, _asking(phone, places.before), DELTA_CALLS, OK),
    )
    with web_server(running, APPLICATION), Line(running.ports.web) as line:
        for number in range(TURNS + 1):
            for kept, asked, calls, status in ways if number % 2 else reversed(ways):
                took = [_call(line, asked, status) for _ in range(calls)]
                kept.extend(took if number else [])
    return times


def _call(line: Line, asked: tuple[str, dict[str, str]], status: int) -> float:
    """Its milliseconds."""
    started = perf_counter()
    answer = line.get(*asked)
    elapsed = perf_counter() - started
    if answer.status != status:
        raise RuntimeError(f"answered {answer.status} {answer.body[:200]!r}")
    return elapsed * TO_MILLISECONDS


def _quiet_figures(times: Timed, quiet: Answer, statements: list[int]) -> tuple[Figure, ...]:
    return (
        at_most(
            "nothing new (304) ÷ a trivial authenticated view",
            median(times.ratios("quiet")),
            MOST_QUIET,
        ),
        _statements(
            "nothing new: statements in a book of one, in the large",
            statements,
            MOST_QUIET_STATEMENTS,
        ),
        at_most("nothing new: bytes, head and all", quiet.size, MOST_QUIET_BYTES),
        at_most("nothing new, p95", p95(times.all("quiet")), MOST_QUIET_MS, " ms"),
        Figure(name="nothing new", value=spread(times.all("quiet"), " ms")),
        Figure(name="the trivial view", value=spread(times.all("trivial"), " ms")),
    )


def _delta_figures(times: Timed, delta: Answer, statements: list[int]) -> tuple[Figure, ...]:
    changes = json_of(delta)["changes"]
    if len(changes) != CHANGED:
        raise RuntimeError(f"the delta has {len(changes)} changes")
    sizes = ", ".join(f"{size // 1024:,}" for size in PAGES)
    return (
        Figure(
            name=f"a page of a delta: statements at {sizes} KiB in a book of one, in the large",
            value=", ".join(map(str, statements)),
            goal=f"≤ {MOST_PAGE_STATEMENTS}; one more where the book ends",
            is_met=max(statements) <= MOST_PAGE_STATEMENTS,
        ),
        at_most(
            f"{CHANGED} changed rows ÷ the trivial view",
            median(times.ratios("delta")),
            MOST_DELTA,
        ),
        Figure(name="range of that ratio", value=spread(times.ratios("delta"))),
        at_most(f"{CHANGED} changed rows, p95", p95(times.all("delta")), MOST_DELTA_MS, " ms"),
        Figure(name=f"{CHANGED} changed rows", value=spread(times.all("delta"), " ms")),
        Figure(
            name=f"gzip bytes down per changed member, {CHANGED} at once",
            value=f"{len(delta.body) / CHANGED:,.0f}",
        ),
    )


def _statements(name: str, counts: list[int], most: int) -> Figure:
    return Figure(
        name=name,
        value=", ".join(map(str, counts)),
        goal=f"≤ {most}, all the same",
        is_met=max(counts) <= most and len(set(counts)) == 1,
    )
