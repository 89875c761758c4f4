"""Existing data brought in: runs of files, how far each was read, its faults, its waiting rows."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models.branch import Branch
from perisai.models.scope import of_office
from perisai.models.user import User
from perisai.privacy import EncryptedTextField


class ImportKind(models.TextChoices):
    """What the rows of a file are."""

    OFFICES = "offices"
    AGENTS = "agents"
    MEMBERS = "members"


class FileFormat(models.TextChoices):
    """How a file is written; told by its content, never by its name."""

    CSV = "csv"
    XLSX = "xlsx"


class LegalBasis(models.TextChoices):
    """On what the institution holds the people of a file already (UU 27/2022, article 20)."""

    CONSENT_ON_FILE = "consent_on_file"
    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"


class ImportState(models.TextChoices):
    """Where a run stands; derived from its facts."""

    READING = "reading"
    FAULTY = "faulty"
    READY = "ready"
    LOADED = "loaded"
    DISCARDED = "discarded"


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Sentences about runs."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch, others nobody's."""
        return of_office(self, user, branch="branch")

    def standing(self) -> Self:
        """Those that were not thrown away."""
        return self.filter(discarded_at__isnull=True)


class ImportRun(models.Model):
    """One file of existing offices, agents or members: read, confirmed, loaded whole or not at all.

    Its instants are set once, in this order; the state is derived from them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=7, choices=ImportKind)
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Scope of the supervisor who brought the file; empty: every branch.",
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sha256 = models.CharField(max_length=64)
    file_format = models.CharField(max_length=4, choices=FileFormat)
    size = models.PositiveBigIntegerField(help_text="Bytes of the file.")
    legal_basis = models.CharField(max_length=15, choices=LegalBasis, blank=True, default="")
    basis_note = models.CharField(
        max_length=200, blank=True, default="", help_text="The document that the basis rests on."
    )
    field_key = models.PositiveIntegerField(help_text="Id of the key that sealed the rows.")
    read_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(null=True, blank=True)
    fault_count = models.PositiveIntegerField(null=True, blank=True)
    brings_cover = models.BooleanField(
        default=False, help_text="Some row says what was paid: a second person confirms."
    )
    confirmed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ordered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ordered_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when a worker is to load it."
    )
    claimed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a worker last took it up; moves."
    )
    loaded_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the phones of all agents had heard of it."
    )
    discarded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=ImportKind.values), name="import_run_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(file_format__in=FileFormat.values), name="import_run_format_is_known"
            ),
            models.CheckConstraint(
                condition=Q(legal_basis__in=LegalBasis.values, kind=ImportKind.MEMBERS)
                | (Q(legal_basis="") & ~Q(kind=ImportKind.MEMBERS)),
                name="import_run_of_members_has_a_basis",
            ),
            models.UniqueConstraint(
                fields=["kind", "sha256", "branch"],
                condition=Q(discarded_at__isnull=True),
                nulls_distinct=False,
                name="import_run_once_per_file",
            ),
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, rows__isnull=True, fault_count__isnull=True)
                | Q(read_at__isnull=False, rows__isnull=False, fault_count__isnull=False),
                name="import_run_counted_when_read",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False, read_at__isnull=False),
                name="import_run_confirmed_after_reading",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("made_by")),
                name="import_run_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(ordered_by__isnull=True, ordered_at__isnull=True)
                | Q(ordered_by__isnull=False, ordered_at__isnull=False, read_at__isnull=False),
                name="import_run_ordered_after_reading",
            ),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(loaded_at__isnull=False),
                name="import_run_told_after_loading",
            ),
            models.CheckConstraint(
                condition=Q(loaded_at__isnull=True) | Q(read_at__isnull=False, fault_count=0),
                name="import_run_loaded_without_faults",
            ),
            models.CheckConstraint(
                condition=Q(loaded_at__isnull=True)
                | Q(brings_cover=False)
                | Q(confirmed_by__isnull=False),
                name="import_run_cover_needs_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(loaded_at__isnull=True) | Q(discarded_at__isnull=True),
                name="import_run_loaded_or_discarded",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="import_run_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="import_run_is_set_once",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (OLD.read_at IS NOT NULL AND (NEW.read_at, NEW.rows, NEW.fault_count,
                            NEW.brings_cover) IS DISTINCT FROM (OLD.read_at, OLD.rows,
                            OLD.fault_count, OLD.brings_cover))
                       OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)
                            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))
                       OR (OLD.ordered_at IS NOT NULL AND (NEW.ordered_at, NEW.ordered_by_id)
                            IS DISTINCT FROM (OLD.ordered_at, OLD.ordered_by_id))
                       OR (OLD.loaded_at IS NOT NULL AND NEW.loaded_at
                            IS DISTINCT FROM OLD.loaded_at)
                       OR (OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at)
                       OR (OLD.discarded_at IS NOT NULL AND NEW.discarded_at
                            IS DISTINCT FROM OLD.discarded_at)
                       OR to_jsonb(NEW) - %(moving)s <> to_jsonb(OLD) - %(moving)s THEN
                        RAISE EXCEPTION 'an import run is a fact'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """.replace(
                    "%(moving)s",
                    "ARRAY['read_at', 'rows', 'fault_count', 'brings_cover', 'confirmed_at',"
                    " 'confirmed_by_id', 'ordered_at', 'ordered_by_id', 'claimed_at', 'loaded_at',"
                    " 'told_at', 'discarded_at']",
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def state(self) -> ImportState:
        """Where the run stands."""
        if self.discarded_at is not None:
            return ImportState.DISCARDED
        if self.loaded_at is not None:
            return ImportState.LOADED
        if self.read_at is None:
            return ImportState.READING
        return ImportState.FAULTY if self.fault_count else ImportState.READY


class ImportChunk(models.Model):
    """The fact that a run of lines was read and put aside: where reading goes on after a kill."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="chunks")
    last_line = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    faults = models.PositiveIntegerField()
    read_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "last_line"], name="import_chunk_once_per_line"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="import_chunk_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.last_line}"


class ImportFault(models.Model):
    """What is wrong at a line and column of a file: a code, never the value."""

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="faults")
    line = models.PositiveIntegerField(help_text="As an editor counts; 0: the file as a whole.")
    column = models.CharField(max_length=30, blank=True, default="", help_text="As documented.")
    code = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["run", "line", "id"], name="import_fault_in_order")]
        triggers = [
            pgtrigger.Protect(
                name="import_fault_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line} {self.code}"


class ImportPiece(models.Model):
    """A piece of a file that came over the web, encrypted before it is stored; gone once read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="pieces")
    number = models.PositiveIntegerField()
    content = EncryptedTextField(label="import_piece.content")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="import_piece_once_per_place"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class StagedRow(models.Model):
    """One sound line that waits to be loaded, as the columns of the row it becomes.

    What is encrypted there is encrypted here, for `subject_id`, which becomes that row's key.
    Gone once its run is loaded or discarded.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="staged_rows")
    line = models.PositiveIntegerField()
    subject_id = models.UUIDField()
    columns = models.JSONField(help_text="Bytes as PostgreSQL writes them: a backslash, x, hex.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "line"], name="staged_row_once_per_line"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line}"
