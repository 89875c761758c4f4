"""What files may be about here: a member, and a consent."""

from uuid import UUID

from enrollment.services.member_files import attach_to_member, member_of_consent
from sync.errors import NotInBook
from sync.registry import Attachment, attachable


def _itself(member_id: UUID) -> UUID:
    return member_id


@attachable("member", on="member", names=_itself)
def attach_to_record(given: Attachment) -> None:
    """A file of the member herself."""
    attach_to_member(given)


@attachable("consent", on="member", names=member_of_consent, maker="consent.record")
def attach_to_consent(given: Attachment) -> None:
    """A file under a consent, of the member who gave it."""
    member_id = member_of_consent(given.record_id)
    if member_id is None:
        raise NotInBook
    of_member = Attachment(
        record_id=member_id,
        role=given.role,
        file_id=given.file_id,
        agent_id=given.agent_id,
        at=given.at,
    )
    attach_to_member(of_member, consent_id=given.record_id)
