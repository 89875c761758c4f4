"""What enrollment gives up when it is old."""

from enrollment.services.member_files import end_photos, old_photos
from enrollment.services.purges import (
    DRAFTS,
    MEMBERS,
    PROSPECTS,
    drafts_left_lying,
    end_drafts,
    end_forms,
    end_members,
    end_prospects,
    members_closed_long_ago,
    prospects_not_won,
    refused_forms,
)
from perisai.purging import Purge, register

# One row a commit: an erasure takes locks of phones and ends with their books.
register(
    Purge(
        code="members",
        of=MEMBERS,
        overdue=members_closed_long_ago,
        dated_by="closed_on",
        end=end_members,
        at_once=1,
    )
)
register(
    Purge(
        code="drafts",
        of=DRAFTS,
        overdue=drafts_left_lying,
        dated_by="created_at",
        end=end_drafts,
        at_once=1,
    )
)
register(
    Purge(
        code="prospects",
        of=PROSPECTS,
        overdue=prospects_not_won,
        dated_by="last_contact_at",
        end=end_prospects,
        at_once=1,
    )
)
register(
    Purge(
        code="refused_forms",
        of=DRAFTS,
        overdue=refused_forms,
        dated_by="received_at",
        end=end_forms,
    )
)
register(
    Purge(
        code="photos",
        of="photos",
        overdue=old_photos,
        dated_by="attached_at",
        end=end_photos,
        at_once=200,
    )
)
