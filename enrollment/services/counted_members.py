"""The row that counts for a KPJ or a NIK: of a merged one, where it was merged into (R23)."""

from typing import Final
from uuid import UUID

from django.db import connection

from enrollment.models import Member
from perisai.privacy import blind_index

# A row that one was merged into may be merged itself later, never back: the chain ends.
FOLLOW: Final = """
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM enrollment_member WHERE kpj = %(kpj)s
        UNION ALL
        SELECT m.id, m.merged_into_id
        FROM chain JOIN enrollment_member m ON m.id = chain.merged_into_id
    )
    SELECT id FROM chain WHERE merged_into_id IS NULL
"""

FOLLOW_NIK: Final = """
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM enrollment_member
        WHERE nik_index = %(nik)s AND merged_into_id IS NOT NULL
        UNION
        SELECT m.id, m.merged_into_id
        FROM chain JOIN enrollment_member m ON m.id = chain.merged_into_id
    )
    SELECT id FROM chain WHERE merged_into_id IS NULL
"""

FOLLOW_ROW: Final = """
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM enrollment_member WHERE id = %(id)s
        UNION ALL
        SELECT m.id, m.merged_into_id
        FROM chain JOIN enrollment_member m ON m.id = chain.merged_into_id
    )
    SELECT id FROM chain WHERE merged_into_id IS NULL
"""


def counted_member(kpj: str) -> UUID | None:
    """Who is meant by a KPJ now, the row that counts; None: nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"kpj": kpj})
        row = cursor.fetchone()
    return row[0] if row else None


def counted_member_of_nik(nik: str) -> UUID | None:
    """Who is meant by a NIK now: the row that has it, else the one that its rows were merged into.

    None: nobody has it, or its rows were merged into two, of which none is more likely.
    """
    own = Member.objects.unmerged().with_nik(nik).values_list("pk", flat=True).first()
    if own is not None:
        return own
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW_NIK, {"nik": blind_index("nik", nik)})
        rows = cursor.fetchall()
    return rows[0][0] if len(rows) == 1 else None


def lock_counted_member(kpj: str) -> UUID | None:
    """The same, locked: if it was merged before the lock was had, the row that counts since."""
    while (found := counted_member(kpj)) is not None:
        row = Member.objects.unmerged().filter(pk=found).select_for_update(no_key=True)
        if row.values_list("pk", flat=True).first() is not None:
            return found
    return None


def counted_row(member_id: UUID) -> UUID:
    """The row that counts for a member's: itself, or the one that it was merged into."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW_ROW, {"id": member_id})
        found: tuple[UUID] = cursor.fetchone()
    return found[0]


def lock_counted_row(member_id: UUID) -> UUID:
    """The same, locked: if it was merged before the lock was had, the row that counts since."""
    while True:
        found = counted_row(member_id)
        row = Member.objects.unmerged().filter(pk=found).select_for_update(no_key=True)
        if row.values_list("pk", flat=True).first() is not None:
            return found
