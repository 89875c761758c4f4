"""Files that phones sent, encrypted, and what a record's link to one of them is."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, Self
from uuid import UUID

import pgtrigger
from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from perisai.ids import new_id
from perisai.models.agent import Agent
from perisai.privacy import EncryptedTextField

CONTENT: Final = "content"
THUMBNAIL: Final = "thumbnail"


class FileRole(models.TextChoices):
    """What a file shows."""

    KTP = "ktp"
    KK = "kk"
    FACE = "face"
    CONSENT = "consent"
    PLACE = "place"
    RECEIPT = "receipt"
    OTHER = "other"


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    """Sentences about stored files."""

    def kept(self) -> Self:
        """Whose bytes are there."""
        return self.filter(ended_at__isnull=True)

    def unheld(self) -> Self:
        """To which no record has a link any more, in whatever app."""
        here = {"file": OuterRef("pk"), "ended_at__isnull": True}
        return self.filter(*(~Exists(link._base_manager.filter(**here)) for link in file_links()))


class StoredFile(models.Model):
    """The encrypted bytes of a picture that one agent sent; two uploads of one content share it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    sha256 = models.BinaryField(
        max_length=32, null=True, editable=False, help_text="Of the bytes as they were sent."
    )
    key = EncryptedTextField(label="stored_file.key", null=True, blank=True)
    content = models.BinaryField(null=True, editable=False)
    thumbnail = models.BinaryField(null=True, editable=False)
    type = models.CharField(max_length=20, help_text="Of what is kept.")
    size = models.PositiveIntegerField(help_text="Bytes of what is kept.")
    stored_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Since then no byte of it.")

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "sha256"], name="stored_file_once_per_agent_and_content"
            ),
            models.CheckConstraint(
                condition=Q(
                    ended_at__isnull=True,
                    sha256__isnull=False,
                    key__isnull=False,
                    content__isnull=False,
                    thumbnail__isnull=False,
                )
                | Q(
                    ended_at__isnull=False,
                    sha256__isnull=True,
                    key__isnull=True,
                    content__isnull=True,
                    thumbnail__isnull=True,
                ),
                name="stored_file_is_whole_or_gone",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="stored_file_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="stored_file_is_only_destroyed",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
                       OR (NEW.id, NEW.agent_id, NEW.type, NEW.size, NEW.stored_at)
                           IS DISTINCT FROM
                          (OLD.id, OLD.agent_id, OLD.type, OLD.size, OLD.stored_at) THEN
                        RAISE EXCEPTION 'a stored file is destroyed, and never changed'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class FileLink(models.Model):
    """What each app's link from a record to a file is: a fact, with the day on which it ended."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=10, choices=FileRole)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then the record has the file no more."
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


def link_triggers(name: str) -> list[Any]:
    """The guards of a link's table: it is kept, and ended once."""
    return [
        pgtrigger.Protect(name=f"{name}_is_kept", operation=pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{name}_ends_once",
            operation=pgtrigger.Update,
            when=pgtrigger.Before,
            func="""
                IF OLD.ended_at IS NOT NULL
                   OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at' THEN
                    RAISE EXCEPTION 'a link to a file is a fact, and ends once'
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            """,
        ),
    ]


def file_links() -> Iterable[type[FileLink]]:
    """Every app's links to files: tables are found, not listed."""
    return [model for model in apps.get_models() if issubclass(model, FileLink)]


def place_in(file_id: UUID, part: str) -> bytes:
    """What the bytes of a stored file are sealed for."""
    return file_id.bytes + part.encode()


def end_links(links: "models.QuerySet[Any]", at: datetime) -> set[UUID]:
    """End these links; the files that they were to."""
    standing = links.filter(ended_at__isnull=True)
    files = set(standing.values_list("file", flat=True))
    standing.update(ended_at=at)
    return files
