"""Reference files: what every phone may know, as it was published."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q


class ReferenceFileQuerySet(models.QuerySet["ReferenceFile"]):
    """Sentences about reference files."""

    def newest(self) -> Self:
        """Of each name the one that was published last."""
        return self.order_by("name", "-id").distinct("name")


class ReferenceFile(models.Model):
    """One publication of one file; older ones stay, for phones that are still fetching them."""

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=100, help_text="An edition, or the day of publication.")
    sha256 = models.CharField(max_length=64)
    content = models.TextField(help_text="JSON, as it goes out.")
    published_at = models.DateTimeField()

    objects = ReferenceFileQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="reference_file_has_its_digest"
            ),
        ]
        indexes = [
            models.Index(fields=["name", "-id"], name="reference_file_newest"),
            models.Index(fields=["name", "sha256"], name="reference_file_by_digest"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reference_file_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
