"""The inbox: every operation as it was received, with its one result."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from perisai.ids import new_id
from perisai.models import Agent, Device
from perisai.privacy import EncryptedJSONField


class Outbox(models.Model):
    """Where one device stands. This row is the lock of a push."""

    device = models.OneToOneField(
        Device, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    last_seq = models.BigIntegerField(default=0, help_text="Every seq up to it has a result.")
    acked_epoch = models.CharField(max_length=8, blank=True, default="")
    acked_version = models.BigIntegerField(default=0)
    acked_at = models.DateTimeField(
        null=True, blank=True, help_text="When the acknowledged version last rose."
    )
    last_push_at = models.DateTimeField(null=True, blank=True)
    last_pull_at = models.DateTimeField(null=True, blank=True)
    reported_count = models.PositiveIntegerField(
        default=0, help_text="Unsent operations, as the phone last said."
    )
    reported_oldest_at = models.DateTimeField(null=True, blank=True)
    clock_offset_ms = models.BigIntegerField(default=0, help_text="Server minus device.")
    resync_wanted_at = models.DateTimeField(null=True, blank=True)
    config_tag = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="Of the configuration that the phone read last.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_seq__gte=0), name="outbox_seq_not_negative"),
        ]

    def __str__(self) -> str:
        return str(self.device_id)


class Acknowledgement(models.Model):
    """When a device had given up the rows that others got, up to a version of its book.

    Only of versions by which such a drop was passed; the first word of each counts.
    """

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    epoch = models.CharField(max_length=8)
    version = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device", "epoch", "version"], name="acknowledgement_once_per_version"
            ),
        ]
        indexes = [
            models.Index(fields=["at"], name="acknowledgement_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.version}"


class ResultWord(models.TextChoices):
    """The stored results; `duplicate` and `retry` are answers, never stored."""

    APPLIED = "applied"
    MERGED = "merged"
    CONFLICT = "conflict"
    REDIRECTED = "redirected"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class Operation(models.Model):
    """One operation exactly as a phone sent it, under its place in that phone's outbox."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    seq = models.BigIntegerField()
    op_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    v = models.PositiveSmallIntegerField()
    entity_id = models.UUIDField()
    replaces = models.UUIDField(
        null=True, blank=True, help_text="op_id of the refused or conflicting one it stands for."
    )
    about_id = models.UUIDField(
        null=True, blank=True, help_text="The record that it names beside its own entity."
    )
    body = EncryptedJSONField(label="operation.body", null=True, blank=True)
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the body without seq.")
    made_at = models.DateTimeField(help_text="The device's clock, as it said.")
    adjusted_at = models.DateTimeField(help_text="Corrected by the clock offset.")
    received_at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=ResultWord)
    code = models.CharField(max_length=40, blank=True, default="")
    ver = models.BigIntegerField(null=True, blank=True, help_text="Book version that shows it.")
    outcome = models.JSONField(help_text="The answer's body; never personal data.")
    same_as = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "seq"], name="operation_once_per_place"),
            models.UniqueConstraint(
                fields=["op_id"], condition=Q(same_as__isnull=True), name="operation_once_per_id"
            ),
            models.CheckConstraint(
                condition=Q(result__in=ResultWord.values), name="operation_result_is_terminal"
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="operation_seq_from_one"),
        ]
        indexes = [
            models.Index(fields=["agent", "entity_id"], name="operation_by_entity"),
            models.Index(
                fields=["replaces"],
                condition=Q(replaces__isnull=False),
                name="operation_by_replaced",
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(result="blocked"),
                name="operation_blocked_by_age",
            ),
            models.Index(fields=["entity_id"], name="operation_of_entity"),
            models.Index(
                fields=["about_id"],
                condition=Q(about_id__isnull=False),
                name="operation_about_record",
            ),
            models.Index(
                fields=["received_at"],
                condition=Q(body__isnull=False),
                name="operation_with_body_by_age",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="operation_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="operation_about_the_erased_is_empty",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                func="""
                    IF EXISTS (SELECT FROM perisai_erasure
                               WHERE subject_id IN (NEW.entity_id, NEW.about_id)) THEN
                        NEW.body := NULL;
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="operation_is_append_only",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF (NEW.device_id, NEW.agent_id, NEW.seq, NEW.op_id, NEW.kind, NEW.v,
                        NEW.entity_id, NEW.replaces, NEW.about_id, NEW.digest, NEW.made_at,
                        NEW.adjusted_at, NEW.received_at)
                        IS DISTINCT FROM
                       (OLD.device_id, OLD.agent_id, OLD.seq, OLD.op_id, OLD.kind, OLD.v,
                        OLD.entity_id, OLD.replaces, OLD.about_id, OLD.digest, OLD.made_at,
                        OLD.adjusted_at, OLD.received_at)
                       OR (OLD.result NOT IN ('blocked', 'conflict')
                           AND NOT (OLD.kind = 'attachment.declare' AND NEW.result = 'rejected')
                           AND (NEW.result, NEW.code, NEW.outcome)
                               IS DISTINCT FROM (OLD.result, OLD.code, OLD.outcome)) THEN
                        RAISE EXCEPTION 'an operation is kept as it came'
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.op_id)


class OperationNeed(models.Model):
    """An operation that waits for another one."""

    operation = models.ForeignKey(Operation, on_delete=models.PROTECT, related_name="needs")
    needs = models.UUIDField(help_text="op_id of the operation that must be applied first.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "needs"], name="operation_need_once"),
        ]
        indexes = [
            models.Index(fields=["needs"], name="operation_need_by_needed"),
        ]

    def __str__(self) -> str:
        return str(self.needs)


class CaseState(models.TextChoices):
    """What a person decided."""

    OPEN = "open"
    APPLIED = "applied"
    MERGED = "merged"
    REFUSED = "refused"


class Conflict(models.Model):
    """The one case for a person (perkara), duplicates included, of any kind."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=30)
    entity = models.CharField(max_length=20)
    entity_id = models.UUIDField()
    other_id = models.UUIDField(null=True, blank=True)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    operation = models.ForeignKey(
        Operation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    details = EncryptedJSONField(label="conflict.details", null=True, blank=True)
    state = models.CharField(max_length=10, choices=CaseState, default=CaseState.OPEN)
    decided_by = models.ForeignKey(
        "perisai.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operation", "kind"], name="conflict_once_per_kind"),
            models.CheckConstraint(
                condition=Q(state__in=CaseState.values), name="conflict_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=CaseState.OPEN, decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~Q(state=CaseState.OPEN) & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                name="conflict_decided_by_a_person",
            ),
        ]
        indexes = [
            models.Index(
                fields=["entity_id"], condition=Q(state="open"), name="conflict_open_by_entity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
