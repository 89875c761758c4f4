"""What this app gives up when it is old."""

from perisai.purging import Purge, register
from perisai.services.login_events import LOGIN_EVENTS, end_events, events_before

register(
    Purge(
        code="login_events",
        of=LOGIN_EVENTS,
        overdue=events_before,
        dated_by="at",
        end=end_events,
    )
)
