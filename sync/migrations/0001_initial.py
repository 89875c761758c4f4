import django.db.models.deletion
import django.db.models.functions.datetime
import perisai.ids
import perisai.migrating
import perisai.privacy
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """All tables and triggers of this app at once, until the first release (ADR 51)."""

    # A database that has all of them has these tables; one that has some is refused (E012).
    replaces = [
        ("sync", "0002_operation_names_what_it_replaces"),
        ("sync", "0003_outbox_keeps_when_it_acknowledged"),
        ("sync", "0004_waiting_operations_are_found"),
        ("sync", "0005_operation_names_its_record"),
        ("sync", "0006_operation_bodies_are_found_by_age"),
        ("sync", "0007_old_drops_are_found"),
        ("sync", "0008_uploads"),
        ("sync", "0009_when_drops_were_given_up"),
    ]

    initial = True

    dependencies = [
        ("perisai", "0001_initial"),
    ]

    operations = [
        perisai.migrating.CreateTogether(
            operations=[
                migrations.CreateModel(
                    name="Book",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=perisai.ids.new_id,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "version",
                            models.BigIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Raised once by each transaction that changes the book.",
                            ),
                        ),
                        (
                            "floor",
                            models.BigIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Oldest cursor that can still be answered.",
                            ),
                        ),
                        (
                            "agent",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("version__gte", 0)),
                                name="book_version_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("floor__gte", 0), ("floor__lte", models.F("version"))
                                ),
                                name="book_floor_within_version",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BookEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("entity", models.CharField(max_length=20)),
                        ("entity_id", models.UUIDField()),
                        ("version", models.BigIntegerField()),
                        ("is_present", models.BooleanField()),
                        (
                            "reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("reassigned", "Reassigned"),
                                    ("merged", "Merged"),
                                    ("closed", "Closed"),
                                    ("out_of_window", "Out Of Window"),
                                    ("erased", "Erased"),
                                ],
                                default="",
                                max_length=14,
                            ),
                        ),
                        ("into_id", models.UUIDField(blank=True, null=True)),
                        (
                            "leaf",
                            models.BigIntegerField(
                                help_text="First 8 bytes of SHA-256 of entity:id:version."
                            ),
                        ),
                        (
                            "changed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        (
                            "book",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="sync.book",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["book", "version", "id"], name="book_entry_in_order"
                            ),
                            models.Index(
                                condition=models.Q(("entity", "op_result"), ("is_present", True)),
                                fields=["changed_at"],
                                name="book_entry_results_by_age",
                            ),
                            models.Index(
                                condition=models.Q(("is_present", False)),
                                fields=["changed_at"],
                                name="book_entry_drops_by_age",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("book", "entity", "entity_id"),
                                name="book_entry_once_per_row",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("is_present", True), ("reason", "")),
                                    models.Q(
                                        ("is_present", False),
                                        (
                                            "reason__in",
                                            [
                                                "reassigned",
                                                "merged",
                                                "closed",
                                                "out_of_window",
                                                "erased",
                                            ],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="book_entry_dropped_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("into_id__isnull", True), ("reason", "merged"), _connector="OR"
                                ),
                                name="book_entry_into_only_when_merged",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Epoch",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(max_length=8)),
                        (
                            "since",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("id", 1)), name="epoch_is_one_row"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Operation",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=perisai.ids.new_id,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("seq", models.BigIntegerField()),
                        ("op_id", models.UUIDField()),
                        ("kind", models.CharField(max_length=40)),
                        ("v", models.PositiveSmallIntegerField()),
                        ("entity_id", models.UUIDField()),
                        (
                            "body",
                            perisai.privacy.EncryptedJSONField(
                                blank=True, label="operation.body", null=True
                            ),
                        ),
                        (
                            "digest",
                            models.BinaryField(
                                help_text="SHA-256 of the body without seq.", max_length=32
                            ),
                        ),
                        (
                            "made_at",
                            models.DateTimeField(help_text="The device's clock, as it said."),
                        ),
                        (
                            "adjusted_at",
                            models.DateTimeField(help_text="Corrected by the clock offset."),
                        ),
                        ("received_at", models.DateTimeField()),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("applied", "Applied"),
                                    ("merged", "Merged"),
                                    ("conflict", "Conflict"),
                                    ("redirected", "Redirected"),
                                    ("rejected", "Rejected"),
                                    ("blocked", "Blocked"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("code", models.CharField(blank=True, default="", max_length=40)),
                        (
                            "ver",
                            models.BigIntegerField(
                                blank=True, help_text="Book version that shows it.", null=True
                            ),
                        ),
                        (
                            "outcome",
                            models.JSONField(help_text="The answer's body; never personal data."),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.device",
                            ),
                        ),
                        (
                            "same_as",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sync.operation",
                            ),
                        ),
                        (
                            "replaces",
                            models.UUIDField(
                                blank=True,
                                help_text="op_id of the refused or conflicting one it stands for.",
                                null=True,
                            ),
                        ),
                        (
                            "about_id",
                            models.UUIDField(
                                blank=True,
                                help_text="The record that it names beside its own entity.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["agent", "entity_id"], name="operation_by_entity"),
                            models.Index(
                                condition=models.Q(("replaces__isnull", False)),
                                fields=["replaces"],
                                name="operation_by_replaced",
                            ),
                            models.Index(
                                condition=models.Q(("result", "blocked")),
                                fields=["received_at"],
                                name="operation_blocked_by_age",
                            ),
                            models.Index(fields=["entity_id"], name="operation_of_entity"),
                            models.Index(
                                condition=models.Q(("about_id__isnull", False)),
                                fields=["about_id"],
                                name="operation_about_record",
                            ),
                            models.Index(
                                condition=models.Q(("body__isnull", False)),
                                fields=["received_at"],
                                name="operation_with_body_by_age",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("device", "seq"), name="operation_once_per_place"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("same_as__isnull", True)),
                                fields=("op_id",),
                                name="operation_once_per_id",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "result__in",
                                        [
                                            "applied",
                                            "merged",
                                            "conflict",
                                            "redirected",
                                            "rejected",
                                            "blocked",
                                        ],
                                    )
                                ),
                                name="operation_result_is_terminal",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("seq__gte", 1)), name="operation_seq_from_one"
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="operation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="operation_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="175ddd00c7bbc4b34ed5046cdb831f11c3ef8d92",
                            operation="DELETE",
                            pgid="pgtrigger_operation_is_kept_23600",
                            table="sync_operation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="operation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="operation_about_the_erased_is_empty",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (SELECT FROM perisai_erasure\n                               WHERE subject_id IN (NEW.entity_id, NEW.about_id)) THEN\n                        NEW.body := NULL;\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="ab5f389f0e4d92121006bb3070641fea4f47468e",
                            operation="INSERT",
                            pgid="pgtrigger_operation_about_the_erased_is_empty_14fb8",
                            table="sync_operation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="operation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="operation_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (NEW.device_id, NEW.agent_id, NEW.seq, NEW.op_id, NEW.kind, NEW.v,\n                        NEW.entity_id, NEW.replaces, NEW.about_id, NEW.digest, NEW.made_at,\n                        NEW.adjusted_at, NEW.received_at)\n                        IS DISTINCT FROM\n                       (OLD.device_id, OLD.agent_id, OLD.seq, OLD.op_id, OLD.kind, OLD.v,\n                        OLD.entity_id, OLD.replaces, OLD.about_id, OLD.digest, OLD.made_at,\n                        OLD.adjusted_at, OLD.received_at)\n                       OR (OLD.result NOT IN ('blocked', 'conflict')\n                           AND NOT (OLD.kind = 'attachment.declare' AND NEW.result = 'rejected')\n                           AND (NEW.result, NEW.code, NEW.outcome)\n                               IS DISTINCT FROM (OLD.result, OLD.code, OLD.outcome)) THEN\n                        RAISE EXCEPTION 'an operation is kept as it came'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="71e2840a582ce1e936dd885c452499e7d2acca31",
                            operation="UPDATE",
                            pgid="pgtrigger_operation_is_append_only_02d02",
                            table="sync_operation",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Conflict",
                    fields=[
                        (
                            "id",
                            models.UUIDField(
                                default=perisai.ids.new_id,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("kind", models.CharField(max_length=30)),
                        ("entity", models.CharField(max_length=20)),
                        ("entity_id", models.UUIDField()),
                        ("other_id", models.UUIDField(blank=True, null=True)),
                        (
                            "details",
                            perisai.privacy.EncryptedJSONField(
                                blank=True, label="conflict.details", null=True
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("applied", "Applied"),
                                    ("merged", "Merged"),
                                    ("refused", "Refused"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        ("reason", models.CharField(blank=True, default="", max_length=500)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="sync.operation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["entity_id"],
                                name="conflict_open_by_entity",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("operation", "kind"), name="conflict_once_per_kind"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["open", "applied", "merged", "refused"])
                                ),
                                name="conflict_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("state", "open"),
                                    ),
                                    models.Q(
                                        models.Q(("state", "open"), _negated=True),
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="conflict_decided_by_a_person",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OperationNeed",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "needs",
                            models.UUIDField(
                                help_text="op_id of the operation that must be applied first."
                            ),
                        ),
                        (
                            "operation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="needs",
                                to="sync.operation",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["needs"], name="operation_need_by_needed")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("operation", "needs"), name="operation_need_once"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Outbox",
                    fields=[
                        (
                            "device",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="perisai.device",
                            ),
                        ),
                        (
                            "last_seq",
                            models.BigIntegerField(
                                default=0, help_text="Every seq up to it has a result."
                            ),
                        ),
                        ("acked_epoch", models.CharField(blank=True, default="", max_length=8)),
                        ("acked_version", models.BigIntegerField(default=0)),
                        ("last_push_at", models.DateTimeField(blank=True, null=True)),
                        ("last_pull_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "reported_count",
                            models.PositiveIntegerField(
                                default=0, help_text="Unsent operations, as the phone last said."
                            ),
                        ),
                        ("reported_oldest_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "clock_offset_ms",
                            models.BigIntegerField(default=0, help_text="Server minus device."),
                        ),
                        ("resync_wanted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "acked_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the acknowledged version last rose.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("last_seq__gte", 0)),
                                name="outbox_seq_not_negative",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Upload",
                    fields=[
                        ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                        (
                            "op_id",
                            models.UUIDField(help_text="Of the operation that declared it first."),
                        ),
                        ("about", models.CharField(max_length=20)),
                        ("about_id", models.UUIDField()),
                        (
                            "record_id",
                            models.UUIDField(help_text="The book's record that this hangs on."),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("ktp", "Ktp"),
                                    ("kk", "Kk"),
                                    ("face", "Face"),
                                    ("consent", "Consent"),
                                    ("place", "Place"),
                                    ("receipt", "Receipt"),
                                    ("other", "Other"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("sha256", models.BinaryField(max_length=32)),
                        ("size", models.PositiveIntegerField()),
                        (
                            "offset",
                            models.PositiveIntegerField(default=0, help_text="Bytes received."),
                        ),
                        ("type", models.CharField(help_text="As the phone says.", max_length=20)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("open", "Open"),
                                    ("checking", "Checking"),
                                    ("stored", "Stored"),
                                    ("refused", "Refused"),
                                    ("expired", "Expired"),
                                ],
                                default="open",
                                max_length=10,
                            ),
                        ),
                        (
                            "key",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="upload.key", null=True
                            ),
                        ),
                        ("declared_at", models.DateTimeField()),
                        (
                            "taken_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a worker last began to check it.",
                                null=True,
                            ),
                        ),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        (
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.storedfile",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["about_id", "about"], name="upload_by_record"),
                            models.Index(fields=["record_id"], name="upload_by_book_record"),
                            models.Index(
                                condition=models.Q(("state", "checking")),
                                fields=["id"],
                                name="upload_waiting_for_its_check",
                            ),
                            models.Index(
                                condition=models.Q(("state", "open")),
                                fields=["declared_at"],
                                name="upload_open_by_age",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("size__gte", 1), ("size__lte", 1000000)),
                                name="upload_size_in_bounds",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("offset__lte", models.F("size"))),
                                name="upload_offset_within_size",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "state__in",
                                        ["open", "checking", "stored", "refused", "expired"],
                                    )
                                ),
                                name="upload_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            "ktp",
                                            "kk",
                                            "face",
                                            "consent",
                                            "place",
                                            "receipt",
                                            "other",
                                        ],
                                    )
                                ),
                                name="upload_role_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("file__isnull", False), ("state", "stored")),
                                    models.Q(
                                        models.Q(("state", "stored"), _negated=True),
                                        ("file__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="upload_stored_has_its_file",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("key__isnull", False), ("state__in", ("open", "checking"))
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("state__in", ("open", "checking")), _negated=True
                                        ),
                                        ("key__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="upload_has_a_key_on_its_way",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="UploadPiece",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("offset", models.PositiveIntegerField()),
                        ("content", models.BinaryField()),
                        (
                            "upload",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pieces",
                                to="sync.upload",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("upload", "offset"), name="upload_piece_once_per_place"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Acknowledgement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        ("epoch", models.CharField(max_length=8)),
                        ("version", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        (
                            "device",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.device",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["at"], name="acknowledgement_by_age")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("device", "epoch", "version"),
                                name="acknowledgement_once_per_version",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
