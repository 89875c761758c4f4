"""What enrollment gives up when it is old."""

from enrollment.services.purges import (
    drafts_left_lying,
    end_forms,
    forget_kept_long_enough,
    members_closed_long_ago,
    refused_forms,
)
from perisai.purging import Purge, register

# One row a commit: an erasure takes locks of phones and ends with their books.
register(
    Purge(
        code="members",
        of="members",
        overdue=members_closed_long_ago,
        dated_by="closed_on",
        end=forget_kept_long_enough,
        at_once=1,
    )
)
register(
    Purge(
        code="drafts",
        of="drafts",
        overdue=drafts_left_lying,
        dated_by="created_at",
        end=forget_kept_long_enough,
        at_once=1,
    )
)
register(
    Purge(
        code="refused_forms",
        of="drafts",
        overdue=refused_forms,
        dated_by="received_at",
        end=end_forms,
    )
)
