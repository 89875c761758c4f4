"""Files of members: the card, the face, the thumbprint under a consent."""

from django.db import models
from django.db.models import Q

from enrollment.models.member import Member
from enrollment.models.registration import Consent
from perisai.models import FileLink, FileRole
from perisai.models.stored_file import link_triggers


class MemberFile(FileLink):
    """That a member's record has a file, in a role; of a consent's, under which consent."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="files")
    consent = models.ForeignKey(
        Consent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "role", "file"], name="member_file_once_per_role"
            ),
            models.CheckConstraint(
                condition=Q(role__in=FileRole.values), name="member_file_role_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["file"], name="member_file_by_file"),
            models.Index(
                fields=["attached_at"],
                condition=Q(ended_at__isnull=True),
                name="member_file_standing_by_age",
            ),
        ]
        triggers = link_triggers("member_file")
