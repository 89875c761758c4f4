"""A country of members for the sweep, made in the database: ten million in minutes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection, transaction

from benchmarks.stage import make_agent
from enrollment.models import Member, MemberOccupation
from perisai.models import Agent
from seeds.national.bare import stripped

Say = Callable[[str], None]

AGENTS: Final = 300
PER_STATEMENT: Final = 1_000_000
# Sizes of regencies differ as the country's do: the largest has 1.6 % of all, the median 0.15 %.
SKEW: Final = 1.5

FEW_PAID: Final = date(2026, 9, 1)
MORE_PAID: Final = date(2026, 10, 1)
REST_PAID: Final = date(2027, 6, 1)
# Columns that the sweep never reads hold random bytes of a ciphertext's length.
FILL: Final = """
    WITH regencies AS MATERIALIZED (
        SELECT array_agg(code ORDER BY md5(code)) AS codes,
            array_agg(village ORDER BY md5(code)) AS villages
        FROM (
            SELECT left(code, 4) AS code, min(code) AS village
            FROM perisai_village GROUP BY left(code, 4)
        ) AS each
    ), people AS (
        SELECT n, 1 + floor(
            cardinality(codes) * power((hashint8(n)::bigint & 2147483647) / 2147483648.0, %(skew)s)
        )::int AS place, codes, villages
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n, regencies
    )
    INSERT INTO enrollment_member
        (id, agent_id, branch_id, rev, nik, nik_index, full_name, name_words, birth_date, sex,
         birthplace, village_id, regency_code, address_line, rt, rw, postcode, phone, phone_index,
         phone_owner, ecosystem, income_monthly, programmes, employs_others, kpj, kpj_provisional,
         dukcapil, registered_on, paid_through, episode_no, episode_started_on, closed_reason)
    SELECT uuidv7(), (%(agents)s::uuid[])[1 + place %% cardinality(%(agents)s::uuid[])],
        (%(branches)s::bigint[])[1 + place %% cardinality(%(branches)s::bigint[])], 1,
        decode(repeat(md5(n::text), 3), 'hex'), decode(md5('nik' || n), 'hex'),
        decode(repeat(md5(n::text), 4), 'hex'),
        ARRAY[substring(decode(md5('word' || n %% 5000), 'hex') FOR 6)],
        '1985-01-01', 'female', decode(repeat(md5(n::text), 3), 'hex'), villages[place],
        codes[place], decode(repeat(md5(n::text), 4), 'hex'), '001', '002', '',
        decode(repeat(md5(n::text), 3), 'hex'), decode(md5('phone' || n), 'hex'), 'self', 'desa',
        1000000, '{JKK,JKM}', false, lpad(n::text, 11, '0'), true, 'not_checked', '2024-01-01',
        CASE WHEN n %% %(every)s = 0 THEN %(few)s::date
             WHEN n %% (%(every)s / 5) = 0 THEN %(more)s::date
             ELSE %(rest)s::date END,
        1, '2024-01-01', ''
    FROM people
"""
WORK: Final = """
    INSERT INTO enrollment_memberoccupation (member_id, occupation_id, is_main)
    SELECT id, 'DES01', true FROM enrollment_member
"""
UNLIMITED: Final = "SELECT set_config('statement_timeout', '0', true)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """How many members, and one in how many owes a month on the first day.

    Five times as many owe one on the second day, a month later.
    """

    members: int
    every: int

    @property
    def due(self) -> int:
        """Who owes on the first day."""
        return self.members // self.every

    @property
    def due_later(self) -> int:
        """Who owes on the second day."""
        return self.members // (self.every // 5)


@transaction.atomic
def fill(country: Country, *, say: Say) -> None:
    """These members and nobody else; indexes are built and references checked at the end."""
    with connection.cursor() as cursor:
        cursor.execute(UNLIMITED)
        cursor.execute("TRUNCATE enrollment_member, retention_followup CASCADE")
        values = _surroundings() | {"every": country.every, "skew": SKEW}
        with stripped((Member, MemberOccupation), say=say):
            for first in range(1, country.members + 1, PER_STATEMENT):
                last = min(first + PER_STATEMENT - 1, country.members)
                cursor.execute(FILL, values | {"first": first, "last": last})
                say(f"sweep: {last:,} members")
            cursor.execute(WORK)


def settle() -> None:
    """As a table that has been there for a while; outside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) enrollment_member")
        cursor.execute("VACUUM (ANALYZE) enrollment_memberoccupation")


def _surroundings() -> dict[str, Any]:
    """Agents, made once, and the months."""
    if not Agent.objects.exists():
        for number in range(AGENTS):
            make_agent(f"B{number:04}")
    agents = list(Agent.objects.select_related("office"))
    return {
        "agents": [agent.pk for agent in agents],
        "branches": [agent.office.branch_id for agent in agents],
        "few": FEW_PAID,
        "more": MORE_PAID,
        "rest": REST_PAID,
    }
