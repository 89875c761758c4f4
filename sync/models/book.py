"""Books: what one agent may hold offline, versioned; domain-blind."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent


class Epoch(models.Model):
    """The name of this database history; changed after a restore from backup. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=8)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="epoch_is_one_row"),
        ]

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """All rows that one agent may hold offline: unit of permission, cursor, ETag and digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.OneToOneField(Agent, on_delete=models.PROTECT, related_name="+")
    version = models.BigIntegerField(
        default=0, db_default=0, help_text="Raised once by each transaction that changes the book."
    )
    floor = models.BigIntegerField(
        default=0, db_default=0, help_text="Oldest cursor that can still be answered."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(version__gte=0), name="book_version_not_negative"),
            models.CheckConstraint(
                condition=Q(floor__gte=0, floor__lte=F("version")), name="book_floor_within_version"
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DropReason(models.TextChoices):
    """Why a phone must give a row up."""

    REASSIGNED = "reassigned"
    MERGED = "merged"
    CLOSED = "closed"
    OUT_OF_WINDOW = "out_of_window"
    ERASED = "erased"


class BookEntry(models.Model):
    """One row of one book: where it stands in the order of versions, and whether it is there."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="entries")
    entity = models.CharField(max_length=20)
    entity_id = models.UUIDField()
    version = models.BigIntegerField()
    is_present = models.BooleanField()
    reason = models.CharField(max_length=14, choices=DropReason, blank=True, default="")
    into_id = models.UUIDField(null=True, blank=True)
    leaf = models.BigIntegerField(help_text="First 8 bytes of SHA-256 of entity:id:version.")
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "entity", "entity_id"], name="book_entry_once_per_row"
            ),
            models.CheckConstraint(
                condition=Q(is_present=True, reason="")
                | Q(is_present=False, reason__in=DropReason.values),
                name="book_entry_dropped_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(into_id__isnull=True) | Q(reason=DropReason.MERGED),
                name="book_entry_into_only_when_merged",
            ),
        ]
        indexes = [
            models.Index(fields=["book", "version", "id"], name="book_entry_in_order"),
            models.Index(
                fields=["changed_at"],
                condition=Q(entity="op_result", is_present=True),
                name="book_entry_results_by_age",
            ),
            models.Index(
                fields=["changed_at"],
                condition=Q(is_present=False),
                name="book_entry_drops_by_age",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.entity_id}"
