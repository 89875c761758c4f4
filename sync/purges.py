"""What the phone's contract gives up when it is old."""

from perisai.purging import Purge, register
from sync.services.purges import end_bodies, operations_with_old_bodies

register(
    Purge(
        code="operations",
        of="operations",
        overdue=operations_with_old_bodies,
        dated_by="received_at",
        end=end_bodies,
    )
)
