"""The row that counts for a KPJ or a NIK: of a merged one, where it was merged into (R23)."""

from typing import Any, Final
from uuid import UUID

from django.db import connection

from enrollment.models import Member
from perisai.privacy import blind_index

# A row that one was merged into may be merged itself later, never back: the chain ends.
CHAIN: Final = """
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id FROM enrollment_member WHERE {begins}
        UNION
        SELECT m.id, m.merged_into_id
        FROM chain JOIN enrollment_member m ON m.id = chain.merged_into_id
    )
    SELECT id FROM chain WHERE merged_into_id IS NULL
"""
FROM_KPJ: Final = CHAIN.format(begins="kpj = %(kpj)s")
FROM_NIK: Final = CHAIN.format(begins="nik_index = %(nik)s AND merged_into_id IS NOT NULL")
FROM_ROW: Final = CHAIN.format(begins="id = %(id)s")


def counted_member(kpj: str) -> UUID | None:
    """Who is meant by a KPJ now, the row that counts; None: nobody has it."""
    return next(iter(_followed(FROM_KPJ, kpj=kpj)), None)


def counted_member_of_nik(nik: str) -> UUID | None:
    """Who is meant by a NIK now: the row that has it, else the one that its rows were merged into.

    None: nobody has it, or its rows were merged into two, of which none is more likely.
    """
    own = Member.objects.unmerged().with_nik(nik).values_list("pk", flat=True).first()
    if own is not None:
        return own
    found = _followed(FROM_NIK, nik=blind_index("nik", nik))
    return found[0] if len(found) == 1 else None


def lock_counted_member(kpj: str) -> UUID | None:
    """The same as of a KPJ, locked: if it was merged before the lock was had, the row since."""
    while (found := counted_member(kpj)) is not None:
        if _is_locked(found):
            return found
    return None


def counted_row(member_id: UUID) -> UUID:
    """The row that counts for a member's: itself, or the one that it was merged into."""
    (found,) = _followed(FROM_ROW, id=member_id)
    return found


def lock_counted_row(member_id: UUID) -> UUID:
    """The same, locked as by `lock_counted_member`."""
    while not _is_locked(found := counted_row(member_id)):
        pass  # it was merged before the lock was had: the row that counts since
    return found


def _followed(sql: str, **begins: Any) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(sql, begins)
        return [found for (found,) in cursor.fetchall()]


def _is_locked(member_id: UUID) -> bool:
    """Whether it still counts, now that it is locked."""
    row = Member.objects.unmerged().filter(pk=member_id).select_for_update(no_key=True)
    return row.values_list("pk", flat=True).first() is not None
