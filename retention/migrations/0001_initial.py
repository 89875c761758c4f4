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
        ("retention", "0002_attempt_encrypts_its_place"),
        ("retention", "0003_attempt_texts_are_found_by_age"),
        ("retention", "0004_reminder"),
        ("retention", "0005_five_kinds"),
        ("retention", "0006_follow_ups_are_validated"),
        ("retention", "0007_attempts_know_their_regency"),
        ("retention", "0008_promises_are_found"),
        ("retention", "0009_escalation"),
        ("retention", "0010_pool_member"),
        ("retention", "0011_idle_warning"),
        ("retention", "0012_attempt_file"),
        ("retention", "0013_sponsor_alert"),
        ("retention", "0014_reminders_tell_of_dearer_months"),
        ("retention", "0015_dearer_months_are_validated"),
        ("retention", "0016_dearer_months_are_told_once"),
        ("retention", "0017_a_lost_rise_is_told_again"),
    ]

    initial = True

    dependencies = [
        ("enrollment", "0001_initial"),
        ("payments", "0001_initial"),
        ("perisai", "0001_initial"),
    ]

    operations = [
        perisai.migrating.CreateTogether(
            operations=[
                migrations.CreateModel(
                    name="FollowUp",
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
                        ("regency_code", models.CharField(max_length=4)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("arrears", "tunggakan"),
                                    ("first_payment", "iuran pertama"),
                                    ("promise_broken", "janji lewat"),
                                    ("sponsor_ending", "akhir masa sponsor"),
                                    ("data", "data belum lengkap"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("episode_no", models.PositiveSmallIntegerField()),
                        (
                            "unpaid_since",
                            models.DateField(
                                blank=True,
                                help_text="First unpaid month; null: never paid.",
                                null=True,
                            ),
                        ),
                        ("opened_on", models.DateField()),
                        (
                            "closed_on",
                            models.DateField(
                                blank=True, help_text="Closed by a person.", null=True
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "closed_by",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "closed_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("deceased", "meninggal"),
                                    ("duplicate_record", "tercatat dua kali"),
                                    ("formal_job_now", "kini pekerja formal"),
                                    ("moved_away", "sudah pindah"),
                                    ("unsafe", "tidak aman dikunjungi"),
                                    ("not_wanted", "tidak mau dikunjungi lagi"),
                                    ("by_mistake", "tidak perlu ditindaklanjuti"),
                                ],
                                db_default="",
                                default="",
                                max_length=16,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["opened_on", "id"], name="follow_up_by_day")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("unpaid_since__day", 1)),
                                name="follow_up_unpaid_since_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "arrears",
                                            "first_payment",
                                            "promise_broken",
                                            "sponsor_ending",
                                            "data",
                                        ],
                                    )
                                ),
                                name="follow_up_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("closed_by__isnull", True),
                                        ("closed_on__isnull", True),
                                        ("closed_reason", ""),
                                    ),
                                    models.Q(
                                        ("closed_by__isnull", False), ("closed_on__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="follow_up_closed_by_a_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "closed_reason__in",
                                        [
                                            "",
                                            "deceased",
                                            "duplicate_record",
                                            "formal_job_now",
                                            "moved_away",
                                            "unsafe",
                                            "not_wanted",
                                            "by_mistake",
                                        ],
                                    )
                                ),
                                name="follow_up_closed_reason_is_known",
                            ),
                            models.UniqueConstraint(
                                fields=("member", "episode_no", "unpaid_since", "kind"),
                                name="follow_up_once_per_kind_and_unpaid_month",
                                nulls_distinct=False,
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="followup",
                    trigger=pgtrigger.compiler.Trigger(
                        name="follow_up_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="03970198d456c22787de79c6bcdbdb86360abb02",
                            operation="DELETE",
                            pgid="pgtrigger_follow_up_is_kept_eab72",
                            table="retention_followup",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="followup",
                    trigger=pgtrigger.compiler.Trigger(
                        name="follow_up_is_closed_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.closed_on IS NOT NULL\n                       OR (NEW.id, NEW.member_id, NEW.agent_id, NEW.regency_code, NEW.kind,\n                           NEW.episode_no, NEW.unpaid_since, NEW.opened_on)\n                           IS DISTINCT FROM\n                          (OLD.id, OLD.member_id, OLD.agent_id, OLD.regency_code, OLD.kind,\n                           OLD.episode_no, OLD.unpaid_since, OLD.opened_on) THEN\n                        RAISE EXCEPTION 'a follow-up is closed once and not changed'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="b2fc1bcdf5cf0cb3c0237cf54edb29bc1d7428a9",
                            operation="UPDATE",
                            pgid="pgtrigger_follow_up_is_closed_once_1a1d1",
                            table="retention_followup",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SweepRun",
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
                        ("as_of", models.DateField()),
                        ("regency_code", models.CharField(max_length=4)),
                        (
                            "rows",
                            models.PositiveIntegerField(help_text="Follow-ups that were new."),
                        ),
                        ("seconds", models.FloatField()),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "faults",
                            models.PositiveIntegerField(
                                db_default=0,
                                default=0,
                                help_text="Follow-ups that the database refused.",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("as_of", "regency_code"),
                                name="sweep_run_once_per_day_and_regency",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
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
                        ("op_id", models.UUIDField(unique=True)),
                        ("unpaid_since", models.DateField(blank=True, null=True)),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("visit", "Visit"),
                                    ("phone", "Phone"),
                                    ("message", "Message"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "contact",
                            models.CharField(
                                choices=[
                                    ("met_member", "Met Member"),
                                    ("met_family", "Met Family"),
                                    ("phone_answered", "Phone Answered"),
                                    ("no_answer", "No Answer"),
                                    ("number_wrong", "Number Wrong"),
                                    ("not_home", "Not Home"),
                                    ("moved_away", "Moved Away"),
                                    ("address_not_found", "Address Not Found"),
                                    ("unsafe_or_blocked", "Unsafe Or Blocked"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "decision",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("paid_now", "Paid Now"),
                                    ("promised", "Promised"),
                                    ("paid_elsewhere", "Paid Elsewhere"),
                                    ("cannot_afford", "Cannot Afford"),
                                    ("lean_season", "Lean Season"),
                                    ("stopped_work", "Stopped Work"),
                                    ("formal_job_now", "Formal Job Now"),
                                    ("not_interested", "Not Interested"),
                                    ("complaint_service", "Complaint Service"),
                                    ("duplicate_record", "Duplicate Record"),
                                    ("wrong_person", "Wrong Person"),
                                    ("deceased", "Deceased"),
                                    ("sick_or_injured", "Sick Or Injured"),
                                    ("data_error", "Data Error"),
                                ],
                                default="",
                                max_length=20,
                            ),
                        ),
                        ("promise_on", models.DateField(blank=True, null=True)),
                        (
                            "next_on",
                            models.DateField(
                                blank=True, help_text="Day of the next attempt.", null=True
                            ),
                        ),
                        (
                            "payment_reference",
                            models.CharField(blank=True, default="", max_length=64),
                        ),
                        (
                            "note",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="attempt.note", null=True, padded=True
                            ),
                        ),
                        (
                            "tried_at",
                            models.DateTimeField(help_text="Corrected by the clock offset."),
                        ),
                        (
                            "after_resolution",
                            models.BooleanField(
                                default=False,
                                help_text="The month was paid already when the attempt arrived.",
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
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "place",
                            perisai.privacy.EncryptedJSONField(
                                blank=True,
                                help_text="Millionths of a degree; metres: as a rule, where the member lives.",
                                label="attempt.place",
                                null=True,
                                padded=True,
                            ),
                        ),
                        (
                            "regency_code",
                            models.CharField(
                                db_default="",
                                default="",
                                help_text="The member's when it was made: where the sweep looks for promises.",
                                max_length=4,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["member", "tried_at"], name="attempt_by_member"),
                            models.Index(
                                condition=models.Q(
                                    ("note__isnull", False),
                                    ("place__isnull", False),
                                    models.Q(("payment_reference", ""), _negated=True),
                                    _connector="OR",
                                ),
                                fields=["tried_at"],
                                name="attempt_with_texts_by_age",
                            ),
                            models.Index(
                                condition=models.Q(("promise_on__isnull", False)),
                                fields=["regency_code", "promise_on"],
                                name="attempt_promised_by_regency",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("channel__in", ["visit", "phone", "message"])),
                                name="attempt_channel_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "contact__in",
                                        [
                                            "met_member",
                                            "met_family",
                                            "phone_answered",
                                            "no_answer",
                                            "number_wrong",
                                            "not_home",
                                            "moved_away",
                                            "address_not_found",
                                            "unsafe_or_blocked",
                                        ],
                                    )
                                ),
                                name="attempt_contact_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("decision", ""),
                                    models.Q(
                                        (
                                            "contact__in",
                                            ["met_member", "met_family", "phone_answered"],
                                        ),
                                        (
                                            "decision__in",
                                            [
                                                "paid_now",
                                                "promised",
                                                "paid_elsewhere",
                                                "cannot_afford",
                                                "lean_season",
                                                "stopped_work",
                                                "formal_job_now",
                                                "not_interested",
                                                "complaint_service",
                                                "duplicate_record",
                                                "wrong_person",
                                                "deceased",
                                                "sick_or_injured",
                                                "data_error",
                                            ],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="attempt_decision_only_when_reached",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("decision", "promised"), ("promise_on__isnull", False)
                                    ),
                                    models.Q(
                                        models.Q(("decision", "promised"), _negated=True),
                                        ("promise_on__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="attempt_promise_with_a_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("unpaid_since__isnull", True),
                                    ("unpaid_since__day", 1),
                                    _connector="OR",
                                ),
                                name="attempt_unpaid_since_is_first_day",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="attempt",
                    trigger=pgtrigger.compiler.Trigger(
                        name="attempt_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="fd25e7148318458f818dc7797703201e2a785df3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_attempt_is_append_only_4706c",
                            table="retention_attempt",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ReminderLine",
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
                        ("day", models.DateField(help_text="Of the reminder.")),
                        (
                            "why",
                            models.CharField(
                                choices=[
                                    ("first_payment", "iuran pertama belum dibayar"),
                                    ("due_soon", "menjelang jatuh tempo"),
                                    ("due_today", "hari jatuh tempo"),
                                    ("grace_1", "1 bulan belum dibayar"),
                                    ("grace_2", "2 bulan belum dibayar"),
                                    ("grace_3", "3 bulan belum dibayar"),
                                    ("lapse_near", "menjelang tidak aktif"),
                                    ("price_change", "iuran akan naik"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "unpaid_since",
                            models.DateField(
                                blank=True,
                                help_text="First unpaid month; null: never paid.",
                                null=True,
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "reminder",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="retention.reminder",
                            ),
                        ),
                        ("price_becomes", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "price_month",
                            models.DateField(
                                blank=True,
                                help_text="First dearer month; null: about no price.",
                                null=True,
                            ),
                        ),
                        (
                            "price_was",
                            models.PositiveIntegerField(
                                blank=True, help_text="Of the month before, in rupiah.", null=True
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "day"),
                                name="reminder_line_once_per_member_and_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("unpaid_since__isnull", True),
                                    ("unpaid_since__day", 1),
                                    _connector="OR",
                                ),
                                name="reminder_line_unpaid_since_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("unpaid_since__isnull", True), ("why", "first_payment")
                                    ),
                                    models.Q(
                                        ("unpaid_since__isnull", False),
                                        models.Q(("why", "first_payment"), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="reminder_line_first_payment_has_no_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "why__in",
                                        [
                                            "first_payment",
                                            "due_soon",
                                            "due_today",
                                            "grace_1",
                                            "grace_2",
                                            "grace_3",
                                            "lapse_near",
                                            "price_change",
                                        ],
                                    )
                                ),
                                name="reminder_line_why_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        models.Q(("why", "price_change"), _negated=True),
                                        ("price_becomes__isnull", True),
                                        ("price_month__isnull", True),
                                        ("price_was__isnull", True),
                                    ),
                                    models.Q(
                                        ("price_becomes__gt", models.F("price_was")),
                                        ("price_becomes__isnull", False),
                                        ("price_month__day", 1),
                                        ("price_month__isnull", False),
                                        ("price_was__isnull", False),
                                        ("why", "price_change"),
                                    ),
                                    _connector="OR",
                                ),
                                name="reminder_line_price_change_says_what_rises",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reminderline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reminder_line_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="a1f03955d8fa3cb6db086c7cd00f333435b0e824",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reminder_line_is_append_only_9e36e",
                            table="retention_reminderline",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ReminderRun",
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
                            "day",
                            models.DateField(
                                help_text="The day that was looked at, in the regency's zone."
                            ),
                        ),
                        ("regency_code", models.CharField(max_length=4)),
                        (
                            "reminders",
                            models.PositiveIntegerField(help_text="Phones that were new that day."),
                        ),
                        (
                            "members",
                            models.PositiveIntegerField(help_text="Members whom they are about."),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("day", "regency_code"),
                                name="reminder_run_once_per_day_and_regency",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reminderrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reminder_run_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="3401e45e7705e306134f2041478e9bb98f5db2cc",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reminder_run_is_append_only_43f75",
                            table="retention_reminderrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Reminder",
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
                            "phone_index",
                            models.BinaryField(
                                help_text="Blind index of the number; null: ended or erased.",
                                max_length=16,
                                null=True,
                            ),
                        ),
                        (
                            "day",
                            models.DateField(
                                help_text="In the zone; the day on which it may go out."
                            ),
                        ),
                        (
                            "zone",
                            models.CharField(
                                help_text="IANA name; decides quiet hours (R38).", max_length=40
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["day", "id"], name="reminder_by_day")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("phone_index", "day"),
                                name="reminder_once_per_phone_and_day",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reminder",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reminder_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="0946f29a4b478e5fe167c3aa476fb0829ab80f55",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reminder_is_append_only_3f459",
                            table="retention_reminder",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SweepFault",
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
                        ("as_of", models.DateField()),
                        (
                            "regency_code",
                            models.CharField(help_text="Whose sweep it was.", max_length=4),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("arrears", "tunggakan"),
                                    ("first_payment", "iuran pertama"),
                                    ("promise_broken", "janji lewat"),
                                    ("sponsor_ending", "akhir masa sponsor"),
                                    ("data", "data belum lengkap"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "code",
                            models.CharField(
                                help_text="SQLSTATE; the message may hold data.", max_length=5
                            ),
                        ),
                        ("constraint", models.CharField(blank=True, default="", max_length=63)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("as_of", "regency_code", "kind", "member"),
                                name="sweep_fault_once_per_day_kind_and_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "arrears",
                                            "first_payment",
                                            "promise_broken",
                                            "sponsor_ending",
                                            "data",
                                        ],
                                    )
                                ),
                                name="sweep_fault_kind_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sweepfault",
                    trigger=pgtrigger.compiler.Trigger(
                        name="sweep_fault_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="f75ca73a04db67ec8f8fcc72827907f9ad75c4a0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_sweep_fault_is_append_only_d51f2",
                            table="retention_sweepfault",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Escalation",
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
                            models.CharField(
                                choices=[
                                    ("no_attempt", "No Attempt"),
                                    ("failed_attempts", "Failed Attempts"),
                                    ("silent_agent", "Silent Agent"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "since",
                            models.DateField(
                                help_text="Since when nobody came, was reached, or was heard of."
                            ),
                        ),
                        ("raised_on", models.DateField()),
                        (
                            "settled_as",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("agent_spoken_to", "Agent Spoken To"),
                                    ("member_spoken_to", "Member Spoken To"),
                                    ("visit_planned", "Visit Planned"),
                                    ("handed_over", "Handed Over"),
                                    ("not_needed", "Not Needed"),
                                ],
                                db_default="",
                                default="",
                                max_length=16,
                            ),
                        ),
                        ("settled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who looked after it then; null: nobody.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "branch",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "follow_up",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="escalations",
                                to="retention.followup",
                            ),
                        ),
                        (
                            "settled_by",
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
                            models.Index(fields=["branch", "id"], name="escalation_by_branch")
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("follow_up", "reason", "since"),
                                name="escalation_once_per_follow_up",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("reason", "silent_agent")),
                                fields=("agent", "since"),
                                name="escalation_once_per_silence",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        ["no_attempt", "failed_attempts", "silent_agent"],
                                    )
                                ),
                                name="escalation_reason_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("agent__isnull", False),
                                        ("follow_up__isnull", True),
                                        ("reason", "silent_agent"),
                                    ),
                                    models.Q(
                                        models.Q(("reason", "silent_agent"), _negated=True),
                                        ("follow_up__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="escalation_is_about_a_follow_up_or_an_agent",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("settled_as", ""),
                                        ("settled_at__isnull", True),
                                        ("settled_by__isnull", True),
                                    ),
                                    models.Q(
                                        (
                                            "settled_as__in",
                                            [
                                                "agent_spoken_to",
                                                "member_spoken_to",
                                                "visit_planned",
                                                "handed_over",
                                                "not_needed",
                                            ],
                                        ),
                                        ("settled_at__isnull", False),
                                        ("settled_by__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="escalation_settled_by_a_person",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="escalation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="escalation_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="4010c42a4a22d012d725f420e7f4090f8c9a9516",
                            operation="DELETE",
                            pgid="pgtrigger_escalation_is_kept_eefa5",
                            table="retention_escalation",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="escalation",
                    trigger=pgtrigger.compiler.Trigger(
                        name="escalation_is_settled_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.settled_at IS NOT NULL\n                       OR (NEW.reason, NEW.branch_id, NEW.follow_up_id, NEW.agent_id, NEW.since,\n                           NEW.raised_on) IS DISTINCT FROM\n                          (OLD.reason, OLD.branch_id, OLD.follow_up_id, OLD.agent_id, OLD.since,\n                           OLD.raised_on) THEN\n                        RAISE EXCEPTION 'an escalation is settled once and not changed'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="9327e2935d99d9ff605f1dfda703944c113e9a91",
                            operation="UPDATE",
                            pgid="pgtrigger_escalation_is_settled_once_0d714",
                            table="retention_escalation",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PoolMember",
                    fields=[],
                    options={
                        "proxy": True,
                    },
                    bases=("enrollment.member",),
                ),
                migrations.CreateModel(
                    name="IdleWarning",
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
                        ("month", models.DateField(help_text="Of the warning, its first day.")),
                        (
                            "active_on",
                            models.DateField(
                                help_text="Last day of a result or a beginning, as it was then."
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
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("agent", "month"),
                                name="idle_warning_once_per_agent_and_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="idle_warning_month_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("active_on__lt", models.F("month"))),
                                name="idle_warning_looks_back",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="idlewarning",
                    trigger=pgtrigger.compiler.Trigger(
                        name="idle_warning_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="5621f2148e4c3b210ebc9174cf9719e2cc89f897",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_idle_warning_is_append_only_9bc01",
                            table="retention_idlewarning",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AttemptFile",
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
                        ("attached_at", models.DateTimeField()),
                        (
                            "ended_at",
                            models.DateTimeField(
                                blank=True,
                                help_text="Since then the record has the file no more.",
                                null=True,
                            ),
                        ),
                        (
                            "attempt",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="retention.attempt",
                            ),
                        ),
                        (
                            "file",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.storedfile",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["file"], name="attempt_file_by_file"),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["attached_at"],
                                name="attempt_file_standing_by_age",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("attempt", "role", "file"),
                                name="attempt_file_once_per_role",
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
                                name="attempt_file_role_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="attemptfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="attempt_file_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="c3237dfc0316dbc3365e2e117da2a1b3e76216f9",
                            operation="DELETE",
                            pgid="pgtrigger_attempt_file_is_kept_bed96",
                            table="retention_attemptfile",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="attemptfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="attempt_file_ends_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                IF OLD.ended_at IS NOT NULL\n                   OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at' THEN\n                    RAISE EXCEPTION 'a link to a file is a fact, and ends once'\n                        USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n            ",
                            hash="a1a177933964c8f5e17a9e79dd2e8b80ed233caa",
                            operation="UPDATE",
                            pgid="pgtrigger_attempt_file_ends_once_908f7",
                            table="retention_attemptfile",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SponsorAlert",
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
                            "last_month",
                            models.DateField(
                                help_text="The last month that is paid for them or contracted."
                            ),
                        ),
                        (
                            "days_before",
                            models.PositiveSmallIntegerField(
                                help_text="Which alert: so long before the last covered day, or later."
                            ),
                        ),
                        (
                            "members",
                            models.PositiveIntegerField(
                                help_text="How many they were when it was told."
                            ),
                        ),
                        ("raised_on", models.DateField()),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "payer",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.payer",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("payer", "last_month", "days_before"),
                                name="sponsor_alert_once_per_term_and_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("last_month__day", 1)),
                                name="sponsor_alert_last_month_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("members__gte", 1)),
                                name="sponsor_alert_is_about_somebody",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="sponsoralert",
                    trigger=pgtrigger.compiler.Trigger(
                        name="sponsor_alert_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="92a8db7240b29b0d197a9fcf63b0f4ab37ca996b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_sponsor_alert_is_append_only_143af",
                            table="retention_sponsoralert",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
    ]
