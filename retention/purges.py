"""What attempts and reminders give up when they are old."""

from perisai.purging import Purge, register
from retention.services.attempt_files import end_files, old_files
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
        code="attempt_files",
        of="attempts",
        overdue=old_files,
        dated_by="attached_at",
        end=end_files,
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
