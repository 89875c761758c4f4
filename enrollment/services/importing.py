"""Existing members from waiting rows: all of a run by set, then told to their agents' phones."""

from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count

from enrollment.models import ImportedMember, Member
from enrollment.services.kpj import next_kpjs
from perisai.deadlines import Deadline
from sync.services import book

# A phone is made for books of this size.
FULL_BOOK: Final = 3_000
ROWS_PER_COMMIT: Final = 500

WITHOUT_KPJ: Final = """
    SELECT count(*) FROM perisai_stagedrow
    WHERE run_id = %(run)s AND columns ->> 'kpj' IS NULL
"""
INSERT_MEMBERS: Final = """
    WITH waiting AS (
        SELECT s.subject_id, s.columns,
            row_number() OVER (PARTITION BY s.columns ->> 'kpj' IS NULL ORDER BY s.line) AS n
        FROM perisai_stagedrow s WHERE s.run_id = %(run)s
    )
    INSERT INTO enrollment_member (
        id, agent_id, branch_id, rev, nik, nik_index, full_name, name_words, birth_date, sex,
        birthplace, mother_maiden_name, kk_number, village_id, regency_code, address_line, rt, rw,
        postcode, phone, phone_index, phone_owner, no_phone_reason, email, ecosystem,
        income_monthly, programmes, employs_others, workplace, kpj, kpj_provisional, dukcapil,
        registered_on, episode_no, closed_on, closed_reason
    )
    SELECT w.subject_id, c.agent_id, office.branch_id, 1, c.nik, c.nik_index, c.full_name,
        c.name_words, c.birth_date, c.sex, c.birthplace, c.mother_maiden_name, c.kk_number,
        c.village_id, c.regency_code, c.address_line, c.rt, c.rw, c.postcode, c.phone,
        c.phone_index, c.phone_owner, c.no_phone_reason, c.email, c.ecosystem, c.income_monthly,
        c.programmes, c.employs_others, c.workplace, coalesce(c.kpj, ours.kpj), c.kpj IS NULL,
        'not_checked', c.registered_on, 0, c.closed_on, c.closed_reason
    FROM waiting w
    CROSS JOIN LATERAL jsonb_to_record(w.columns) AS c (
        agent_id uuid, nik bytea, nik_index bytea, full_name bytea,
        name_words bytea[], birth_date date, sex text, birthplace bytea, mother_maiden_name bytea,
        kk_number bytea, village_id text, regency_code text, address_line bytea, rt text, rw text,
        postcode text, phone bytea, phone_index bytea, phone_owner text, no_phone_reason bytea,
        email bytea, ecosystem text, income_monthly bigint, programmes text[],
        employs_others boolean, workplace bytea, kpj text, registered_on date, closed_on date,
        closed_reason text
    )
    JOIN perisai_agent agent ON agent.id = c.agent_id
    JOIN perisai_office office ON office.id = agent.office_id
    LEFT JOIN unnest(%(kpjs)s::text[]) WITH ORDINALITY AS ours (kpj, n)
        ON c.kpj IS NULL AND ours.n = w.n
    ORDER BY w.subject_id
"""
INSERT_FACTS: Final = """
    WITH waiting AS (
        SELECT s.run_id, s.line, s.subject_id, c.*
        FROM perisai_stagedrow s
        CROSS JOIN LATERAL jsonb_to_record(s.columns) AS c (
            agent_id uuid, cared_for_since date, occupations text[], soft_checks text[]
        )
        WHERE s.run_id = %(run)s
    ), named AS (
        INSERT INTO enrollment_memberoccupation (member_id, occupation_id, is_main)
        SELECT w.subject_id, o.code, o.n = 1
        FROM waiting w CROSS JOIN LATERAL unnest(w.occupations) WITH ORDINALITY AS o (code, n)
    ), assigned AS (
        INSERT INTO enrollment_assignment (member_id, agent_id, from_on)
        SELECT w.subject_id, w.agent_id, w.cared_for_since FROM waiting w
    )
    INSERT INTO enrollment_importedmember (member_id, run_id, line, soft_checks)
    SELECT w.subject_id, w.run_id, w.line, w.soft_checks FROM waiting w
"""
UNTOLD: Final = """
    SELECT m.id FROM enrollment_importedmember i
    JOIN enrollment_member m ON m.id = i.member_id
    WHERE i.run_id = %(run)s AND m.agent_id IS NOT NULL AND m.closed_on IS NULL
      AND NOT EXISTS (
          SELECT 1 FROM sync_bookentry e JOIN sync_book b ON b.id = e.book_id
          WHERE e.entity = 'member' AND e.entity_id = m.id AND b.agent_id = m.agent_id
      )
    ORDER BY m.agent_id, m.id
"""
LOCK_LIVE: Final = """
    SELECT m.id, m.agent_id FROM enrollment_member m
    WHERE m.id = ANY (%(ids)s) AND m.agent_id IS NOT NULL AND m.closed_on IS NULL
    ORDER BY m.id
    FOR NO KEY UPDATE
"""


def import_members(run_id: UUID) -> int:
    """Make the members of a run's waiting rows; returns how many. Joins the caller's transaction.

    Three statements and one draw of numbers, whatever the size. Nobody hears of it: existing
    members get no word of welcome. Raises IntegrityError if a row does not fit what is there.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_KPJ, {"run": run_id})
        kpjs = next_kpjs(cursor.fetchone()[0])
        cursor.execute(INSERT_MEMBERS, {"run": run_id, "kpjs": kpjs})
        made: int = cursor.rowcount
        cursor.execute(INSERT_FACTS, {"run": run_id})
    return made


def tell_phones(run_id: UUID) -> int:
    """Put the live members of a run into their agents' books; returns how many were new there.

    At most 500 a commit, book after book. Safe to repeat: it goes on where it was cut short.
    """
    with connection.cursor() as cursor:
        cursor.execute(UNTOLD, {"run": run_id})
        untold = [row[0] for row in cursor.fetchall()]
    starts = range(0, len(untold), ROWS_PER_COMMIT)
    return sum(_tell(untold[start : start + ROWS_PER_COMMIT]) for start in starts)


def _tell(ids: list[UUID]) -> int:
    """Whose the members are by now, since somebody may have handed them over meanwhile."""
    with book.recording(Deadline.BULK) as changes:
        with connection.cursor() as cursor:
            cursor.execute(LOCK_LIVE, {"ids": ids})
            rows = cursor.fetchall()
        for member_id, agent_id in rows:
            changes.put(agent_id, "member", [member_id])
    return len(rows)


def full_books(run_id: UUID) -> list[str]:
    """Numbers of the agents who look after more members than a phone is made for.

    Of those who were given some by this run, once it is loaded.
    """
    agents = ImportedMember.objects.filter(run=run_id).values("member__agent")
    counted = (
        Member.objects.live()
        .filter(agent__in=agents)
        .values("agent__number")
        .annotate(members=Count("pk"))
        .filter(members__gt=FULL_BOOK)
    )
    return sorted(counted.values_list("agent__number", flat=True))
