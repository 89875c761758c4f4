"""Numbers that the database counts out: after a restore none is given a second time."""

from typing import Final

from django.db import connection

MOST_SKIPPED: Final = 1_000_000_000
SHARE: Final = 1_000
"""No sequence loses more than a thousandth of what it can count."""

SKIP: Final = """
    SELECT setval(
        format('%%I.%%I', schemaname, sequencename)::regclass,
        coalesce(last_value, start_value)
            + least(%(most)s, (max_value - start_value) / %(share)s)
    )
    FROM pg_sequences WHERE schemaname = current_schema()
"""


def skip_numbers() -> int:
    """Let every sequence of the database go on far ahead; how many there are.

    What was counted out since the backup is known outside: participant numbers to people and
    counters, ids of messages to the gateway. Not undone by a rollback, as no sequence is.
    """
    with connection.cursor() as cursor:
        cursor.execute(SKIP, {"most": MOST_SKIPPED, "share": SHARE})
        return len(cursor.fetchall())
