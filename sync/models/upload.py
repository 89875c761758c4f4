"""Files on their way from a phone: declared by an operation, sent in pieces, checked, stored."""

from django.db import models
from django.db.models import F, Q

from perisai.models import Agent, FileRole, StoredFile
from perisai.privacy import EncryptedTextField

MOST_BYTES = 1_000_000


class UploadState(models.TextChoices):
    """Where a file stands."""

    OPEN = "open"
    CHECKING = "checking"
    STORED = "stored"
    REFUSED = "refused"
    EXPIRED = "expired"


ON_ITS_WAY = (UploadState.OPEN, UploadState.CHECKING)
COUNTED = (*ON_ITS_WAY, UploadState.STORED)
"""What counts against the files that a record may have."""


class Upload(models.Model):
    """One file of one agent, on its way to the record that it is about; the phone made the id."""

    id = models.UUIDField(primary_key=True, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    op_id = models.UUIDField(help_text="Of the operation that declared it first.")
    about = models.CharField(max_length=20)
    about_id = models.UUIDField()
    record_id = models.UUIDField(help_text="The book's record that this hangs on.")
    role = models.CharField(max_length=10, choices=FileRole)
    sha256 = models.BinaryField(max_length=32)
    size = models.PositiveIntegerField()
    offset = models.PositiveIntegerField(default=0, help_text="Bytes received.")
    type = models.CharField(max_length=20, help_text="As the phone says.")
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.OPEN)
    key = EncryptedTextField(label="upload.key", null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    declared_at = models.DateTimeField()
    taken_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker last began to check it."
    )
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1, size__lte=MOST_BYTES), name="upload_size_in_bounds"
            ),
            models.CheckConstraint(
                condition=Q(offset__lte=F("size")), name="upload_offset_within_size"
            ),
            models.CheckConstraint(
                condition=Q(state__in=UploadState.values), name="upload_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(role__in=FileRole.values), name="upload_role_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=UploadState.STORED, file__isnull=False)
                | (~Q(state=UploadState.STORED) & Q(file__isnull=True)),
                name="upload_stored_has_its_file",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ON_ITS_WAY, key__isnull=False)
                | (~Q(state__in=ON_ITS_WAY) & Q(key__isnull=True)),
                name="upload_has_a_key_on_its_way",
            ),
        ]
        indexes = [
            models.Index(fields=["about_id", "about"], name="upload_by_record"),
            models.Index(fields=["record_id"], name="upload_by_book_record"),
            models.Index(
                fields=["id"], condition=Q(state="checking"), name="upload_waiting_for_its_check"
            ),
            models.Index(
                fields=["declared_at"], condition=Q(state="open"), name="upload_open_by_age"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class UploadPiece(models.Model):
    """Some bytes of a file as they arrived, encrypted for their place in it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pieces")
    offset = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "offset"], name="upload_piece_once_per_place")
        ]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.offset}"
