"""Waiting rows compared with one another and with what is in the database, by set."""

from collections.abc import Mapping
from typing import Final

from django.db import connection

from perisai.models import ImportKind, ImportRun
from supervision.services.importing.faults import Fault

# The later of two equal lines is at fault.
TWICE: Final = """
    SELECT later.line FROM (
        SELECT s.line,
            row_number() OVER (PARTITION BY s.columns ->> %(key)s::text ORDER BY s.line) AS n
        FROM perisai_stagedrow s
        WHERE s.run_id = %(run)s AND s.columns ->> %(key)s::text IS NOT NULL
    ) later
    WHERE later.n > 1 ORDER BY later.line
"""
KNOWN_NIK: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN enrollment_member m
        ON m.nik_index = (s.columns ->> 'nik_index')::bytea AND m.merged_into_id IS NULL
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
KNOWN_KPJ: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN enrollment_member m ON m.kpj = s.columns ->> 'kpj'
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
# Between reading and loading an agent may have left, or gone to another branch.
LOST_AGENT: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN perisai_agent a ON a.id = (s.columns ->> 'agent_id')::uuid
    JOIN perisai_office o ON o.id = a.office_id
    WHERE s.run_id = %(run)s
      AND (a.state = 'ended' OR o.branch_id <> (s.columns ->> 'branch_id')::bigint)
    ORDER BY s.line
"""
KNOWN_OFFICE: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN perisai_office o ON o.code = s.columns ->> 'code'
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
KNOWN_NUMBER: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN perisai_user u ON u.username = s.columns ->> 'number'
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
KNOWN_PHONE: Final = """
    SELECT s.line FROM perisai_stagedrow s
    JOIN perisai_agent a
        ON a.phone_index = (s.columns ->> 'phone_index')::bytea AND a.state = 'active'
    WHERE s.run_id = %(run)s ORDER BY s.line
"""
# Per kind of file: the statement, its key, the column at fault and the code.
COMPARISONS: Final[Mapping[str, tuple[tuple[str, str, str, str], ...]]] = {
    ImportKind.MEMBERS: (
        (TWICE, "nik_index", "nik", "nik_twice"),
        (KNOWN_NIK, "", "nik", "nik_known"),
        (TWICE, "kpj", "kpj", "kpj_twice"),
        (KNOWN_KPJ, "", "kpj", "kpj_known"),
        (LOST_AGENT, "", "nomor_agen", "agent_unknown"),
    ),
    ImportKind.AGENTS: (
        (TWICE, "number", "nomor_agen", "number_twice"),
        (KNOWN_NUMBER, "", "nomor_agen", "number_known"),
        (TWICE, "phone_index", "nomor_hp", "phone_twice"),
        (KNOWN_PHONE, "", "nomor_hp", "phone_known"),
    ),
    ImportKind.OFFICES: (
        (TWICE, "code", "kode_kantor", "code_twice"),
        (KNOWN_OFFICE, "", "kode_kantor", "code_known"),
    ),
}


def compare(run: ImportRun) -> list[Fault]:
    """The faults that no line shows by itself; joins the caller's transaction."""
    faults: list[Fault] = []
    with connection.cursor() as cursor:
        for statement, key, column, code in COMPARISONS[run.kind]:
            named = {"run": run.pk} | ({"key": key} if key else {})
            cursor.execute(statement, named)
            faults += (Fault(line=row[0], column=column, code=code) for row in cursor.fetchall())
    return faults
