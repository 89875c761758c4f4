"""The row that counts for a membership number: of a merged one, where it was merged into (R23)."""

from typing import Final
from uuid import UUID

from django.db import connection

from enrollment.models import Member

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


def counted_member(kpj: str) -> UUID | None:
    """Who is meant by a KPJ now, the row that counts; None: nobody has it."""
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"kpj": kpj})
        row = cursor.fetchone()
    return row[0] if row else None


def lock_counted_member(kpj: str) -> UUID | None:
    """The same, locked: if it was merged before the lock was had, the row that counts since."""
    while (found := counted_member(kpj)) is not None:
        row = Member.objects.unmerged().filter(pk=found).select_for_update(no_key=True)
        if row.values_list("pk", flat=True).first() is not None:
            return found
    return None
