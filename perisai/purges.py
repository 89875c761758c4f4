"""What this app gives up when it is old."""

from perisai.purging import Purge, register
from perisai.services.login_events import LOGIN_EVENTS, end_events, events_before
from perisai.services.old_messages import (
    MESSAGES,
    end_messages,
    end_pauses,
    messages_before,
    pauses_before,
)

register(
    Purge(
        code=MESSAGES,
        of=MESSAGES,
        overdue=messages_before,
        dated_by="created_at",
        end=end_messages,
    )
)
register(
    Purge(
        code="relay_pauses",
        of=MESSAGES,
        overdue=pauses_before,
        dated_by="until",
        end=end_pauses,
    )
)
register(
    Purge(
        code="login_events",
        of=LOGIN_EVENTS,
        overdue=events_before,
        dated_by="at",
        end=end_events,
    )
)
