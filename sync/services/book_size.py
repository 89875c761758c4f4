"""How large a book may grow: who makes one more row in a large one is warned, never refused."""

from typing import Final
from uuid import UUID

from django.db import connection

BOOK_ROWS: Final = 10_000  # more than that no hand-over gives
BOOK_ROWS_WARNING: Final = 5_000
BOOK_LARGE: Final = "book_large"

HOLDS_SO_MANY = """
    SELECT count(*) = %(rows)s FROM (
        SELECT 1 FROM sync_bookentry e JOIN sync_book b ON b.id = e.book_id
        WHERE b.agent_id = %(agent)s AND e.is_present LIMIT %(rows)s
    ) AS held
"""


def is_large(agent_id: UUID) -> bool:
    """Whether the agent's book holds as many rows as a phone is warned at."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDS_SO_MANY, {"agent": agent_id, "rows": BOOK_ROWS_WARNING})
        (found,) = cursor.fetchone()
    return bool(found)
