"""What attempts and reminders give up when they are old."""

from perisai.purging import Purge, register
from retention.services.forgetting import (
    attempts_with_old_texts,
    end_phones,
    end_texts,
    reminders_with_old_phones,
)

register(
    Purge(
        code="attempts",
        of="attempts",
        overdue=attempts_with_old_texts,
        dated_by="tried_at",
        end=end_texts,
    )
)
register(
    Purge(
        code="reminders",
        of="messages",
        overdue=reminders_with_old_phones,
        dated_by="day",
        end=end_phones,
    )
)
