"""Draws provisional participant numbers (R10)."""

from django.db import connection

from enrollment.kpj import provisional_kpj

NEXT_IN_SEQUENCE = "SELECT nextval('enrollment_kpj_seq')"
NEXT_FEW = "SELECT nextval('enrollment_kpj_seq') FROM generate_series(1, %(many)s)"


def next_kpj() -> str:
    """A number that nobody else gets, in one statement. A refused form leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IN_SEQUENCE)
        drawn: tuple[int] = cursor.fetchone()
    return provisional_kpj(drawn[0])


def next_kpjs(many: int) -> list[str]:
    """So many numbers that nobody else gets, ascending, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_FEW, {"many": many})
        return [provisional_kpj(row[0]) for row in cursor.fetchall()]
