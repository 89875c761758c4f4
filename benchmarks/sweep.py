"""The sweep at national shape: 1,000,000 members in 514 regencies, 1 % due."""

import os
from collections.abc import Callable
from datetime import date
from statistics import median
from time import perf_counter
from typing import Final

import psycopg
from django.db import connection

from benchmarks.report import Figure, Report, spread
from benchmarks.stage import StatementCount, make_agent
from config.local.services import Running
from perisai.months import add_months, month_of
from retention.models import FollowUp, SweepRun
from retention.services.rules import due_window
from retention.services.sweep import open_follow_ups, regencies_to_sweep

AS_OF: Final = date(2026, 11, 20)
ROUNDS: Final = 5
MEMBERS: Final = 1_000_000
DUE_ONE_IN: Final = 100
GOAL_RATIO: Final = 1.5
GOAL_SECOND_RUN_SECONDS: Final = 0.5
GOAL_STATEMENTS_PER_ROW: Final = 0.3

# What the service must at least do: the facts alone, without transaction limits or mark.
BARE_COUNTRY = """
    INSERT INTO retention_followup
        (member_id, agent_id, regency_code, kind, episode_no, unpaid_since, opened_on)
    SELECT id, agent_id, regency_code, 'arrears', episode_no,
        (paid_through + interval '1 month')::date, %(as_of)s
    FROM enrollment_member
    WHERE closed_on IS NULL
      AND paid_through BETWEEN %(oldest)s AND %(newest)s
    ON CONFLICT ON CONSTRAINT follow_up_once_per_kind_and_unpaid_month DO NOTHING
"""
BARE_REGENCY = BARE_COUNTRY.replace("WHERE", "WHERE regency_code = %(regency)s AND")
# Columns that the sweep never reads hold random bytes of a ciphertext's length.
FILL = """
    INSERT INTO enrollment_member
        (id, agent_id, branch_id, rev, nik, nik_index, full_name, name_words, birth_date, sex,
         regency_code, rt, rw, postcode, phone_owner, ecosystem, programmes,
         employs_others, kpj, kpj_provisional, dukcapil, registered_on,
         paid_through, episode_no, episode_started_on, closed_reason)
    SELECT uuidv7(), %(agent)s, %(branch)s, 1,
        decode(repeat(md5(n::text), 3), 'hex'), decode(md5('nik' || n), 'hex'),
        decode(repeat(md5(n::text), 3), 'hex'),
        ARRAY[substring(decode(md5('word' || n %% 5000), 'hex') FOR 6)],
        '1985-01-01', 'female', regencies.codes[1 + n %% cardinality(regencies.codes)],
        '', '', '', '', 'desa', '{JKK,JKM}', false, lpad(n::text, 11, '0'), true,
        'not_checked', '2024-01-01',
        CASE WHEN n %% %(one_in)s = 0 THEN %(due)s::date ELSE %(paid)s::date END, 1,
        '2024-01-01', ''
    FROM generate_series(1, %(members)s) AS n,
        (SELECT array_agg(code ORDER BY code) AS codes FROM perisai_regency) AS regencies
"""


def run(_running: Running, say: Callable[[str], None]) -> Report:
    """Measure service against bare statement, alternating; five rounds."""
    members = int(os.environ.get("SIZE", MEMBERS))
    say(f"sweep: filling {members:,} members")
    fill(members)
    pairs = [(_service_seconds(), _bare_seconds()) for _ in range(ROUNDS)]
    service = [pair[0] for pair in pairs]
    bare = [pair[1] for pair in pairs]
    _sweep_all()
    opened = FollowUp.objects.count()
    second, in_one = _second_run_seconds(), _one_statement_seconds()
    per_row = _statements_per_follow_up(opened)
    longest = max(SweepRun.objects.values_list("seconds", flat=True))
    if opened != members // DUE_ONE_IN:
        raise RuntimeError(f"{opened} follow-ups instead of {members // DUE_ONE_IN}")
    return Report(
        name="sweep",
        title=f"Sweep of {members:,} members, 1 % due",
        conditions=f"{ROUNDS} rounds, service and bare statement by turns; one process.",
        figures=(
            _against_the_bare_statement([a / b for a, b in pairs]),
            Figure(name="service, all regencies", value=spread(service, " s")),
            Figure(name="bare statement, all regencies", value=spread(bare, " s")),
            Figure(name="bare statement, the country in one commit", value=f"{in_one:.3g} s"),
            _second_run(second),
            Figure(name="longest regency", value=f"{longest * 1000:.3g} ms"),
            _statements(per_row),
        ),
    )


def _against_the_bare_statement(ratios: list[float]) -> Figure:
    return Figure(
        name="service ÷ the bare statement, both per regency with a commit each",
        value=spread(ratios),
        goal=f"≤ {GOAL_RATIO}",
        is_met=median(ratios) <= GOAL_RATIO,
    )


def _second_run(seconds: float) -> Figure:
    return Figure(
        name="second run the same day",
        value=f"{seconds:.3g} s",
        goal=f"≤ {GOAL_SECOND_RUN_SECONDS} s",
        is_met=seconds <= GOAL_SECOND_RUN_SECONDS,
    )


def _statements(per_row: float) -> Figure:
    return Figure(
        name="statements per follow-up (peer: 12)",
        value=f"{per_row:.3g}",
        goal=f"≤ {GOAL_STATEMENTS_PER_ROW}",
        is_met=per_row <= GOAL_STATEMENTS_PER_ROW,
    )


def fill(members: int) -> None:
    """The country's members, made in the database."""
    agent = make_agent("BENCH-SWEEP")
    with connection.cursor() as cursor:
        cursor.execute(
            FILL,
            {
                "agent": agent.pk,
                "branch": agent.office.branch_id,
                "members": members,
                "one_in": DUE_ONE_IN,
                "due": add_months(month_of(AS_OF), -2),
                "paid": month_of(AS_OF),
            },
        )
        cursor.execute("VACUUM ANALYZE enrollment_member")


def _sweep_all() -> None:
    for code in list(regencies_to_sweep(AS_OF)):
        open_follow_ups(code, as_of=AS_OF)


def _service_seconds() -> float:
    _forget()
    started = perf_counter()
    _sweep_all()
    return perf_counter() - started


def _bare_seconds() -> float:
    """The same INSERT..SELECT by the bare driver, a commit per regency."""
    codes = list(regencies_to_sweep(AS_OF, is_forced=True))
    _forget()
    oldest, newest = due_window(AS_OF)
    with psycopg.connect(os.environ["DATABASE_URL"]) as bare:
        started = perf_counter()
        for code in codes:
            bare.execute(
                BARE_REGENCY,
                {"regency": code, "as_of": AS_OF, "oldest": oldest, "newest": newest},
            )
            bare.commit()
        return perf_counter() - started


def _one_statement_seconds() -> float:
    """The whole country in one statement and one commit."""
    _forget()
    oldest, newest = due_window(AS_OF)
    with psycopg.connect(os.environ["DATABASE_URL"]) as bare:
        started = perf_counter()
        bare.execute(BARE_COUNTRY, {"as_of": AS_OF, "oldest": oldest, "newest": newest})
        bare.commit()
        return perf_counter() - started


def _second_run_seconds() -> float:
    started = perf_counter()
    _sweep_all()
    return perf_counter() - started


def _statements_per_follow_up(opened: int) -> float:
    _forget()
    with StatementCount() as count:
        _sweep_all()
    return count.statements / opened


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE retention_followup, retention_sweeprun")
