"""Existing offices and agents from waiting rows: all of a run by set."""

from typing import Final
from uuid import UUID

from django.db import connection

from perisai.models import Role

INSERT_OFFICES: Final = """
    INSERT INTO perisai_office (code, name, kind, branch_id)
    SELECT c.code, c.name, c.kind, c.branch_id
    FROM perisai_stagedrow s
    CROSS JOIN LATERAL jsonb_to_record(s.columns) AS c (
        code text, name text, kind text, branch_id bigint
    )
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
INSERT_LOGINS: Final = """
    INSERT INTO perisai_user (username, password, role, language, is_active, is_staff, is_superuser)
    SELECT s.columns ->> 'number', s.columns ->> 'password', %(role)s, 'id', true, false, false
    FROM perisai_stagedrow s WHERE s.run_id = %(run)s ORDER BY s.line
"""
INSERT_AGENTS: Final = """
    INSERT INTO perisai_agent
        (id, number, user_id, office_id, name, phone, phone_index, state, appointed_on)
    SELECT s.subject_id, c.number, u.id, c.office_id, c.name, c.phone, c.phone_index, 'active',
        c.appointed_on
    FROM perisai_stagedrow s
    CROSS JOIN LATERAL jsonb_to_record(s.columns) AS c (
        number text, office_id bigint, name bytea, phone bytea, phone_index bytea,
        appointed_on date
    )
    JOIN perisai_user u ON u.username = c.number
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
INSERT_VILLAGES: Final = """
    INSERT INTO perisai_agentvillage (agent_id, village_id)
    SELECT s.subject_id, village.code
    FROM perisai_stagedrow s
    CROSS JOIN LATERAL jsonb_array_elements_text(s.columns -> 'villages') AS village (code)
    WHERE s.run_id = %(run)s ORDER BY s.line, village.code
"""


def import_offices(run_id: UUID) -> int:
    """Make the offices of a run's waiting rows; returns how many. Joins the caller's transaction.

    Raises IntegrityError if a row does not fit what is there.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT_OFFICES, {"run": run_id})
        made: int = cursor.rowcount
    return made


def import_agents(run_id: UUID) -> int:
    """Make the agents of a run's waiting rows, each with a login that has no password yet.

    Returns how many. Joins the caller's transaction. Raises IntegrityError if a row does not fit.
    """
    with connection.cursor() as cursor:
        cursor.execute(INSERT_LOGINS, {"run": run_id, "role": Role.AGENT})
        cursor.execute(INSERT_AGENTS, {"run": run_id})
        made: int = cursor.rowcount
        cursor.execute(INSERT_VILLAGES, {"run": run_id})
    return made
