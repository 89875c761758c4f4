"""Draws provisional participant numbers (R10)."""

from django.db import connection

from enrollment.kpj import provisional_kpj

NEXT_IN_SEQUENCE = "SELECT nextval('enrollment_kpj_seq')"


def next_kpj() -> str:
    """A number that nobody else gets, in one statement. A refused form leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_IN_SEQUENCE)
        drawn: tuple[int] = cursor.fetchone()
    return provisional_kpj(drawn[0])
