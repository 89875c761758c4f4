import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import perisai.ids
import perisai.migrating
import perisai.privacy
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """All tables and triggers of this app at once, until the first release (ADR 51)."""

    # A database that has all of them has these tables; one that has some is refused (E012).
    replaces = [
        ("perisai", "0002_key_canary"),
        ("perisai", "0003_device_gets_revoked_reason"),
        ("perisai", "0004_legacy_code_claims_its_model"),
        ("perisai", "0005_reveal_log"),
        ("perisai", "0006_agents_life_is_facts"),
        ("perisai", "0007_import_runs"),
        ("perisai", "0008_totp_device_and_recovery_codes"),
        ("perisai", "0009_user_ends_sessions"),
        ("perisai", "0010_erasure"),
        ("perisai", "0011_hand_edited_rows_have_a_history"),
        ("perisai", "0012_breach"),
        ("perisai", "0013_agents_change_with_dates"),
        ("perisai", "0014_agent_village_once_at_a_time"),
        ("perisai", "0015_login_code"),
        ("perisai", "0016_history_follows_agents"),
        ("perisai", "0017_import_pieces"),
        ("perisai", "0018_purge_run"),
        ("perisai", "0019_login_events_and_user_changes"),
        ("perisai", "0020_key_canary_knows_proofs"),
        ("perisai", "0021_pulse_of_the_machinery"),
        ("perisai", "0022_messages_have_deliveries_and_pauses"),
        ("perisai", "0023_messages_found_by_age"),
        ("perisai", "0024_stored_file"),
        ("perisai", "0025_messages_have_an_urgency"),
        ("perisai", "0026_messages_are_found_by_urgency"),
        ("perisai", "0027_reference_file"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        perisai.migrating.CreateTogether(
            operations=[
                migrations.CreateModel(
                    name="Branch",
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
                        ("code", models.CharField(max_length=10, unique=True)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "regencies",
                            models.ManyToManyField(
                                blank=True, related_name="branches", to="perisai.regency"
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="branch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_branchversion" ("code", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="7909315fa6db0ace8b5f19ab37a645fe8e65626d",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_10a36",
                            table="perisai_branch",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="branch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."code", OLD."name") IS DISTINCT FROM ROW(NEW."id", NEW."code", NEW."name"))',
                            func='INSERT INTO "perisai_branchversion" ("code", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="03c331b03a5ae0cc0fa17286ba6429021002ece2",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e156a",
                            table="perisai_branch",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="branch",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_branchversion" ("code", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."code", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="95a7dab7b9273b726d65bf0bc6af8f37795e04c7",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d0fb0",
                            table="perisai_branch",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ReferenceLoad",
                    fields=[
                        (
                            "name",
                            models.CharField(max_length=60, primary_key=True, serialize=False),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("edition", models.CharField(blank=True, default="", max_length=100)),
                        ("rows", models.PositiveIntegerField()),
                        ("loaded_at", models.DateTimeField(auto_now=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="User",
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
                        ("password", models.CharField(max_length=128, verbose_name="password")),
                        (
                            "last_login",
                            models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                default=False,
                                help_text="Designates that this user has all permissions without explicitly assigning them.",
                                verbose_name="superuser status",
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                help_text="Agent number, outlet number or office login.",
                                max_length=60,
                                unique=True,
                            ),
                        ),
                        (
                            "role",
                            models.CharField(
                                choices=[
                                    ("agent", "Agent"),
                                    ("supervisor", "Supervisor"),
                                    ("finance", "Finance"),
                                    ("national", "National"),
                                    ("auditor", "Auditor"),
                                    ("post_agent", "Post Agent"),
                                    ("partner", "Partner"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                choices=[("id", "Indonesian"), ("en", "English")],
                                default="id",
                                max_length=2,
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "is_staff",
                            models.BooleanField(default=False, help_text="May enter the admin."),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "groups",
                            models.ManyToManyField(
                                blank=True,
                                help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.group",
                                verbose_name="groups",
                            ),
                        ),
                        (
                            "user_permissions",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Specific permissions for this user.",
                                related_name="user_set",
                                related_query_name="user",
                                to="auth.permission",
                                verbose_name="user permissions",
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                blank=True,
                                help_text="Scope of a supervisor; empty for the others.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="users",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "sessions_ended",
                            models.PositiveIntegerField(
                                db_default=0,
                                default=0,
                                editable=False,
                                help_text="How often all sessions were ended.",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            "agent",
                                            "supervisor",
                                            "finance",
                                            "national",
                                            "auditor",
                                            "post_agent",
                                            "partner",
                                        ],
                                    )
                                ),
                                name="user_role_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("language__in", ["id", "en"])),
                                name="user_language_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("role", "supervisor"), _negated=True),
                                    ("branch__isnull", False),
                                    _connector="OR",
                                ),
                                name="user_supervisor_has_a_branch",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="user",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_userversion" ("branch_id", "id", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "username") VALUES (NEW."branch_id", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."role", NEW."username"); RETURN NULL;',
                            hash="348026a565186e3bd1dfb059c4886b35f8dc652f",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_70ece",
                            table="perisai_user",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="user",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."is_superuser", OLD."username", OLD."role", OLD."branch_id", OLD."language", OLD."is_active", OLD."is_staff") IS DISTINCT FROM ROW(NEW."id", NEW."is_superuser", NEW."username", NEW."role", NEW."branch_id", NEW."language", NEW."is_active", NEW."is_staff"))',
                            func='INSERT INTO "perisai_userversion" ("branch_id", "id", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "username") VALUES (NEW."branch_id", NEW."id", NEW."is_active", NEW."is_staff", NEW."is_superuser", NEW."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."role", NEW."username"); RETURN NULL;',
                            hash="5c3fc072edc100332a41c20e29d5d4ac62262150",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_03e51",
                            table="perisai_user",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="user",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_userversion" ("branch_id", "id", "is_active", "is_staff", "is_superuser", "language", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "username") VALUES (OLD."branch_id", OLD."id", OLD."is_active", OLD."is_staff", OLD."is_superuser", OLD."language", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."role", OLD."username"); RETURN NULL;',
                            hash="f9051439fe7d6a97532f77f62b10387dc054525d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d275c",
                            table="perisai_user",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Agent",
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
                            "number",
                            models.CharField(
                                help_text="Login, e.g. PRS-3515-0042.", max_length=20, unique=True
                            ),
                        ),
                        (
                            "name",
                            perisai.privacy.EncryptedTextField(label="agent.name", padded=True),
                        ),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="agent.phone", null=True
                            ),
                        ),
                        ("phone_index", models.BinaryField(blank=True, max_length=16, null=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("ended", "Ended"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        ("appointed_on", models.DateField()),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agent",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="agents",
                                to="perisai.office",
                            ),
                        ),
                        (
                            "is_bpjs_staff",
                            models.BooleanField(
                                db_default=False,
                                default=False,
                                help_text="Who is employed there cannot work (R29).",
                            ),
                        ),
                        (
                            "is_indonesian",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Seen on the card at the appointment (R29).",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("state__in", ["active", "suspended", "ended"])),
                                name="agent_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("ended_on__isnull", False), ("state", "ended")),
                                    models.Q(
                                        models.Q(("state", "ended"), _negated=True),
                                        ("ended_on__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agent_ended_with_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_on__isnull", True),
                                    ("ended_on__gte", models.F("appointed_on")),
                                    _connector="OR",
                                ),
                                name="agent_days_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("phone__isnull", True), ("phone_index__isnull", True)
                                    ),
                                    models.Q(
                                        ("phone__isnull", False), ("phone_index__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="agent_phone_is_indexed",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("state", "active")),
                                fields=("phone_index",),
                                name="agent_phone_once_among_active",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_agentversion" ("appointed_on", "ended_on", "id", "is_bpjs_staff", "is_indonesian", "name", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "state", "user_id") VALUES (NEW."appointed_on", NEW."ended_on", NEW."id", NEW."is_bpjs_staff", NEW."is_indonesian", NEW."name", NEW."number", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."phone", NEW."state", NEW."user_id"); RETURN NULL;',
                            hash="f8115670ea2985b017b4d44d2751658358b3db4e",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_0dd16",
                            table="perisai_agent",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."number", OLD."user_id", OLD."office_id", OLD."name", OLD."phone", OLD."state", OLD."appointed_on", OLD."ended_on", OLD."is_indonesian", OLD."is_bpjs_staff") IS DISTINCT FROM ROW(NEW."id", NEW."number", NEW."user_id", NEW."office_id", NEW."name", NEW."phone", NEW."state", NEW."appointed_on", NEW."ended_on", NEW."is_indonesian", NEW."is_bpjs_staff"))',
                            func='INSERT INTO "perisai_agentversion" ("appointed_on", "ended_on", "id", "is_bpjs_staff", "is_indonesian", "name", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "state", "user_id") VALUES (NEW."appointed_on", NEW."ended_on", NEW."id", NEW."is_bpjs_staff", NEW."is_indonesian", NEW."name", NEW."number", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."phone", NEW."state", NEW."user_id"); RETURN NULL;',
                            hash="b66da7c620c041613cf8b3c73bd8970799c753b7",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_ab250",
                            table="perisai_agent",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_agentversion" ("appointed_on", "ended_on", "id", "is_bpjs_staff", "is_indonesian", "name", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone", "state", "user_id") VALUES (OLD."appointed_on", OLD."ended_on", OLD."id", OLD."is_bpjs_staff", OLD."is_indonesian", OLD."name", OLD."number", OLD."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."phone", OLD."state", OLD."user_id"); RETURN NULL;',
                            hash="ef2f61bff5f962c387d1d3de90a36532b93a3f3a",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_233dc",
                            table="perisai_agent",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Device",
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
                        ("installation_id", models.UUIDField()),
                        ("label", models.CharField(blank=True, default="", max_length=60)),
                        (
                            "platform",
                            models.CharField(
                                choices=[("android", "Android"), ("ios", "Ios"), ("web", "Web")],
                                max_length=10,
                            ),
                        ),
                        ("model", models.CharField(blank=True, default="", max_length=60)),
                        ("app_version", models.CharField(max_length=20)),
                        (
                            "schema",
                            models.PositiveSmallIntegerField(
                                help_text="Newest row schema the app reads."
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "Active"),
                                    ("limited", "Limited"),
                                    ("lost", "Lost"),
                                    ("retired", "Retired"),
                                ],
                                default="active",
                                max_length=10,
                            ),
                        ),
                        (
                            "wipe",
                            models.CharField(
                                choices=[
                                    ("none", "None"),
                                    ("drain_then_wipe", "Drain Then Wipe"),
                                    ("wipe", "Wipe"),
                                ],
                                default="none",
                                max_length=16,
                            ),
                        ),
                        ("lost_at", models.DateTimeField(blank=True, null=True)),
                        ("lease_until", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField(blank=True, null=True)),
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
                                related_name="devices",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "revoked_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("lost", "Lost"),
                                    ("stolen", "Stolen"),
                                    ("replaced", "Replaced"),
                                    ("left", "Left"),
                                ],
                                db_default="",
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "wiped_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When it acknowledged that it holds nothing any more.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agent", "installation_id"),
                                name="device_once_per_installation",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["active", "limited", "lost", "retired"])
                                ),
                                name="device_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("wipe__in", ["none", "drain_then_wipe", "wipe"])
                                ),
                                name="device_wipe_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("platform__in", ["android", "ios", "web"])),
                                name="device_platform_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "revoked_reason__in",
                                        ["", "lost", "stolen", "replaced", "left"],
                                    )
                                ),
                                name="device_revoked_reason_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state", "retired"),
                                    models.Q(("lost_at__isnull", False), ("state", "lost")),
                                    models.Q(
                                        models.Q(("state", "lost"), _negated=True),
                                        ("lost_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="device_lost_with_an_instant",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("wiped_at__isnull", True),
                                    ("state", "retired"),
                                    _connector="OR",
                                ),
                                name="device_retired_once_wiped",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DeviceToken",
                    fields=[
                        (
                            "digest",
                            models.CharField(max_length=128, primary_key=True, serialize=False),
                        ),
                        ("token_key", models.CharField(db_index=True, max_length=25)),
                        ("created", models.DateTimeField(auto_now_add=True)),
                        ("expiry", models.DateTimeField(blank=True, null=True)),
                        ("terminal", models.CharField(blank=True, default="", max_length=20)),
                        (
                            "used_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="First use; it ends the device's earlier tokens.",
                                null=True,
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="tokens",
                                to="perisai.device",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="auth_token_set",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("device__isnull", False), ("terminal", "")),
                                    models.Q(
                                        ("device__isnull", True),
                                        models.Q(("terminal", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="device_token_has_one_bearer",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LegacyRegionCode",
                    fields=[
                        ("code", models.CharField(max_length=6, primary_key=True, serialize=False)),
                        (
                            "level",
                            models.CharField(
                                choices=[("regency", "Regency"), ("district", "District")],
                                max_length=10,
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        (
                            "last_edition",
                            models.CharField(
                                help_text="Newest edition that held the code.", max_length=60
                            ),
                        ),
                        ("current_code", models.CharField(blank=True, default="", max_length=6)),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("level__in", ["regency", "district"])),
                                name="legacy_region_code_level_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Office",
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
                        ("code", models.CharField(max_length=20, unique=True)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("cooperative", "Cooperative"),
                                    ("foundation", "Foundation"),
                                    ("cv", "Cv"),
                                    ("association", "Association"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="offices",
                                to="perisai.branch",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["cooperative", "foundation", "cv", "association"])
                                ),
                                name="office_kind_is_known",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="office",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_officeversion" ("branch_id", "code", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."branch_id", NEW."code", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="72af53f7b3d57c40f3308c07ff656231dc8c68dd",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_1a700",
                            table="perisai_office",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="office",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."code", OLD."name", OLD."kind", OLD."branch_id") IS DISTINCT FROM ROW(NEW."id", NEW."code", NEW."name", NEW."kind", NEW."branch_id"))',
                            func='INSERT INTO "perisai_officeversion" ("branch_id", "code", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."branch_id", NEW."code", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="330f747f6f3ee0d344f0ef1add2d74c1bf4d836b",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_41614",
                            table="perisai_office",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="office",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_officeversion" ("branch_id", "code", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."branch_id", OLD."code", OLD."id", OLD."kind", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="a31e81a5d2aa61e3e0c29f717bcdbc99b2f238f1",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_68f53",
                            table="perisai_office",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OutboxMessage",
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
                        ("kind", models.CharField(help_text="e.g. payment.posted", max_length=40)),
                        (
                            "subject_id",
                            models.UUIDField(help_text="Id of the row that the event is about."),
                        ),
                        (
                            "due_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("given_up_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "last_error",
                            models.CharField(
                                blank=True, default="", help_text="A code.", max_length=60
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "gateway_id",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The gateway's name of it.",
                                max_length=80,
                            ),
                        ),
                        (
                            "urgency",
                            models.PositiveSmallIntegerField(
                                choices=[(0, "At Once"), (1, "Soon"), (2, "In Turn")], db_default=1
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(
                                    models.Q(("last_error", "nobody_to_tell"), _negated=True),
                                    ("given_up_at__isnull", False),
                                ),
                                fields=["id"],
                                name="outbox_message_dead",
                            ),
                            django.contrib.postgres.indexes.BrinIndex(
                                fields=["created_at"], name="outbox_message_by_age"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("given_up_at__isnull", True), ("sent_at__isnull", True)
                                ),
                                fields=["urgency", "due_at", "id"],
                                name="outbox_message_by_urgency",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("kind", "subject_id"), name="outbox_message_once_per_event"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sent_at__isnull", True),
                                    ("given_up_at__isnull", True),
                                    _connector="OR",
                                ),
                                name="outbox_message_sent_or_given_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("urgency__in", [0, 1, 2])),
                                name="outbox_message_urgency_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Province",
                    fields=[
                        ("code", models.CharField(max_length=2, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "timezone",
                            models.CharField(
                                help_text="IANA name; decides quiet hours (R38).", max_length=40
                            ),
                        ),
                        ("tz_abbr", models.CharField(help_text="WIB, WITA or WIT.", max_length=4)),
                        ("lat", models.FloatField(help_text="Degrees, for map markers only.")),
                        ("lon", models.FloatField(help_text="Degrees, for map markers only.")),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9]{2}$")),
                                name="province_code_has_two_digits",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Regency",
                    fields=[
                        ("code", models.CharField(max_length=4, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "kind",
                            models.CharField(
                                choices=[("kabupaten", "Kabupaten"), ("kota", "Kota")],
                                max_length=10,
                            ),
                        ),
                        ("lat", models.FloatField(help_text="Degrees, for map markers only.")),
                        ("lon", models.FloatField(help_text="Degrees, for map markers only.")),
                        (
                            "province",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="regencies",
                                to="perisai.province",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9]{4}$")),
                                name="regency_code_has_four_digits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["kabupaten", "kota"])),
                                name="regency_kind_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="District",
                    fields=[
                        ("code", models.CharField(max_length=6, primary_key=True, serialize=False)),
                        ("name", models.CharField(max_length=100)),
                        ("lat", models.FloatField(help_text="Degrees, for map markers only.")),
                        ("lon", models.FloatField(help_text="Degrees, for map markers only.")),
                        (
                            "regency",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="districts",
                                to="perisai.regency",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9]{6}$")),
                                name="district_code_has_six_digits",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Village",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=10, primary_key=True, serialize=False),
                        ),
                        ("name", models.CharField(max_length=100)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("desa", "Desa"),
                                    ("kelurahan", "Kelurahan"),
                                    ("desa_adat", "Desa Adat"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "district",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="villages",
                                to="perisai.district",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^[0-9]{10}$")),
                                name="village_code_has_ten_digits",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["desa", "kelurahan", "desa_adat"])
                                ),
                                name="village_kind_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgentVillage",
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
                            "agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="villages",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.village",
                            ),
                        ),
                        (
                            "from_on",
                            models.DateField(
                                blank=True, help_text="Null: since the appointment.", null=True
                            ),
                        ),
                        (
                            "to_on",
                            models.DateField(
                                blank=True, help_text="Last day; null: still.", null=True
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("to_on__isnull", True),
                                    ("from_on__isnull", True),
                                    ("to_on__gte", models.F("from_on")),
                                    _connector="OR",
                                ),
                                name="agent_village_days_in_order",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("to_on__isnull", True)),
                                fields=("agent", "village"),
                                name="agent_village_once_at_a_time",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentvillage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_agentvillageversion" ("agent_id", "from_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on", "village_id") VALUES (NEW."agent_id", NEW."from_on", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."to_on", NEW."village_id"); RETURN NULL;',
                            hash="424eb3aeda5724f7ba838c2303c1c5eb60407269",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_516d8",
                            table="perisai_agentvillage",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentvillage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."agent_id", OLD."village_id", OLD."from_on", OLD."to_on") IS DISTINCT FROM ROW(NEW."id", NEW."agent_id", NEW."village_id", NEW."from_on", NEW."to_on"))',
                            func='INSERT INTO "perisai_agentvillageversion" ("agent_id", "from_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on", "village_id") VALUES (NEW."agent_id", NEW."from_on", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."to_on", NEW."village_id"); RETURN NULL;',
                            hash="55c4e886c8f6ca9f258ed7cca96166688861b256",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_43451",
                            table="perisai_agentvillage",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentvillage",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_agentvillageversion" ("agent_id", "from_on", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on", "village_id") VALUES (OLD."agent_id", OLD."from_on", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."to_on", OLD."village_id"); RETURN NULL;',
                            hash="8b817318a8d6929c3091a7ada61ab0b00a548435",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_20fb4",
                            table="perisai_agentvillage",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="KeyCanary",
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
                            "purpose",
                            models.CharField(
                                choices=[
                                    ("field", "field"),
                                    ("index", "index"),
                                    ("proof", "proof"),
                                ],
                                max_length=5,
                            ),
                        ),
                        ("key_id", models.PositiveIntegerField()),
                        ("value", models.BinaryField(max_length=32)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("purpose", "key_id"), name="key_canary_once_per_key"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purpose__in", ("field", "index", "proof"))),
                                name="key_canary_purpose_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RevealLog",
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
                            "entity",
                            models.CharField(
                                help_text="What the id is of: member, heir.", max_length=20
                            ),
                        ),
                        ("entity_id", models.UUIDField()),
                        ("field", models.CharField(max_length=30)),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("data_check", "Data Check"),
                                    ("duplicate", "Duplicate"),
                                    ("claim", "Claim"),
                                    ("contact", "Contact"),
                                    ("subject_request", "Subject Request"),
                                    ("fraud", "Fraud"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "explanation",
                            perisai.privacy.EncryptedTextField(
                                label="reveal_log.explanation", padded=True
                            ),
                        ),
                        (
                            "request_id",
                            models.CharField(
                                help_text="Of the request, as in the logs.", max_length=64
                            ),
                        ),
                        (
                            "session",
                            models.CharField(
                                help_text="Keyed digest of the browser's session.", max_length=32
                            ),
                        ),
                        (
                            "counted_on",
                            models.DateField(
                                help_text="Day in the official zone that the share is of."
                            ),
                        ),
                        ("revealed_at", models.DateTimeField()),
                        (
                            "actor",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                help_text="Answered for the person.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["actor", "counted_on"], name="reveal_log_by_actor_and_day"
                            ),
                            models.Index(fields=["entity_id"], name="reveal_log_by_subject"),
                            models.Index(fields=["branch", "-id"], name="reveal_log_by_branch"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "data_check",
                                            "duplicate",
                                            "claim",
                                            "contact",
                                            "subject_request",
                                            "fraud",
                                        ],
                                    )
                                ),
                                name="reveal_log_reason_is_known",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reveallog",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reveal_log_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="65568f4c1d6106c5632535c6f3f9a67fa93fd6b8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reveal_log_is_append_only_2e025",
                            table="perisai_reveallog",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="RevealApproval",
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
                        ("counted_on", models.DateField()),
                        ("extra", models.PositiveSmallIntegerField()),
                        (
                            "explanation",
                            perisai.privacy.EncryptedTextField(
                                label="reveal_approval.explanation", padded=True
                            ),
                        ),
                        ("approved_at", models.DateTimeField()),
                        (
                            "actor",
                            models.ForeignKey(
                                help_text="Who may reveal more.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "approved_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["actor", "counted_on"], name="reveal_approval_by_day"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("approved_by", models.F("actor")), _negated=True
                                ),
                                name="reveal_approval_by_another_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("extra__gte", 1), ("extra__lte", 10)),
                                name="reveal_approval_extra_in_bounds",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="revealapproval",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reveal_approval_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="1e9c24de587dbb330b3a7a32e927a6f0d7f53f23",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reveal_approval_is_append_only_175a6",
                            table="perisai_revealapproval",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OfficeContract",
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
                            "number",
                            models.CharField(
                                help_text="As it stands on the paper.", max_length=40, unique=True
                            ),
                        ),
                        ("valid_from", models.DateField()),
                        (
                            "valid_to",
                            models.DateField(
                                blank=True, help_text="Last day; null: no end agreed.", null=True
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contracts",
                                to="perisai.office",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["-valid_from"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("valid_to__isnull", True),
                                    ("valid_to__gte", models.F("valid_from")),
                                    _connector="OR",
                                ),
                                name="office_contract_days_in_order",
                            ),
                            django.contrib.postgres.constraints.ExclusionConstraint(
                                expressions=[
                                    (
                                        models.Func(
                                            models.F("office"),
                                            models.F("office"),
                                            models.Value("[]"),
                                            function="int8range",
                                        ),
                                        "&&",
                                    ),
                                    (
                                        models.Func(
                                            models.F("valid_from"),
                                            models.F("valid_to"),
                                            models.Value("[]"),
                                            function="daterange",
                                        ),
                                        "&&",
                                    ),
                                ],
                                name="office_contract_one_at_a_time",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="officecontract",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_officecontractversion" ("id", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to") VALUES (NEW."id", NEW."number", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                            hash="73027e6402277f81cc72d9cf89735e2802c2eab9",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d1318",
                            table="perisai_officecontract",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="officecontract",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."office_id", OLD."number", OLD."valid_from", OLD."valid_to") IS DISTINCT FROM ROW(NEW."id", NEW."office_id", NEW."number", NEW."valid_from", NEW."valid_to"))',
                            func='INSERT INTO "perisai_officecontractversion" ("id", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to") VALUES (NEW."id", NEW."number", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."valid_from", NEW."valid_to"); RETURN NULL;',
                            hash="0eddfb577df6e47b6eb8eabddd61700065182490",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_38e87",
                            table="perisai_officecontract",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="officecontract",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "perisai_officecontractversion" ("id", "number", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to") VALUES (OLD."id", OLD."number", OLD."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."valid_from", OLD."valid_to"); RETURN NULL;',
                            hash="d8f93b5f93d2516504f897abc812c0e118e7f856",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_fe07f",
                            table="perisai_officecontract",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AgentEvent",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("appointed", "Appointed"),
                                    ("moved", "Moved"),
                                    ("villages", "Villages"),
                                    ("suspended", "Suspended"),
                                    ("reinstated", "Reinstated"),
                                    ("ended", "Ended"),
                                    ("phone_lost", "Phone Lost"),
                                    ("password_reset", "Password Reset"),
                                ],
                                max_length=14,
                            ),
                        ),
                        ("at", models.DateTimeField(help_text="From when on it holds.")),
                        (
                            "old_state",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("active", "Active"),
                                    ("suspended", "Suspended"),
                                    ("ended", "Ended"),
                                ],
                                default="",
                                help_text="Empty: none yet.",
                                max_length=10,
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="agent_event.reason", null=True, padded=True
                            ),
                        ),
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
                                related_name="events",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Null: the agent herself, or an import.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "old_office",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.office",
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.device",
                            ),
                        ),
                        (
                            "return_from",
                            models.DateField(
                                blank=True,
                                help_text="Earliest day of a return after idleness (R31).",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["agent", "at"], name="agent_event_by_agent")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("old_state", ""),
                                    ("old_state__in", ["active", "suspended", "ended"]),
                                    _connector="OR",
                                ),
                                name="agent_event_old_state_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("old_office__isnull", True), ("old_state", "")),
                                    models.Q(
                                        models.Q(("old_state", ""), _negated=True),
                                        ("old_office__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="agent_event_knows_what_was",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "appointed",
                                            "moved",
                                            "villages",
                                            "suspended",
                                            "reinstated",
                                            "ended",
                                            "phone_lost",
                                            "password_reset",
                                        ],
                                    )
                                ),
                                name="agent_event_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("device__isnull", False), ("kind", "phone_lost")),
                                    models.Q(
                                        models.Q(("kind", "phone_lost"), _negated=True),
                                        ("device__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="agent_event_names_the_lost_phone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("return_from__isnull", True),
                                    ("kind", "suspended"),
                                    _connector="OR",
                                ),
                                name="agent_event_returns_from_suspension",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentevent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="agent_event_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f323cd746b69f7ddce3e572493b5442090c87bcd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_agent_event_is_append_only_b5fb0",
                            table="perisai_agentevent",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ImportRun",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("offices", "Offices"),
                                    ("agents", "Agents"),
                                    ("members", "Members"),
                                ],
                                max_length=7,
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        (
                            "file_format",
                            models.CharField(
                                choices=[("csv", "Csv"), ("xlsx", "Xlsx")], max_length=4
                            ),
                        ),
                        ("size", models.PositiveBigIntegerField(help_text="Bytes of the file.")),
                        (
                            "legal_basis",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("consent_on_file", "Consent On File"),
                                    ("contract", "Contract"),
                                    ("legal_duty", "Legal Duty"),
                                ],
                                default="",
                                max_length=15,
                            ),
                        ),
                        (
                            "basis_note",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The document that the basis rests on.",
                                max_length=200,
                            ),
                        ),
                        (
                            "field_key",
                            models.PositiveIntegerField(
                                help_text="Id of the key that sealed the rows."
                            ),
                        ),
                        ("read_at", models.DateTimeField(blank=True, null=True)),
                        ("rows", models.PositiveIntegerField(blank=True, null=True)),
                        ("fault_count", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "brings_cover",
                            models.BooleanField(
                                default=False,
                                help_text="Some row says what was paid: a second person confirms.",
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        ("loaded_at", models.DateTimeField(blank=True, null=True)),
                        ("discarded_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                blank=True,
                                help_text="Scope of the supervisor who brought the file; empty: every branch.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "confirmed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "claimed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When a worker last took it up; moves.",
                                null=True,
                            ),
                        ),
                        (
                            "ordered_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Since when a worker is to load it.",
                                null=True,
                            ),
                        ),
                        (
                            "ordered_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "told_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When the phones of all agents had heard of it.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["offices", "agents", "members"])),
                                name="import_run_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("file_format__in", ["csv", "xlsx"])),
                                name="import_run_format_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "members"),
                                        (
                                            "legal_basis__in",
                                            ["consent_on_file", "contract", "legal_duty"],
                                        ),
                                    ),
                                    models.Q(
                                        ("legal_basis", ""),
                                        models.Q(("kind", "members"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_run_of_members_has_a_basis",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("discarded_at__isnull", True)),
                                fields=("kind", "sha256", "branch"),
                                name="import_run_once_per_file",
                                nulls_distinct=False,
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("fault_count__isnull", True),
                                        ("read_at__isnull", True),
                                        ("rows__isnull", True),
                                    ),
                                    models.Q(
                                        ("fault_count__isnull", False),
                                        ("read_at__isnull", False),
                                        ("rows__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_run_counted_when_read",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("confirmed_at__isnull", True),
                                        ("confirmed_by__isnull", True),
                                    ),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("confirmed_by__isnull", False),
                                        ("read_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_run_confirmed_after_reading",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    models.Q(("confirmed_by", models.F("made_by")), _negated=True),
                                    _connector="OR",
                                ),
                                name="import_run_confirmed_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("loaded_at__isnull", True),
                                    models.Q(("fault_count", 0), ("read_at__isnull", False)),
                                    _connector="OR",
                                ),
                                name="import_run_loaded_without_faults",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("loaded_at__isnull", True),
                                    ("brings_cover", False),
                                    ("confirmed_by__isnull", False),
                                    _connector="OR",
                                ),
                                name="import_run_cover_needs_a_second_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("loaded_at__isnull", True),
                                    ("discarded_at__isnull", True),
                                    _connector="OR",
                                ),
                                name="import_run_loaded_or_discarded",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("ordered_at__isnull", True), ("ordered_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("ordered_at__isnull", False),
                                        ("ordered_by__isnull", False),
                                        ("read_at__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="import_run_ordered_after_reading",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("told_at__isnull", True),
                                    ("loaded_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="import_run_told_after_loading",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="importrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="import_run_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="e62aaf237e209822007647b2639aeca4da133247",
                            operation="DELETE",
                            pgid="pgtrigger_import_run_is_kept_856d0",
                            table="perisai_importrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="importrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="import_run_is_set_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (OLD.read_at IS NOT NULL AND (NEW.read_at, NEW.rows, NEW.fault_count,\n                            NEW.brings_cover) IS DISTINCT FROM (OLD.read_at, OLD.rows,\n                            OLD.fault_count, OLD.brings_cover))\n                       OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)\n                            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))\n                       OR (OLD.ordered_at IS NOT NULL AND (NEW.ordered_at, NEW.ordered_by_id)\n                            IS DISTINCT FROM (OLD.ordered_at, OLD.ordered_by_id))\n                       OR (OLD.loaded_at IS NOT NULL AND NEW.loaded_at\n                            IS DISTINCT FROM OLD.loaded_at)\n                       OR (OLD.told_at IS NOT NULL AND NEW.told_at IS DISTINCT FROM OLD.told_at)\n                       OR (OLD.discarded_at IS NOT NULL AND NEW.discarded_at\n                            IS DISTINCT FROM OLD.discarded_at)\n                       OR to_jsonb(NEW) - ARRAY['read_at', 'rows', 'fault_count', 'brings_cover', 'confirmed_at', 'confirmed_by_id', 'ordered_at', 'ordered_by_id', 'claimed_at', 'loaded_at', 'told_at', 'discarded_at'] <> to_jsonb(OLD) - ARRAY['read_at', 'rows', 'fault_count', 'brings_cover', 'confirmed_at', 'confirmed_by_id', 'ordered_at', 'ordered_by_id', 'claimed_at', 'loaded_at', 'told_at', 'discarded_at'] THEN\n                        RAISE EXCEPTION 'an import run is a fact'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="a08bb34309976f808d14a498b3b54775abd41246",
                            operation="UPDATE",
                            pgid="pgtrigger_import_run_is_set_once_c80cd",
                            table="perisai_importrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ImportFault",
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
                            "line",
                            models.PositiveIntegerField(
                                help_text="As an editor counts; 0: the file as a whole."
                            ),
                        ),
                        (
                            "column",
                            models.CharField(
                                blank=True, default="", help_text="As documented.", max_length=30
                            ),
                        ),
                        ("code", models.CharField(max_length=40)),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="faults",
                                to="perisai.importrun",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["run", "line", "id"], name="import_fault_in_order")
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="importfault",
                    trigger=pgtrigger.compiler.Trigger(
                        name="import_fault_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="d9ed3e43a6526a6020bd672e6765f4faa8bc6af1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_import_fault_is_append_only_c8c54",
                            table="perisai_importfault",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ImportChunk",
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
                        ("last_line", models.PositiveIntegerField()),
                        ("rows", models.PositiveIntegerField()),
                        ("faults", models.PositiveIntegerField()),
                        (
                            "read_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="chunks",
                                to="perisai.importrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "last_line"), name="import_chunk_once_per_line"
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="importchunk",
                    trigger=pgtrigger.compiler.Trigger(
                        name="import_chunk_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="1565129910dcb771004340e8c569bfd698529511",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_import_chunk_is_append_only_5b077",
                            table="perisai_importchunk",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="StagedRow",
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
                        ("line", models.PositiveIntegerField()),
                        ("subject_id", models.UUIDField()),
                        (
                            "columns",
                            models.JSONField(
                                help_text="Bytes as PostgreSQL writes them: a backslash, x, hex."
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="staged_rows",
                                to="perisai.importrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "line"), name="staged_row_once_per_line"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecoveryCode",
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
                            "digest",
                            models.BinaryField(
                                help_text="Keyed; the code itself is nowhere.", max_length=16
                            ),
                        ),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "digest"), name="recovery_code_once_per_user"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="TotpDevice",
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
                        ("secret", perisai.privacy.EncryptedTextField(label="totp_device.secret")),
                        (
                            "confirmed_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="When its first code was typed; empty: not yet in use.",
                                null=True,
                            ),
                        ),
                        (
                            "last_step",
                            models.BigIntegerField(
                                db_default=0,
                                default=0,
                                help_text="The thirty seconds of the last code that was used.",
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_at__isnull", True),
                                    ("last_step__gt", 0),
                                    _connector="OR",
                                ),
                                name="totp_device_confirmed_by_a_code",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
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
                        ("kind", models.CharField(choices=[("member", "Member")], max_length=10)),
                        (
                            "subject_id",
                            models.UUIDField(help_text="The pseudonym that stays.", unique=True),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[("request", "Request"), ("retention", "Retention")],
                                max_length=10,
                            ),
                        ),
                        (
                            "request_id",
                            models.UUIDField(
                                blank=True, help_text="The subject's request.", null=True
                            ),
                        ),
                        ("erased_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["member"])),
                                name="erasure_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("reason__in", ["request", "retention"])),
                                name="erasure_reason_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="erasure",
                    trigger=pgtrigger.compiler.Trigger(
                        name="erasure_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="3dbe88e2023477b5ac0118d1509bce174b8edc48",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_erasure_is_append_only_bf753",
                            table="perisai_erasure",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AgentVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.UUIDField(editable=False, serialize=False)),
                        ("number", models.CharField(max_length=20)),
                        (
                            "name",
                            perisai.privacy.EncryptedTextField(label="agent.name", padded=True),
                        ),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="agent.phone", null=True
                            ),
                        ),
                        ("state", models.CharField(max_length=10)),
                        ("appointed_on", models.DateField()),
                        ("ended_on", models.DateField(blank=True, null=True)),
                        ("is_indonesian", models.BooleanField()),
                        ("is_bpjs_staff", models.BooleanField()),
                        (
                            "office",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.office",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="7e7cec25f70df459926cd835ae65f84450f8e6aa",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_07b5c",
                            table="perisai_agentversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AgentVillageVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        (
                            "agent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.agentvillage",
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.village",
                            ),
                        ),
                        ("from_on", models.DateField(blank=True, null=True)),
                        ("to_on", models.DateField(blank=True, null=True)),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentvillageversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="65394354526d71078e62a32e0bc0b689e32b8368",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_f9740",
                            table="perisai_agentvillageversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="BranchVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=10)),
                        ("name", models.CharField(max_length=100)),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.branch",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="branchversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="5fc35169cd86cfb6891616c3d5d2c7c2509329f5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d490f",
                            table="perisai_branchversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OfficeContractVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("number", models.CharField(max_length=40)),
                        ("valid_from", models.DateField()),
                        ("valid_to", models.DateField(blank=True, null=True)),
                        (
                            "office",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.office",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.officecontract",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="officecontractversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="54e5b6589c0c0ddbd2a9adf6f1d3c7fdbf195073",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_b28b6",
                            table="perisai_officecontractversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OfficeVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=100)),
                        ("kind", models.CharField(max_length=12)),
                        (
                            "branch",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.office",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="officeversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="73f5fdd04c83d654366e542aba1b0d6f8d38554d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d0958",
                            table="perisai_officeversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="UserVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("is_superuser", models.BooleanField(verbose_name="superuser status")),
                        ("username", models.CharField(max_length=60)),
                        ("role", models.CharField(max_length=12)),
                        ("language", models.CharField(max_length=2)),
                        ("is_active", models.BooleanField()),
                        ("is_staff", models.BooleanField()),
                        (
                            "branch",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="userversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="6cd70b7479d9dd3594c01060b28bb7142dfc0515",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_7d1d8",
                            table="perisai_userversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Breach",
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
                        ("detected_at", models.DateTimeField()),
                        (
                            "notify_by",
                            models.DateTimeField(help_text="72 elapsed hours after detection."),
                        ),
                        (
                            "what",
                            perisai.privacy.EncryptedTextField(label="breach.what", padded=True),
                        ),
                        (
                            "classes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("identity", "identitas"),
                                        ("contact", "kontak dan alamat"),
                                        ("family", "keluarga dan ahli waris"),
                                        ("work", "pekerjaan dan penghasilan"),
                                        ("money", "iuran dan pembayaran"),
                                        ("login", "akun dan kata sandi"),
                                    ],
                                    max_length=10,
                                ),
                                size=None,
                            ),
                        ),
                        (
                            "people_guessed",
                            models.PositiveIntegerField(
                                help_text="As far as was known when recorded."
                            ),
                        ),
                        ("since", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "recorded_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "suspect",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "notify_by",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("detected_at"),
                                            "+",
                                            models.Value(datetime.timedelta(days=3)),
                                        ),
                                    )
                                ),
                                name="breach_is_told_within_72_hours",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "classes__contained_by",
                                        ["identity", "contact", "family", "work", "money", "login"],
                                    )
                                ),
                                name="breach_classes_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("classes__len__gt", 0)),
                                name="breach_of_something",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("since__lte", models.F("until"))),
                                name="breach_in_order",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="breach",
                    trigger=pgtrigger.compiler.Trigger(
                        name="breach_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="e5805113f02eefab6a92acdfbbb87bd49f60f494",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_breach_is_append_only_0228f",
                            table="perisai_breach",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="BreachNote",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("finding", "temuan"),
                                    ("measure", "tindakan"),
                                    ("authority_told", "otoritas diberi tahu"),
                                    ("people_told", "peserta diberi tahu"),
                                    ("closed", "ditutup"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "words",
                            perisai.privacy.EncryptedTextField(
                                label="breach_note.words", padded=True
                            ),
                        ),
                        ("noted_at", models.DateTimeField()),
                        (
                            "breach",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="notes",
                                to="perisai.breach",
                            ),
                        ),
                        (
                            "noted_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "finding",
                                            "measure",
                                            "authority_told",
                                            "people_told",
                                            "closed",
                                        ],
                                    )
                                ),
                                name="breach_note_kind_is_known",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="breachnote",
                    trigger=pgtrigger.compiler.Trigger(
                        name="breach_note_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8253dc4929fdc7fb4edb7a697a144b5eaa09d2c5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_breach_note_is_append_only_7838a",
                            table="perisai_breachnote",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="LoginCode",
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
                            "login_digest",
                            models.CharField(help_text="Of what was typed.", max_length=32),
                        ),
                        ("device_digest", models.CharField(blank=True, default="", max_length=32)),
                        ("asked_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "tries",
                            models.PositiveSmallIntegerField(default=0, help_text="Wrong ones."),
                        ),
                        ("used_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "agent",
                            models.ForeignKey(
                                blank=True,
                                help_text="Null: nobody who may log in has this login.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["login_digest", "asked_at"], name="login_code_by_login"
                            ),
                            models.Index(
                                fields=["device_digest", "asked_at"], name="login_code_by_device"
                            ),
                            models.Index(fields=["agent", "asked_at"], name="login_code_by_agent"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("tries__lte", 5)), name="login_code_tries_end"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("asked_at"))),
                                name="login_code_days_in_order",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ImportPiece",
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
                        ("number", models.PositiveIntegerField()),
                        (
                            "content",
                            perisai.privacy.EncryptedTextField(label="import_piece.content"),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="pieces",
                                to="perisai.importrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "number"), name="import_piece_once_per_place"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="PurgeRun",
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
                        ("purge", models.CharField(max_length=30)),
                        (
                            "before",
                            models.DateTimeField(
                                help_text="Older rows have been kept long enough."
                            ),
                        ),
                        (
                            "rows",
                            models.PositiveIntegerField(help_text="Rows that this run ended."),
                        ),
                        (
                            "left",
                            models.PositiveIntegerField(
                                help_text="Rows that still wait, as those on hold."
                            ),
                        ),
                        ("oldest_left", models.DateTimeField(blank=True, null=True)),
                        ("seconds", models.FloatField()),
                        (
                            "ran_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["purge", "-ran_at"], name="purge_run_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("left", 0), ("oldest_left__isnull", True)),
                                    models.Q(("left__gt", 0), ("oldest_left__isnull", False)),
                                    _connector="OR",
                                ),
                                name="purge_run_oldest_of_what_is_left",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="purgerun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="purge_run_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="cba7131b150e90435c4fafc1a49e4f56453cbc51",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_purge_run_is_append_only_3c71b",
                            table="perisai_purgerun",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="LoginEvent",
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
                            "step",
                            models.CharField(
                                choices=[
                                    ("agent", "Agent"),
                                    ("terminal", "Terminal"),
                                    ("office", "Office"),
                                    ("factor", "Factor"),
                                    ("paper", "Paper"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "result",
                            models.CharField(
                                choices=[
                                    ("right", "Right"),
                                    ("wrong", "Wrong"),
                                    ("locked", "Locked"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("login_digest", models.CharField(blank=True, default="", max_length=32)),
                        (
                            "net",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="The first 24 or 48 bits of the address.",
                                max_length=43,
                            ),
                        ),
                        (
                            "at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "device",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.device",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["at"], name="login_event_by_age"),
                            models.Index(
                                condition=models.Q(("user__isnull", False)),
                                fields=["user", "at"],
                                name="login_event_of_a_user",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("step__in", ["agent", "terminal", "office", "factor", "paper"])
                                ),
                                name="login_event_step_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("result__in", ["right", "wrong", "locked"])),
                                name="login_event_result_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("user__isnull", False),
                                    models.Q(("login_digest", ""), _negated=True),
                                    _connector="OR",
                                ),
                                name="login_event_is_about_somebody",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="loginevent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="login_event_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="c14736dc5137ac2a847694727ff4cea3af3f8129",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_login_event_is_append_only_b711e",
                            table="perisai_loginevent",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="UserChange",
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
                            "kind",
                            models.CharField(
                                choices=[
                                    ("create", "Create"),
                                    ("change", "Change"),
                                    ("deactivate", "Deactivate"),
                                    ("reactivate", "Reactivate"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("username", models.CharField(max_length=60)),
                        (
                            "role",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("agent", "Agent"),
                                    ("supervisor", "Supervisor"),
                                    ("finance", "Finance"),
                                    ("national", "National"),
                                    ("auditor", "Auditor"),
                                    ("post_agent", "Post Agent"),
                                    ("partner", "Partner"),
                                ],
                                default="",
                                help_text="The new one.",
                                max_length=12,
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="user_change.reason", padded=True
                            ),
                        ),
                        (
                            "proposed_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[("confirmed", "Confirmed"), ("refused", "Refused")],
                                default="",
                                max_length=10,
                            ),
                        ),
                        ("decided_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "branch",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
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
                            "proposed_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["create", "change", "deactivate", "reactivate"])
                                ),
                                name="user_change_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ["create", "change"]),
                                        (
                                            "role__in",
                                            ["auditor", "finance", "national", "supervisor"],
                                        ),
                                    ),
                                    models.Q(
                                        ("branch__isnull", True),
                                        ("kind__in", ["deactivate", "reactivate"]),
                                        ("role", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="user_change_names_an_office_role",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "role__in",
                                        [
                                            "",
                                            "agent",
                                            "supervisor",
                                            "finance",
                                            "national",
                                            "auditor",
                                            "post_agent",
                                            "partner",
                                        ],
                                    )
                                ),
                                name="user_change_role_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("branch__isnull", False), ("role", "supervisor")),
                                    models.Q(
                                        models.Q(("role", "supervisor"), _negated=True),
                                        ("branch__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="user_change_branch_of_a_supervisor",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decided_at__isnull", True),
                                        ("decided_by__isnull", True),
                                        ("decision", ""),
                                    ),
                                    models.Q(
                                        ("decided_at__isnull", False),
                                        ("decided_by__isnull", False),
                                        ("decision__in", ["confirmed", "refused"]),
                                    ),
                                    _connector="OR",
                                ),
                                name="user_change_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decision", "confirmed"), _negated=True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="user_change_confirmed_by_another",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=("username",),
                                name="user_change_once_open_per_login",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="userchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="user_change_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="422e6761d839d61693c8e8c5bef1edcf89839580",
                            operation="DELETE",
                            pgid="pgtrigger_user_change_is_kept_f85f1",
                            table="perisai_userchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="userchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="user_change_is_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."decided_at" IS NOT NULL)',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="6abadb9b43077c271f85083ee43e5ec2b274ca7c",
                            operation="UPDATE",
                            pgid="pgtrigger_user_change_is_decided_once_3a47b",
                            table="perisai_userchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="FactorReset",
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
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="factor_reset.reason", padded=True
                            ),
                        ),
                        ("at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("by", models.F("user")), _negated=True),
                                name="factor_reset_by_somebody_else",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="factorreset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="factor_reset_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f55ece2345d4476337b58c95252d3bb21c1ced35",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_factor_reset_is_append_only_f789e",
                            table="perisai_factorreset",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Pulse",
                    fields=[
                        (
                            "part",
                            models.CharField(
                                choices=[("beat", "Beat")],
                                max_length=10,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("seen_at", models.DateTimeField()),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("part__in", ["beat"])),
                                name="pulse_part_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="MessageDecision",
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
                            "kind",
                            models.CharField(
                                choices=[("send_again", "Send Again"), ("give_up", "Give Up")],
                                max_length=10,
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("gateway_mended", "Gateway Mended"),
                                    ("data_mended", "Data Mended"),
                                    ("told_otherwise", "Told Otherwise"),
                                    ("outdated", "Outdated"),
                                    ("wrong", "Wrong"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "attempts",
                            models.PositiveSmallIntegerField(
                                help_text="Tries before the decision."
                            ),
                        ),
                        ("last_error", models.CharField(blank=True, default="", max_length=60)),
                        (
                            "decided_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "decided_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decisions",
                                to="perisai.outboxmessage",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["send_again", "give_up"])),
                                name="message_decision_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "gateway_mended",
                                            "data_mended",
                                            "told_otherwise",
                                            "outdated",
                                            "wrong",
                                        ],
                                    )
                                ),
                                name="message_decision_reason_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="messagedecision",
                    trigger=pgtrigger.compiler.Trigger(
                        name="message_decision_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="a0b0c0f61bbf4a23975a6a24152f86648da653a5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_message_decision_is_append_only_7d7d9",
                            table="perisai_messagedecision",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="RelayPause",
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
                            "reason",
                            models.CharField(help_text="A code, as quota_used.", max_length=60),
                        ),
                        ("began_at", models.DateTimeField()),
                        ("until", models.DateTimeField()),
                        ("lifted_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "lifted_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["until"], name="relay_pause_by_end")],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=("reason", "until"),
                                name="relay_pause_once_per_reason_and_end",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("until__gt", models.F("began_at"))),
                                name="relay_pause_ends_after_it_begins",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("lifted_at__isnull", True), ("lifted_by__isnull", True)
                                    ),
                                    models.Q(
                                        ("lifted_at__isnull", False), ("lifted_by__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="relay_pause_lifted_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
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
                            "state",
                            models.CharField(
                                choices=[
                                    ("delivered", "Delivered"),
                                    ("failed", "Failed"),
                                    ("unknown_number", "Unknown Number"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "reported_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "message",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="deliveries",
                                to="perisai.outboxmessage",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("message", "state"),
                                name="delivery_once_per_message_and_state",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("state__in", ["delivered", "failed", "unknown_number"])
                                ),
                                name="delivery_state_is_known",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["failed", "unknown_number"])),
                                fields=["message"],
                                name="delivery_of_failures",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="delivery",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delivery_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="3c6c3e2510d0c0c23668f1553bd8f4fb588ddab0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_delivery_is_append_only_8f765",
                            table="perisai_delivery",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="StoredFile",
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
                            "sha256",
                            models.BinaryField(
                                help_text="Of the bytes as they were sent.",
                                max_length=32,
                                null=True,
                            ),
                        ),
                        (
                            "key",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="stored_file.key", null=True
                            ),
                        ),
                        ("content", models.BinaryField(null=True)),
                        ("thumbnail", models.BinaryField(null=True)),
                        ("type", models.CharField(help_text="Of what is kept.", max_length=20)),
                        ("size", models.PositiveIntegerField(help_text="Bytes of what is kept.")),
                        ("stored_at", models.DateTimeField()),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True, help_text="Since then no byte of it.", null=True
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agent", "sha256"),
                                name="stored_file_once_per_agent_and_content",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("content__isnull", False),
                                        ("ended_at__isnull", True),
                                        ("key__isnull", False),
                                        ("sha256__isnull", False),
                                        ("thumbnail__isnull", False),
                                    ),
                                    models.Q(
                                        ("content__isnull", True),
                                        ("ended_at__isnull", False),
                                        ("key__isnull", True),
                                        ("sha256__isnull", True),
                                        ("thumbnail__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="stored_file_is_whole_or_gone",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="storedfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stored_file_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="db7ae4e6e48b05e5ac9b01999a55bbc563c55c37",
                            operation="DELETE",
                            pgid="pgtrigger_stored_file_is_kept_df0d6",
                            table="perisai_storedfile",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="storedfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="stored_file_is_only_destroyed",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL\n                       OR (NEW.id, NEW.agent_id, NEW.type, NEW.size, NEW.stored_at)\n                           IS DISTINCT FROM\n                          (OLD.id, OLD.agent_id, OLD.type, OLD.size, OLD.stored_at) THEN\n                        RAISE EXCEPTION 'a stored file is destroyed, and never changed'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="1aa3e8d7b4fe64bad1e441e23bd305a0207369a1",
                            operation="UPDATE",
                            pgid="pgtrigger_stored_file_is_only_destroyed_6bbcc",
                            table="perisai_storedfile",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ReferenceFile",
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
                        ("name", models.CharField(max_length=60)),
                        (
                            "version",
                            models.CharField(
                                help_text="An edition, or the day of publication.", max_length=100
                            ),
                        ),
                        ("sha256", models.CharField(max_length=64)),
                        ("content", models.TextField(help_text="JSON, as it goes out.")),
                        ("published_at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["name", "-id"], name="reference_file_newest"),
                            models.Index(
                                fields=["name", "sha256"], name="reference_file_by_digest"
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                                name="reference_file_has_its_digest",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="referencefile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reference_file_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f4564c522152362871da32c5c94e921350cd0861",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reference_file_is_append_only_e358b",
                            table="perisai_referencefile",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
    ]
