import datetime
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
        ("payments", "0002_rows_are_kept"),
        ("payments", "0003_opening_cover"),
        ("payments", "0004_hand_edited_rows_have_a_history"),
        ("payments", "0005_terminal_reset"),
        ("payments", "0006_history_follows_outlets"),
        ("payments", "0007_corrections_and_reversals"),
        ("payments", "0008_money_checks_are_kept"),
        ("payments", "0009_tariff_by_two_persons"),
        ("payments", "0010_bill_lines_found_by_month"),
        ("payments", "0011_partners_have_a_login_of_their_own"),
        ("payments", "0012_receipt_prints"),
        ("payments", "0013_bill_made_by_the_system"),
        ("payments", "0014_late_money"),
        ("payments", "0015_partners_change_by_two_persons"),
        ("payments", "0016_release_by_correction"),
        ("payments", "0017_credit_of_later_discounts"),
        ("payments", "0018_bill_says_who_cancelled_it"),
        ("payments", "0019_payers_of_members_have_a_history"),
        ("payments", "0020_suspense_and_seldom_entries_found"),
        ("payments", "0021_table_that_gave_credit_is_used"),
        ("payments", "0022_keys_are_kept"),
        ("payments", "0023_credit_is_merged_and_taken_back"),
        ("payments", "0024_partners_own_login_by_two_persons"),
        ("payments", "0025_credit_run_comes_back"),
        ("payments", "0026_credit_run_is_worked_again"),
        ("payments", "0027_credit_run_done_after_credited"),
        ("payments", "0028_journal_entries_name_their_cause"),
        ("payments", "0029_money_claims_are_validated"),
        ("payments", "0030_password_by_two_persons"),
        ("payments", "0031_password_claims_are_validated"),
        ("payments", "0032_payer_has_a_contact"),
        ("payments", "0033_branch_of_a_counter_asks"),
    ]

    initial = True

    dependencies = [
        ("enrollment", "0001_initial"),
        ("perisai", "0001_initial"),
    ]

    operations = [
        perisai.migrating.CreateTogether(
            operations=[
                migrations.CreateModel(
                    name="Bill",
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
                        ("code", models.CharField(max_length=16, unique=True)),
                        (
                            "payer_kind",
                            models.CharField(
                                choices=[
                                    ("self", "peserta sendiri"),
                                    ("group", "kelompok"),
                                    ("csr", "donatur"),
                                    ("apbn", "anggaran negara"),
                                    ("apbd", "anggaran daerah"),
                                    ("apbdes", "anggaran desa"),
                                ],
                                default="self",
                                max_length=6,
                            ),
                        ),
                        (
                            "total",
                            models.PositiveBigIntegerField(help_text="Rupiah, sum of the lines."),
                        ),
                        (
                            "credit",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Rupiah taken from the carry."
                            ),
                        ),
                        (
                            "payable",
                            models.PositiveBigIntegerField(help_text="Rupiah to pay, without fee."),
                        ),
                        ("member_count", models.PositiveIntegerField()),
                        ("line_count", models.PositiveIntegerField()),
                        ("expires_at", models.DateTimeField()),
                        (
                            "fingerprint",
                            models.BinaryField(
                                help_text="SHA-256 of payer kind, payer and the sorted lines.",
                                max_length=32,
                            ),
                        ),
                        ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "created_at",
                            models.DateTimeField(
                                help_text="The instant that the prices were judged at."
                            ),
                        ),
                        (
                            "made_by_agent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "made_by_user",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "payer",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bills",
                                to="payments.payer",
                            ),
                        ),
                        (
                            "made_by_partner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bills",
                                to="payments.paymentpartner",
                            ),
                        ),
                        (
                            "title",
                            models.CharField(
                                blank=True,
                                db_default="",
                                help_text="What the payer calls a collective bill.",
                                max_length=100,
                            ),
                        ),
                        (
                            "bridge",
                            models.OneToOneField(
                                blank=True,
                                help_text="The two persons who let a sponsor's late money go on with the episode (R18).",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="bill",
                                to="payments.correction",
                            ),
                        ),
                        (
                            "made_by_system",
                            models.BooleanField(
                                db_default=False,
                                help_text="Nobody asked: for money that was there already.",
                            ),
                        ),
                        (
                            "cancel_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("mistake", "Mistake"),
                                    ("members", "Members"),
                                    ("payer", "Payer"),
                                    ("other", "Other"),
                                ],
                                db_default="",
                                default="",
                                max_length=8,
                            ),
                        ),
                        (
                            "cancelled_by",
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
                            models.Index(
                                fields=["fingerprint", "expires_at"],
                                name="bill_open_by_fingerprint",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("code__regex", "^99[0-9]{4}9[0-9]{9}$")),
                                name="bill_code_has_its_shape",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "payable",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("total"), "-", models.F("credit")
                                        ),
                                    )
                                ),
                                name="bill_payable_is_total_minus_credit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("payable__gte", 0)),
                                name="bill_payable_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "payer_kind__in",
                                        ["self", "group", "csr", "apbn", "apbd", "apbdes"],
                                    )
                                ),
                                name="bill_payer_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("payer__isnull", True), ("payer_kind", "self")),
                                    models.Q(
                                        models.Q(("payer_kind", "self"), _negated=True),
                                        ("payer__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="bill_payer_only_when_not_self",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("bridge__isnull", True),
                                    models.Q(
                                        ("made_by_user__isnull", False), ("payer__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="bill_bridge_is_a_sponsors",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("made_by_agent__isnull", False),
                                        ("made_by_partner__isnull", True),
                                        ("made_by_system", False),
                                        ("made_by_user__isnull", True),
                                    ),
                                    models.Q(
                                        ("made_by_agent__isnull", True),
                                        ("made_by_partner__isnull", False),
                                        ("made_by_system", False),
                                        ("made_by_user__isnull", True),
                                    ),
                                    models.Q(
                                        ("made_by_agent__isnull", True),
                                        ("made_by_partner__isnull", True),
                                        ("made_by_system", False),
                                        ("made_by_user__isnull", False),
                                    ),
                                    models.Q(
                                        ("made_by_agent__isnull", True),
                                        ("made_by_partner__isnull", True),
                                        ("made_by_system", True),
                                        ("made_by_user__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="bill_has_one_maker",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "cancel_reason__in",
                                        ["", "mistake", "members", "payer", "other"],
                                    )
                                ),
                                name="bill_cancel_reason_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("cancelled_at__isnull", False),
                                    models.Q(("cancel_reason", ""), ("cancelled_by__isnull", True)),
                                    _connector="OR",
                                ),
                                name="bill_cancelled_by_somebody_only_when_cancelled",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="bill",
                    trigger=pgtrigger.compiler.Trigger(
                        name="bill_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="d78ded2bf5f80c9dc63d88586e7d6a1b65109833",
                            operation="DELETE",
                            pgid="pgtrigger_bill_is_kept_84893",
                            table="payments_bill",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="bill",
                    trigger=pgtrigger.compiler.Trigger(
                        name="bill_is_frozen",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.cancelled_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['cancelled_at', 'cancelled_by_id', 'cancel_reason'] <> to_jsonb(OLD) - ARRAY['cancelled_at', 'cancelled_by_id', 'cancel_reason'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="f8a1260800308e7981fcbc84bcb93ad073743308",
                            operation="UPDATE",
                            pgid="pgtrigger_bill_is_frozen_5d9bb",
                            table="payments_bill",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="BillLine",
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
                        ("month", models.DateField()),
                        ("jkk", models.PositiveIntegerField(help_text="Rupiah.")),
                        ("jkm", models.PositiveIntegerField(help_text="Rupiah.")),
                        ("jht", models.PositiveIntegerField(help_text="Rupiah.")),
                        (
                            "credit",
                            models.PositiveIntegerField(
                                default=0, help_text="Rupiah of carry; never pays JHT."
                            ),
                        ),
                        ("basis_paid_through", models.DateField(blank=True, null=True)),
                        ("basis_episode", models.PositiveSmallIntegerField()),
                        ("episode_no", models.PositiveSmallIntegerField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("first", "First"),
                                    ("continue", "Continue"),
                                    ("reentry", "Reentry"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("base_income", models.PositiveBigIntegerField()),
                        (
                            "sector",
                            models.CharField(
                                choices=[
                                    ("transport", "transportasi"),
                                    ("non_transport", "bukan transportasi"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("discount_code", models.CharField(blank=True, default="", max_length=30)),
                        (
                            "bill",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.bill",
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
                        "indexes": [
                            models.Index(fields=["member", "bill"], name="bill_line_by_member"),
                            django.contrib.postgres.indexes.BrinIndex(
                                fields=["month"], name="bill_line_by_month"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("bill", "member", "month"),
                                name="bill_line_once_per_member_and_month",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="bill_line_month_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("jht__gte", 0), ("jkk__gte", 0), ("jkm__gte", 0)
                                ),
                                name="bill_line_amounts_not_negative",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "credit__lte",
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("jkk"), "+", models.F("jkm")
                                        ),
                                    )
                                ),
                                name="bill_line_credit_within_jkk_jkm",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["first", "continue", "reentry"])),
                                name="bill_line_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sector__in", ["transport", "non_transport"])),
                                name="bill_line_sector_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="billline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="bill_line_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="a416c50658c401f1cfb461a0bcc8b01fcc30bdc1",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_bill_line_is_append_only_60774",
                            table="payments_billline",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CoverMonth",
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
                        ("month", models.DateField()),
                        ("jkk", models.PositiveIntegerField(help_text="Rupiah.")),
                        ("jkm", models.PositiveIntegerField(help_text="Rupiah.")),
                        ("jht", models.PositiveIntegerField(help_text="Rupiah.")),
                        (
                            "credit",
                            models.PositiveIntegerField(default=0, help_text="Rupiah of carry."),
                        ),
                        ("episode_no", models.PositiveSmallIntegerField()),
                        (
                            "agent_month_no",
                            models.PositiveIntegerField(
                                help_text="Ordinal among the member's months credited to that agent (R30)."
                            ),
                        ),
                        ("regency_code", models.CharField(max_length=4)),
                        (
                            "counted_on",
                            models.DateField(
                                help_text="Day that incentives and figures count it on."
                            ),
                        ),
                        ("reversed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "agent",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who is credited (R32), frozen at posting.",
                                null=True,
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
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="cover_months",
                                to="payments.payment",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["payment"], name="cover_month_by_payment"),
                            models.Index(
                                fields=["agent", "counted_on"], name="cover_month_by_agent"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("reversed_at__isnull", True)),
                                fields=("member", "month"),
                                name="cover_month_once_per_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="cover_month_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("episode_no__gte", 1)),
                                name="cover_month_episode_from_one",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="covermonth",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cover_month_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="787d27cd6da5668f75f9f38dfe792f1acf0d6128",
                            operation="DELETE",
                            pgid="pgtrigger_cover_month_is_kept_f03e1",
                            table="payments_covermonth",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="covermonth",
                    trigger=pgtrigger.compiler.Trigger(
                        name="cover_month_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.reversed_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['reversed_at'] <> to_jsonb(OLD) - ARRAY['reversed_at'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e9b9465a19ee813861dd0f1c1bf80c617d0a1739",
                            operation="UPDATE",
                            pgid="pgtrigger_cover_month_is_append_only_225af",
                            table="payments_covermonth",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Discount",
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
                        ("code", models.CharField(max_length=30, unique=True)),
                        (
                            "programmes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("JKK", "Jaminan Kecelakaan Kerja"),
                                        ("JKM", "Jaminan Kematian"),
                                        ("JHT", "Jaminan Hari Tua"),
                                    ],
                                    max_length=3,
                                ),
                                size=None,
                            ),
                        ),
                        (
                            "sector",
                            models.CharField(
                                choices=[
                                    ("transport", "Transport"),
                                    ("non_transport", "Non Transport"),
                                    ("any", "Any"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("month_from", models.DateField()),
                        ("month_to", models.DateField(help_text="Last month, included.")),
                        ("percent_off", models.PositiveSmallIntegerField()),
                        (
                            "excluded_payers",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=6), default=list, size=None
                            ),
                        ),
                        ("legal_basis", models.CharField(max_length=60)),
                        (
                            "recorded_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now()
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["month_from", "code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("month_from__lte", models.F("month_to"))),
                                name="discount_window_in_order",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("month_from__day", 1), ("month_to__day", 1)),
                                name="discount_months_are_first_days",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("percent_off__gte", 1), ("percent_off__lte", 100)
                                ),
                                name="discount_percent_in_range",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("sector__in", ["transport", "non_transport", "any"])
                                ),
                                name="discount_sector_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="discount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_discountversion" ("code", "excluded_payers", "id", "legal_basis", "month_from", "month_to", "percent_off", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programmes", "recorded_at", "sector") VALUES (NEW."code", NEW."excluded_payers", NEW."id", NEW."legal_basis", NEW."month_from", NEW."month_to", NEW."percent_off", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."programmes", NEW."recorded_at", NEW."sector"); RETURN NULL;',
                            hash="5e5e8c4ce3b2649b9442317a786c7d69ab04a47c",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c584c",
                            table="payments_discount",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="discount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."code", OLD."programmes", OLD."sector", OLD."month_from", OLD."month_to", OLD."percent_off", OLD."excluded_payers", OLD."legal_basis", OLD."recorded_at") IS DISTINCT FROM ROW(NEW."id", NEW."code", NEW."programmes", NEW."sector", NEW."month_from", NEW."month_to", NEW."percent_off", NEW."excluded_payers", NEW."legal_basis", NEW."recorded_at"))',
                            func='INSERT INTO "payments_discountversion" ("code", "excluded_payers", "id", "legal_basis", "month_from", "month_to", "percent_off", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programmes", "recorded_at", "sector") VALUES (NEW."code", NEW."excluded_payers", NEW."id", NEW."legal_basis", NEW."month_from", NEW."month_to", NEW."percent_off", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."programmes", NEW."recorded_at", NEW."sector"); RETURN NULL;',
                            hash="dde55071c4f372b7b249bbb6feacd02074aae987",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a6154",
                            table="payments_discount",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="discount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_discountversion" ("code", "excluded_payers", "id", "legal_basis", "month_from", "month_to", "percent_off", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programmes", "recorded_at", "sector") VALUES (OLD."code", OLD."excluded_payers", OLD."id", OLD."legal_basis", OLD."month_from", OLD."month_to", OLD."percent_off", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."programmes", OLD."recorded_at", OLD."sector"); RETURN NULL;',
                            hash="d013b92bb872a60bdfb52a78894732b564ca3733",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_017fd",
                            table="payments_discount",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="discount",
                    trigger=pgtrigger.compiler.Trigger(
                        name="discount_is_dated",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[]\n                   <> to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION '% rows are dated, not edited', TG_TABLE_NAME\n                        USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF \n    EXISTS (\n        SELECT 1 FROM payments_billline l\n        WHERE l.month BETWEEN OLD.month_from AND OLD.month_to AND l.discount_code = OLD.code\n    ) OR EXISTS (\n        SELECT 1 FROM payments_journalentry e\n        WHERE e.kind = 'discount_credit' AND e.reference <> ''\n          AND starts_with(e.reference, 'discount:' || OLD.code || ':')\n    )\n THEN\n                RAISE EXCEPTION '% row is used', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN OLD;\n        ",
                            hash="553384d0d948984c1c9fb77368f2ea4f78560705",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_discount_is_dated_97f43",
                            table="payments_discount",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Holiday",
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
                        ("day", models.DateField()),
                        (
                            "kind",
                            models.CharField(
                                choices=[("national", "National"), ("joint_leave", "Joint Leave")],
                                max_length=12,
                            ),
                        ),
                        ("name", models.CharField(max_length=120)),
                        (
                            "basis",
                            models.CharField(
                                choices=[("decree", "Decree"), ("estimate", "Estimate")],
                                max_length=10,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["day"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("day", "kind"), name="holiday_once_per_day_and_kind"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["national", "joint_leave"])),
                                name="holiday_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("basis__in", ["decree", "estimate"])),
                                name="holiday_basis_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holiday",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_holidayversion" ("basis", "day", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."basis", NEW."day", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="64b2f69fef8b5e5941f6848d611401e859670681",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3266b",
                            table="payments_holiday",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holiday",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."day", OLD."kind", OLD."name", OLD."basis") IS DISTINCT FROM ROW(NEW."id", NEW."day", NEW."kind", NEW."name", NEW."basis"))',
                            func='INSERT INTO "payments_holidayversion" ("basis", "day", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."basis", NEW."day", NEW."id", NEW."kind", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="f5f0efcca31e6fb8b61c5335256c0b17d22d7297",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e46c3",
                            table="payments_holiday",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holiday",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_holidayversion" ("basis", "day", "id", "kind", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."basis", OLD."day", OLD."id", OLD."kind", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="c8c581a40bda2a707d538942d85be9740401c0ee",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_345ac",
                            table="payments_holiday",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
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
                            "caller",
                            models.CharField(
                                help_text="agent:<id>, partner:<id>, user:<id> or system.",
                                max_length=60,
                            ),
                        ),
                        (
                            "operation",
                            models.CharField(help_text="bill, pay, reverse.", max_length=10),
                        ),
                        ("key", models.CharField(max_length=128)),
                        ("fingerprint", models.BinaryField(max_length=32)),
                        (
                            "outcome",
                            models.CharField(
                                blank=True, default="", help_text="Outcome code.", max_length=40
                            ),
                        ),
                        (
                            "context",
                            models.JSONField(
                                blank=True, default=dict, help_text="Of refusals; nothing personal."
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "bill",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.bill",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.payment",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("caller", "operation", "key"),
                                name="idempotency_key_once_per_caller",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="idempotencykey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="idempotency_key_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="e91e8ccdb7435847d391a5664092d443c5bfc623",
                            operation="DELETE",
                            pgid="pgtrigger_idempotency_key_is_kept_cae6b",
                            table="payments_idempotencykey",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="idempotencykey",
                    trigger=pgtrigger.compiler.Trigger(
                        name="idempotency_key_of_a_payment_is_final",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."payment_id" IS NOT NULL OR OLD."caller" IS DISTINCT FROM (NEW."caller") OR OLD."operation" IS DISTINCT FROM (NEW."operation") OR OLD."key" IS DISTINCT FROM (NEW."key") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))',
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="2495af53cf6f1a421e9814ec7948e1d38f37700c",
                            operation="UPDATE",
                            pgid="pgtrigger_idempotency_key_of_a_payment_is_final_dcbcf",
                            table="payments_idempotencykey",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="JournalAccount",
                    fields=[
                        (
                            "code",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (1100, "Partner Receivable"),
                                    (1200, "Bank"),
                                    (2100, "Payable Jkk"),
                                    (2110, "Payable Jkm"),
                                    (2120, "Payable Jht"),
                                    (2200, "Member Credit"),
                                    (2300, "Suspense"),
                                ],
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("name", models.CharField(max_length=80)),
                        ("kind", models.CharField(help_text="asset or liability", max_length=10)),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["asset", "liability"])),
                                name="journal_account_kind_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="JournalEntry",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True, serialize=False)),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("accept", "Accept"),
                                    ("late_post", "Late Post"),
                                    ("reversal", "Reversal"),
                                    ("surplus", "Surplus"),
                                    ("suspense", "Suspense"),
                                    ("release", "Release"),
                                    ("discount_credit", "Discount Credit"),
                                    ("merge", "Merge"),
                                ],
                                max_length=16,
                            ),
                        ),
                        ("settlement_date", models.DateField()),
                        ("posted_at", models.DateTimeField()),
                        ("reference", models.CharField(blank=True, default="", max_length=160)),
                        (
                            "actor",
                            models.CharField(
                                help_text="partner:<id>, user:<id> or system.", max_length=60
                            ),
                        ),
                        (
                            "reverses",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.journalentry",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="payments.payment",
                            ),
                        ),
                        (
                            "correction",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="entries",
                                to="payments.correction",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("kind", "accept"), _negated=True),
                                fields=["kind", "id"],
                                name="journal_entry_beside_payments",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("reverses",), name="journal_entry_reverses_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("reference", ""), _negated=True),
                                fields=("kind", "reference"),
                                name="journal_entry_reference_once_per_kind",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("kind__in", ["accept", "late_post", "release"])
                                ),
                                fields=("payment",),
                                name="journal_entry_pays_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "accept",
                                            "late_post",
                                            "reversal",
                                            "surplus",
                                            "suspense",
                                            "release",
                                            "discount_credit",
                                            "merge",
                                        ],
                                    )
                                ),
                                name="journal_entry_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "merge"), _negated=True),
                                    models.Q(
                                        ("correction__isnull", True),
                                        ("payment__isnull", True),
                                        ("reverses__isnull", True),
                                        models.Q(("reference", ""), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="journal_entry_of_a_merge_names_the_row",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "merge"), _negated=True),
                                    (
                                        "reference__regex",
                                        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
                                    ),
                                    _connector="OR",
                                ),
                                name="journal_entry_of_a_merge_names_a_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("kind", "reversal"), _negated=True),
                                    ("payment__isnull", False),
                                    ("correction__isnull", False),
                                    _connector="OR",
                                ),
                                name="journal_entry_of_a_reversal_has_a_cause",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journalentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_entry_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="59005eff407664a9be882498f02d86a21a814532",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_journal_entry_is_append_only_56eca",
                            table="payments_journalentry",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journalentry",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_entry_of_a_merge_moves_credit",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (NEW.\"kind\" = 'merge')",
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT count(*) <> 2\n                            OR bool_or(l.account_id <> 2200)\n                            OR bool_or(l.member_id IS DISTINCT FROM\n                                       CASE WHEN l.amount > 0 THEN m.id ELSE m.merged_into_id END)\n                        FROM payments_journalline l\n                        LEFT JOIN enrollment_member m ON m.id = NEW.reference::uuid\n                        WHERE l.entry_id = NEW.id) THEN\n                        RAISE EXCEPTION 'merge % moves no credit to the row that counts', NEW.id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="e05aaa08befbd33a94a596c8c9faa2a492e8a885",
                            operation="INSERT",
                            pgid="pgtrigger_journal_entry_of_a_merge_moves_credit_8a602",
                            table="payments_journalentry",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="JournalLine",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "entry_id",
                                "line_no",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="lines",
                                to="payments.journalentry",
                            ),
                        ),
                        ("line_no", models.PositiveSmallIntegerField()),
                        ("amount", models.BigIntegerField()),
                        (
                            "account",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.journalaccount",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.paymentpartner",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("member__isnull", False)),
                                fields=["member"],
                                name="journal_line_by_member",
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount", 0), _negated=True),
                                name="journal_line_amount_not_zero",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("account__in", [1100, 1200, 2100, 2110, 2120, 2200, 2300])
                                ),
                                name="journal_line_account_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account", 1100), _negated=True),
                                    ("partner__isnull", False),
                                    _connector="OR",
                                ),
                                name="journal_line_1100_has_partner",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("account", 2200), _negated=True),
                                    ("member__isnull", False),
                                    _connector="OR",
                                ),
                                name="journal_line_2200_has_member",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journalline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_entry_sums_to_zero",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            constraint="CONSTRAINT",
                            func="\n                    IF (SELECT sum(amount) FROM payments_journalline\n                        WHERE entry_id = NEW.entry_id) <> 0 THEN\n                        RAISE EXCEPTION 'journal entry % does not sum to zero', NEW.entry_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ",
                            hash="289105b0b307372f47ea7c7f1fa148c3d9bccb85",
                            operation="INSERT",
                            pgid="pgtrigger_journal_entry_sums_to_zero_5eb33",
                            table="payments_journalline",
                            timing="DEFERRABLE INITIALLY DEFERRED",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="journalline",
                    trigger=pgtrigger.compiler.Trigger(
                        name="journal_line_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="f3d48a622353988abbe09d3ac9a93f1ca3e49d42",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_journal_line_is_append_only_6b773",
                            table="payments_journalline",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MemberPayer",
                    fields=[
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "payer",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="members",
                                to="payments.payer",
                            ),
                        ),
                    ],
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberpayer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_memberpayerversion" ("member_id", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."member_id", NEW."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."member_id"); RETURN NULL;',
                            hash="5e0e1fce215ee0dfad46545e9b69c7aab7a8c4fe",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c98df",
                            table="payments_memberpayer",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberpayer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."member_id", OLD."payer_id") IS DISTINCT FROM ROW(NEW."member_id", NEW."payer_id"))',
                            func='INSERT INTO "payments_memberpayerversion" ("member_id", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."member_id", NEW."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."member_id"); RETURN NULL;',
                            hash="a4e16affd72d3b37a94c0673cd97e3f855fc7259",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1716d",
                            table="payments_memberpayer",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberpayer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_memberpayerversion" ("member_id", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."member_id", OLD."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."member_id"); RETURN NULL;',
                            hash="349198d0de34d80abd0e3565204899ae1ebef69f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_a110c",
                            table="payments_memberpayer",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Payer",
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
                                choices=[
                                    ("self", "peserta sendiri"),
                                    ("group", "kelompok"),
                                    ("csr", "donatur"),
                                    ("apbn", "anggaran negara"),
                                    ("apbd", "anggaran daerah"),
                                    ("apbdes", "anggaran desa"),
                                ],
                                max_length=6,
                            ),
                        ),
                        ("name", models.CharField(max_length=100)),
                        ("contract_from", models.DateField()),
                        ("contract_to", models.DateField(blank=True, null=True)),
                        (
                            "office",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.office",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("kind__in", ["group", "csr", "apbn", "apbd", "apbdes"])
                                ),
                                name="payer_kind_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("contract_to__isnull", True),
                                    ("contract_to__gte", models.F("contract_from")),
                                    _connector="OR",
                                ),
                                name="payer_contract_in_order",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_payerversion" ("contract_from", "contract_to", "id", "kind", "name", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."contract_from", NEW."contract_to", NEW."id", NEW."kind", NEW."name", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="0d8d4d90015adc3a13d6adc62641a64d8bac3245",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_1738a",
                            table="payments_payer",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."kind", OLD."name", OLD."office_id", OLD."contract_from", OLD."contract_to") IS DISTINCT FROM ROW(NEW."id", NEW."kind", NEW."name", NEW."office_id", NEW."contract_from", NEW."contract_to"))',
                            func='INSERT INTO "payments_payerversion" ("contract_from", "contract_to", "id", "kind", "name", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."contract_from", NEW."contract_to", NEW."id", NEW."kind", NEW."name", NEW."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="0bee823bde1128eb890fb86162ffa16d9b73aa4e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_0a3f3",
                            table="payments_payer",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payer",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_payerversion" ("contract_from", "contract_to", "id", "kind", "name", "office_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."contract_from", OLD."contract_to", OLD."id", OLD."kind", OLD."name", OLD."office_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="6bbbdf96e59d49630fb745056db028a26faefa35",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_1d9b7",
                            table="payments_payer",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Payment",
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
                        ("receipt_no", models.CharField(max_length=16, unique=True)),
                        (
                            "channel",
                            models.CharField(
                                choices=[
                                    ("rest", "Rest"),
                                    ("snap", "Snap"),
                                    ("settlement", "Settlement"),
                                    ("credit", "Credit"),
                                    ("office", "Office"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "reference",
                            models.CharField(help_text="The partner's own id.", max_length=128),
                        ),
                        ("terminal", models.CharField(blank=True, default="", max_length=20)),
                        (
                            "amount",
                            models.PositiveBigIntegerField(help_text="Rupiah, without fee."),
                        ),
                        (
                            "fee",
                            models.PositiveIntegerField(
                                default=0, help_text="Rupiah; information only."
                            ),
                        ),
                        ("paid_at", models.DateTimeField(help_text="The partner's time.")),
                        ("posted_at", models.DateTimeField(help_text="Ours.")),
                        ("settlement_date", models.DateField()),
                        (
                            "late_post",
                            models.BooleanField(
                                default=False, help_text="Came from a settlement file."
                            ),
                        ),
                        ("reversed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "bill",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="payments.bill",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="payments.paymentpartner",
                            ),
                        ),
                        (
                            "outlet",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="payments",
                                to="payments.postagent",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["posted_at", "id"], name="payment_in_order"),
                            models.Index(fields=["outlet", "posted_at"], name="payment_by_outlet"),
                            models.Index(
                                condition=models.Q(("reversed_at__isnull", False)),
                                fields=["reversed_at"],
                                name="payment_reversed",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("bill",), name="payment_once_per_bill"),
                            models.UniqueConstraint(
                                fields=("partner", "reference"),
                                name="payment_reference_once_per_partner",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "channel__in",
                                        ["rest", "snap", "settlement", "credit", "office"],
                                    )
                                ),
                                name="payment_channel_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("amount__gt", 0), ("channel", "credit"), _connector="OR"
                                ),
                                name="payment_zero_only_by_credit",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("channel__in", ["credit", "office"]),
                                        ("partner__isnull", True),
                                    ),
                                    models.Q(
                                        ("partner__isnull", False),
                                        models.Q(
                                            ("channel__in", ["credit", "office"]), _negated=True
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="payment_partner_except_credit_and_office",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="payment_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="cf42602a3339cf8703c825fe410b41469a1feb28",
                            operation="DELETE",
                            pgid="pgtrigger_payment_is_kept_f26bd",
                            table="payments_payment",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payment",
                    trigger=pgtrigger.compiler.Trigger(
                        name="payment_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.reversed_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['reversed_at'] <> to_jsonb(OLD) - ARRAY['reversed_at'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="e41bac25a5e464e8c50e7635e9fb3de14e3914c0",
                            operation="UPDATE",
                            pgid="pgtrigger_payment_is_append_only_2ae8d",
                            table="payments_payment",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PaymentPartner",
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
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "admin_fee",
                            models.PositiveIntegerField(
                                default=2500, help_text="Rupiah, on top (R11)."
                            ),
                        ),
                        (
                            "cutoff_time",
                            models.TimeField(
                                default=datetime.time(15, 0), help_text="Official time (R12)."
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("admin_fee__lte", 100000)),
                                name="payment_partner_fee_is_no_slip",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentpartner",
                    trigger=pgtrigger.compiler.Trigger(
                        name="payment_partner_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="661b436d1aac14f7f96823b173e9b81ddc93da24",
                            operation="DELETE",
                            pgid="pgtrigger_payment_partner_is_kept_8019b",
                            table="payments_paymentpartner",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentpartner",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_paymentpartnerversion" ("admin_fee", "code", "cutoff_time", "id", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."admin_fee", NEW."code", NEW."cutoff_time", NEW."id", NEW."is_active", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="1aab6add7548691d598bd2ce94d25979b2a1aca6",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_7ed60",
                            table="payments_paymentpartner",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentpartner",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."code", OLD."name", OLD."is_active", OLD."admin_fee", OLD."cutoff_time") IS DISTINCT FROM ROW(NEW."id", NEW."code", NEW."name", NEW."is_active", NEW."admin_fee", NEW."cutoff_time"))',
                            func='INSERT INTO "payments_paymentpartnerversion" ("admin_fee", "code", "cutoff_time", "id", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."admin_fee", NEW."code", NEW."cutoff_time", NEW."id", NEW."is_active", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="81893aa8082d91b5eeffac66c5c5baa14e82bd64",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4fe64",
                            table="payments_paymentpartner",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentpartner",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_paymentpartnerversion" ("admin_fee", "code", "cutoff_time", "id", "is_active", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."admin_fee", OLD."code", OLD."cutoff_time", OLD."id", OLD."is_active", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="97395bbdbb7b655a02aa52f28740bbb186444b4a",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_09d88",
                            table="payments_paymentpartner",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PostAgent",
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
                        ("outlet_code", models.CharField(blank=True, max_length=20)),
                        ("name", models.CharField(max_length=100)),
                        ("is_active", models.BooleanField(default=True)),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="outlets",
                                to="payments.paymentpartner",
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
                        (
                            "branch",
                            models.ForeignKey(
                                blank=True,
                                help_text="Whose supervisor asks for its new password; null: the national office alone.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "outlet_code"), name="post_agent_once_per_outlet"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outlet_code", ""), _negated=True),
                                    ("branch__isnull", True),
                                    _connector="OR",
                                ),
                                name="post_agent_has_an_outlet",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="postagent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_postagentversion" ("branch_id", "id", "is_active", "name", "outlet_code", "partner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."branch_id", NEW."id", NEW."is_active", NEW."name", NEW."outlet_code", NEW."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."user_id"); RETURN NULL;',
                            hash="2e1f50ccded972daf67df28e85691250112b7979",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b01db",
                            table="payments_postagent",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="postagent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."user_id", OLD."partner_id", OLD."outlet_code", OLD."name", OLD."branch_id", OLD."is_active") IS DISTINCT FROM ROW(NEW."id", NEW."user_id", NEW."partner_id", NEW."outlet_code", NEW."name", NEW."branch_id", NEW."is_active"))',
                            func='INSERT INTO "payments_postagentversion" ("branch_id", "id", "is_active", "name", "outlet_code", "partner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (NEW."branch_id", NEW."id", NEW."is_active", NEW."name", NEW."outlet_code", NEW."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."user_id"); RETURN NULL;',
                            hash="1cf2caf0a685c25ed79b7f554f324c96c56f5fd6",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_209c1",
                            table="payments_postagent",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="postagent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_postagentversion" ("branch_id", "id", "is_active", "name", "outlet_code", "partner_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "user_id") VALUES (OLD."branch_id", OLD."id", OLD."is_active", OLD."name", OLD."outlet_code", OLD."partner_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."user_id"); RETURN NULL;',
                            hash="dedab042fb45a62c817988e592653198e4397114",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_65e7d",
                            table="payments_postagent",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="postagent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="post_agent_fits_its_login",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF (SELECT role FROM perisai_user WHERE id = NEW.user_id) <>\n               (CASE NEW.outlet_code WHEN '' THEN 'partner' ELSE 'post_agent' END)\n            THEN\n                RAISE EXCEPTION 'this login is of another role'\n                    USING ERRCODE = 'check_violation', CONSTRAINT = 'post_agent_fits_its_login';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="963787bab81690c960c3a082fe28b99491730652",
                            operation='INSERT OR UPDATE OF "user_id", "outlet_code"',
                            pgid="pgtrigger_post_agent_fits_its_login_ba217",
                            table="payments_postagent",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ProgrammeRate",
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
                            "programme",
                            models.CharField(
                                choices=[
                                    ("JKK", "Jaminan Kecelakaan Kerja"),
                                    ("JKM", "Jaminan Kematian"),
                                    ("JHT", "Jaminan Hari Tua"),
                                ],
                                max_length=3,
                            ),
                        ),
                        ("valid_from", models.DateField(help_text="Month, first day.")),
                        ("basis_points", models.PositiveIntegerField(blank=True, null=True)),
                        (
                            "flat_amount",
                            models.PositiveBigIntegerField(
                                blank=True, help_text="Rupiah.", null=True
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["programme", "valid_from"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("programme", "valid_from"),
                                name="programme_rate_once_per_start",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("basis_points__isnull", True),
                                        ("flat_amount__isnull", False),
                                    ),
                                    models.Q(
                                        ("basis_points__isnull", False),
                                        ("flat_amount__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="programme_rate_is_percent_or_flat",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("programme__in", ["JKK", "JKM", "JHT"])),
                                name="programme_rate_programme_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_from__day", 1)),
                                name="programme_rate_from_a_first_day",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programmerate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_programmerateversion" ("basis_points", "flat_amount", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme", "valid_from") VALUES (NEW."basis_points", NEW."flat_amount", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."programme", NEW."valid_from"); RETURN NULL;',
                            hash="a7d00a4f3b5d0a7e92ebae778ee864d026b83f7a",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_1e9cc",
                            table="payments_programmerate",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programmerate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."programme", OLD."valid_from", OLD."basis_points", OLD."flat_amount") IS DISTINCT FROM ROW(NEW."id", NEW."programme", NEW."valid_from", NEW."basis_points", NEW."flat_amount"))',
                            func='INSERT INTO "payments_programmerateversion" ("basis_points", "flat_amount", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme", "valid_from") VALUES (NEW."basis_points", NEW."flat_amount", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."programme", NEW."valid_from"); RETURN NULL;',
                            hash="fe3d7d5d05af9e38adb6e2ffc47905d69f682722",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_527b1",
                            table="payments_programmerate",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programmerate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_programmerateversion" ("basis_points", "flat_amount", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "programme", "valid_from") VALUES (OLD."basis_points", OLD."flat_amount", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."programme", OLD."valid_from"); RETURN NULL;',
                            hash="e4c15c298b93b364467bd650ed2eb74c2d028506",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_05326",
                            table="payments_programmerate",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programmerate",
                    trigger=pgtrigger.compiler.Trigger(
                        name="programme_rate_is_dated",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' THEN\n                IF to_jsonb(NEW) - ARRAY[]::text[]\n                   <> to_jsonb(OLD) - ARRAY[]::text[] THEN\n                    RAISE EXCEPTION '% rows are dated, not edited', TG_TABLE_NAME\n                        USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF \n    EXISTS (\n        SELECT 1 FROM payments_billline l JOIN payments_bill b ON b.id = l.bill_id\n        WHERE l.month >= OLD.valid_from AND b.created_at >= coalesce((\n    SELECT max(p.decided_at) - interval '1 hour' FROM payments_tariffproposal p\n    WHERE p.decision = 'confirmed'\n      AND p.details ->> 'valid_from' = to_char(OLD.valid_from, 'YYYY-MM')\n AND p.kind = 'rate' AND p.details ->> 'programme' = OLD.programme), '-infinity')\n    )\n\n    OR EXISTS (\n        SELECT 1 FROM payments_creditedmonth g\n        WHERE g.discount_code = 'rate:' || OLD.programme || ':' || to_char(OLD.valid_from, 'YYYY-MM')\n    )\n THEN\n                RAISE EXCEPTION '% row is used', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN OLD;\n        ",
                            hash="9a0211b2c64a1302ce6afdb29f46627173502a93",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_programme_rate_is_dated_c6e74",
                            table="payments_programmerate",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="TariffBracket",
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
                        ("valid_from", models.DateField(help_text="Month, first day.")),
                        (
                            "min_income",
                            models.PositiveBigIntegerField(
                                help_text="Rupiah a month, lowest of the bracket."
                            ),
                        ),
                        (
                            "base_income",
                            models.PositiveBigIntegerField(
                                help_text="Rupiah a month that rates apply to."
                            ),
                        ),
                        (
                            "verified",
                            models.BooleanField(
                                default=False, help_text="Compared with the annex of the law."
                            ),
                        ),
                        ("source", models.TextField(blank=True, default="")),
                    ],
                    options={
                        "ordering": ["valid_from", "min_income"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("valid_from", "min_income"),
                                name="tariff_bracket_once_per_start_and_income",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("base_income__gt", 0)),
                                name="tariff_bracket_amounts_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("valid_from__day", 1)),
                                name="tariff_bracket_from_a_first_day",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffbracket",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_tariffbracketversion" ("base_income", "id", "min_income", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "verified") VALUES (NEW."base_income", NEW."id", NEW."min_income", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."source", NEW."valid_from", NEW."verified"); RETURN NULL;',
                            hash="9eb697bedcec052cc159b84466164561603ef53b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_b92a6",
                            table="payments_tariffbracket",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffbracket",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."valid_from", OLD."min_income", OLD."base_income", OLD."verified", OLD."source") IS DISTINCT FROM ROW(NEW."id", NEW."valid_from", NEW."min_income", NEW."base_income", NEW."verified", NEW."source"))',
                            func='INSERT INTO "payments_tariffbracketversion" ("base_income", "id", "min_income", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "verified") VALUES (NEW."base_income", NEW."id", NEW."min_income", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."source", NEW."valid_from", NEW."verified"); RETURN NULL;',
                            hash="6f200aec9deb7b9a9873956f572379a6768f49d2",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7ca66",
                            table="payments_tariffbracket",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffbracket",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_tariffbracketversion" ("base_income", "id", "min_income", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "source", "valid_from", "verified") VALUES (OLD."base_income", OLD."id", OLD."min_income", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."source", OLD."valid_from", OLD."verified"); RETURN NULL;',
                            hash="d20fd2fe409b4bf06bf69e42fac5a14aa0a404e6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_76b66",
                            table="payments_tariffbracket",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffbracket",
                    trigger=pgtrigger.compiler.Trigger(
                        name="tariff_bracket_is_dated",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF TG_OP = 'UPDATE' THEN\n                IF to_jsonb(NEW) - ARRAY['verified', 'source']::text[]\n                   <> to_jsonb(OLD) - ARRAY['verified', 'source']::text[] THEN\n                    RAISE EXCEPTION '% rows are dated, not edited', TG_TABLE_NAME\n                        USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n            END IF;\n            IF \n    EXISTS (\n        SELECT 1 FROM payments_billline l JOIN payments_bill b ON b.id = l.bill_id\n        WHERE l.month >= OLD.valid_from AND b.created_at >= coalesce((\n    SELECT max(p.decided_at) - interval '1 hour' FROM payments_tariffproposal p\n    WHERE p.decision = 'confirmed'\n      AND p.details ->> 'valid_from' = to_char(OLD.valid_from, 'YYYY-MM')\n AND p.kind = 'brackets'), '-infinity')\n    )\n\n    OR EXISTS (\n        SELECT 1 FROM payments_creditedmonth g\n        WHERE g.discount_code = 'table:' || to_char(OLD.valid_from, 'YYYY-MM')\n    )\n THEN\n                RAISE EXCEPTION '% row is used', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN OLD;\n        ",
                            hash="a2626f143a18f92d44d562a5e6bc1d74b4c11616",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_tariff_bracket_is_dated_946e9",
                            table="payments_tariffbracket",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="OpeningCover",
                    fields=[
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="+",
                                serialize=False,
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "paid_through",
                            models.DateField(help_text="Last covered month, first day."),
                        ),
                        ("episode_no", models.PositiveSmallIntegerField()),
                        ("episode_started_on", models.DateField(blank=True, null=True)),
                        (
                            "months_with_agent",
                            models.PositiveIntegerField(
                                default=0,
                                help_text="Months credited to the agent before the import (R30).",
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                blank=True,
                                help_text="Whose months_with_agent they are.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.importrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("paid_through__day", 1)),
                                name="opening_cover_paid_through_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("episode_no__gte", 1)),
                                name="opening_cover_episode_from_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agent__isnull", False),
                                    ("months_with_agent", 0),
                                    _connector="OR",
                                ),
                                name="opening_cover_months_of_an_agent",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="openingcover",
                    trigger=pgtrigger.compiler.Trigger(
                        name="opening_cover_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="86b36e4d94e97a27052352781ee2180ad35c53e7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_opening_cover_is_append_only_4e3e2",
                            table="payments_openingcover",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="DiscountVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=30)),
                        (
                            "programmes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("JKK", "Jaminan Kecelakaan Kerja"),
                                        ("JKM", "Jaminan Kematian"),
                                        ("JHT", "Jaminan Hari Tua"),
                                    ],
                                    max_length=3,
                                ),
                                size=None,
                            ),
                        ),
                        ("sector", models.CharField(max_length=13)),
                        ("month_from", models.DateField()),
                        ("month_to", models.DateField()),
                        ("percent_off", models.PositiveSmallIntegerField()),
                        (
                            "excluded_payers",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=6), size=None
                            ),
                        ),
                        ("legal_basis", models.CharField(max_length=60)),
                        ("recorded_at", models.DateTimeField()),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.discount",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="discountversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="b858a5eae91bc7b949145af0c526b630d2821870",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_36666",
                            table="payments_discountversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="HolidayVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("day", models.DateField()),
                        ("kind", models.CharField(max_length=12)),
                        ("name", models.CharField(max_length=120)),
                        ("basis", models.CharField(max_length=10)),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.holiday",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="holidayversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="cee8b44c6bdd8d36d12facdb43494af0fa054a53",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_cb1e8",
                            table="payments_holidayversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PayerVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("kind", models.CharField(max_length=6)),
                        ("name", models.CharField(max_length=100)),
                        ("contract_from", models.DateField()),
                        ("contract_to", models.DateField(blank=True, null=True)),
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
                                to="payments.payer",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payerversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="8ae4473dd374cdae432a525cb5c187a3e95c020c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_db8c0",
                            table="payments_payerversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PaymentPartnerVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("code", models.CharField(max_length=20)),
                        ("name", models.CharField(max_length=100)),
                        ("is_active", models.BooleanField()),
                        ("admin_fee", models.PositiveIntegerField()),
                        ("cutoff_time", models.TimeField()),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.paymentpartner",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="paymentpartnerversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="9f1abc83956116f66833611679c54e0b81ad62e0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_1eb1a",
                            table="payments_paymentpartnerversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PostAgentVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("outlet_code", models.CharField(blank=True, max_length=20)),
                        ("name", models.CharField(max_length=100)),
                        ("is_active", models.BooleanField()),
                        (
                            "partner",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.paymentpartner",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.postagent",
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
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="postagentversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="87270f6c93b48f463708e31c44418ef9097649b8",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_a4880",
                            table="payments_postagentversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ProgrammeRateVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("programme", models.CharField(max_length=3)),
                        ("valid_from", models.DateField()),
                        ("basis_points", models.PositiveIntegerField(blank=True, null=True)),
                        ("flat_amount", models.PositiveBigIntegerField(blank=True, null=True)),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.programmerate",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="programmerateversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="2371c603d85804f28b0a425f1ebd5253dd2a4a38",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_9941b",
                            table="payments_programmerateversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="TariffBracketVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("valid_from", models.DateField()),
                        ("min_income", models.PositiveBigIntegerField()),
                        ("base_income", models.PositiveBigIntegerField()),
                        ("verified", models.BooleanField()),
                        ("source", models.TextField(blank=True)),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.tariffbracket",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffbracketversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="bff41061a305b02fdc4cbf1416c81c93750f9136",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_0f9c7",
                            table="payments_tariffbracketversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="TerminalReset",
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
                        ("at", models.DateTimeField()),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="terminal_reset.reason", padded=True
                            ),
                        ),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "outlet",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="resets",
                                to="payments.postagent",
                            ),
                        ),
                    ],
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="terminalreset",
                    trigger=pgtrigger.compiler.Trigger(
                        name="terminal_reset_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="4a9ff0c03f6406d5a7eb456cb7cb91e5a784f934",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_terminal_reset_is_append_only_af066",
                            table="payments_terminalreset",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Correction",
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
                                    ("reversal", "Reversal"),
                                    ("late_post", "Late Post"),
                                    ("release", "Release"),
                                    ("bridge", "Bridge"),
                                    ("credit", "Credit"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("details", models.JSONField(blank=True, default=dict)),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="correction.reason", padded=True
                            ),
                        ),
                        (
                            "requested_at",
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
                            "entry",
                            models.ForeignKey(
                                blank=True,
                                help_text="The suspense to release, or what gave the credit.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.journalentry",
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.payment",
                            ),
                        ),
                        (
                            "requested_by",
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
                                name="correction_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decision", "confirmed"), _negated=True),
                                    models.Q(
                                        ("decided_by", models.F("requested_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="correction_needs_second_person",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=("payment",),
                                name="correction_once_open_per_payment",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=("entry",),
                                name="correction_once_open_per_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ["reversal", "late_post", "release", "bridge", "credit"],
                                    )
                                ),
                                name="correction_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("entry__isnull", True),
                                        ("kind", "reversal"),
                                        ("payment__isnull", False),
                                    ),
                                    models.Q(
                                        ("entry__isnull", False),
                                        ("kind__in", ["release", "credit"]),
                                        ("payment__isnull", True),
                                    ),
                                    models.Q(
                                        ("entry__isnull", True),
                                        ("kind__in", ["late_post", "bridge"]),
                                        ("payment__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="correction_names_its_target",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="correction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="correction_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="e19577572171c78e961576297696be112cec46e7",
                            operation="DELETE",
                            pgid="pgtrigger_correction_is_kept_350e2",
                            table="payments_correction",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="correction",
                    trigger=pgtrigger.compiler.Trigger(
                        name="correction_is_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.decided_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['decided_at', 'decided_by_id', 'decision'] <> to_jsonb(OLD) - ARRAY['decided_at', 'decided_by_id', 'decision'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="2d1549ade3493cb81a180f4e4d7c982f096b009a",
                            operation="UPDATE",
                            pgid="pgtrigger_correction_is_decided_once_b6a30",
                            table="payments_correction",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Reversal",
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
                            "reference",
                            models.CharField(help_text="Of the payment.", max_length=128),
                        ),
                        (
                            "key",
                            models.CharField(
                                blank=True, default="", help_text="Idempotency-Key.", max_length=128
                            ),
                        ),
                        (
                            "reason",
                            models.CharField(
                                choices=[
                                    ("wrong_member", "Wrong Member"),
                                    ("wrong_amount", "Wrong Amount"),
                                    ("customer_cancelled", "Customer Cancelled"),
                                    ("terminal_fault", "Terminal Fault"),
                                    ("timeout", "Timeout"),
                                    ("correction", "Correction"),
                                ],
                                max_length=20,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        (
                            "correction",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.correction",
                            ),
                        ),
                        (
                            "outlet",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.postagent",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                blank=True,
                                db_constraint=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.paymentpartner",
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="reversal",
                                to="payments.payment",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "reference"), name="reversal_once_per_reference"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "reason__in",
                                        [
                                            "wrong_member",
                                            "wrong_amount",
                                            "customer_cancelled",
                                            "terminal_fault",
                                            "timeout",
                                            "correction",
                                        ],
                                    )
                                ),
                                name="reversal_reason_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("correction__isnull", False), ("reason", "correction")
                                    ),
                                    models.Q(
                                        models.Q(("reason", "correction"), _negated=True),
                                        ("correction__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="reversal_of_a_correction_names_it",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("payment__isnull", False),
                                    ("partner__isnull", False),
                                    _connector="OR",
                                ),
                                name="reversal_without_payment_is_a_partners",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="reversal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="reversal_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="85ce57915806864c15103ae2669d872ff8e10f9b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_reversal_is_append_only_7116a",
                            table="payments_reversal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MoneyCheckResult",
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
                        ("code", models.CharField(max_length=4)),
                        ("rows", models.PositiveBigIntegerField()),
                        ("breaks", models.PositiveBigIntegerField()),
                        (
                            "first_ids",
                            models.JSONField(
                                blank=True, default=list, help_text="Of what breaks the claim."
                            ),
                        ),
                        ("milliseconds", models.PositiveIntegerField()),
                        (
                            "run",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="results",
                                to="payments.moneycheckrun",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("run", "code"),
                                name="money_check_result_once_per_run_and_check",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("breaks", 0), ("first_ids", [])),
                                    models.Q(
                                        ("breaks__gt", 0),
                                        models.Q(("first_ids", []), _negated=True),
                                    ),
                                    _connector="OR",
                                ),
                                name="money_check_result_names_what_breaks",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="moneycheckresult",
                    trigger=pgtrigger.compiler.Trigger(
                        name="money_check_result_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="82c63a90f4235dedfc7e0c8cdd0f746791be87f9",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_money_check_result_is_append_only_149d5",
                            table="payments_moneycheckresult",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MoneyCheckRun",
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
                            "started_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
                            ),
                        ),
                        ("ended_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["-started_at"], name="money_check_run_newest")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ended_at__isnull", True),
                                    ("ended_at__gte", models.F("started_at")),
                                    _connector="OR",
                                ),
                                name="money_check_run_ends_after_its_start",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="moneycheckrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="money_check_run_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="e7338201b990c5b9944f33f7234f80a7b64cd0de",
                            operation="DELETE",
                            pgid="pgtrigger_money_check_run_is_kept_a89b4",
                            table="payments_moneycheckrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="moneycheckrun",
                    trigger=pgtrigger.compiler.Trigger(
                        name="money_check_run_ends_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.ended_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['ended_at'] <> to_jsonb(OLD) - ARRAY['ended_at'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="335d91f5eb74ab63b0e79ec9f53d9e16844d5f22",
                            operation="UPDATE",
                            pgid="pgtrigger_money_check_run_ends_once_6ca11",
                            table="payments_moneycheckrun",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="TariffProposal",
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
                                choices=[
                                    ("brackets", "Brackets"),
                                    ("rate", "Rate"),
                                    ("discount", "Discount"),
                                    ("withdrawal", "Withdrawal"),
                                    ("holidays", "Holidays"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("details", models.JSONField()),
                        ("source", models.TextField(help_text="The law or decree that says so.")),
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
                                    (
                                        "kind__in",
                                        ["brackets", "rate", "discount", "withdrawal", "holidays"],
                                    )
                                ),
                                name="tariff_proposal_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("source", ""), _negated=True),
                                name="tariff_proposal_names_its_source",
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
                                name="tariff_proposal_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("decision", "confirmed"), _negated=True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="tariff_proposal_needs_second_person",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="tariff_proposal_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="b7dcea556ca6de488f97657c2861c9499702331d",
                            operation="DELETE",
                            pgid="pgtrigger_tariff_proposal_is_kept_20db9",
                            table="payments_tariffproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="tariffproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="tariff_proposal_is_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.decided_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['decided_at', 'decided_by_id', 'decision'] <> to_jsonb(OLD) - ARRAY['decided_at', 'decided_by_id', 'decision'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="dc9d76e414edd76db461e0ebd02be57e4bdbb01c",
                            operation="UPDATE",
                            pgid="pgtrigger_tariff_proposal_is_decided_once_efabe",
                            table="payments_tariffproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ReceiptPrint",
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
                        ("copy_no", models.PositiveIntegerField()),
                        ("terminal", models.CharField(max_length=20)),
                        ("printed_at", models.DateTimeField()),
                        (
                            "by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "payment",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prints",
                                to="payments.payment",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("payment", "copy_no"), name="receipt_print_once_per_copy"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("copy_no__gte", 1)),
                                name="receipt_print_from_one",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="receiptprint",
                    trigger=pgtrigger.compiler.Trigger(
                        name="receipt_print_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="6540148d1629056891cffcaa30ad885e194c3432",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_receipt_print_is_append_only_8247f",
                            table="payments_receiptprint",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Release",
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
                        ("amount", models.PositiveBigIntegerField(help_text="Rupiah.")),
                        ("posted_at", models.DateTimeField()),
                        (
                            "correction",
                            models.ForeignKey(
                                blank=True,
                                help_text="Null: its bill or member arrived, and no person was needed.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="payments.correction",
                            ),
                        ),
                        (
                            "entry",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="release",
                                to="payments.journalentry",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="release",
                                to="payments.payment",
                            ),
                        ),
                        (
                            "suspense",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="releases",
                                to="payments.journalentry",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="release_amount_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("member__isnull", False), ("payment__isnull", True)),
                                    models.Q(("member__isnull", True), ("payment__isnull", False)),
                                    _connector="OR",
                                ),
                                name="release_to_a_bill_or_a_member",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="release",
                    trigger=pgtrigger.compiler.Trigger(
                        name="release_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="462c276d7bf676a54907d4f662b2fdc0b64d5bba",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_release_is_append_only_4840b",
                            table="payments_release",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="LateMoney",
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
                            "reference",
                            models.CharField(help_text="The partner's own id.", max_length=128),
                        ),
                        (
                            "number",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Bill code or KPJ; nothing else is kept.",
                                max_length=16,
                            ),
                        ),
                        (
                            "amount",
                            models.PositiveBigIntegerField(help_text="Rupiah, without fee."),
                        ),
                        (
                            "fee",
                            models.PositiveIntegerField(
                                default=0, help_text="Rupiah; information only."
                            ),
                        ),
                        ("paid_at", models.DateTimeField(help_text="The partner's time.")),
                        ("terminal", models.CharField(blank=True, default="", max_length=20)),
                        ("settlement_date", models.DateField()),
                        (
                            "late_posted",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Rupiah for a bill."
                            ),
                        ),
                        (
                            "credited",
                            models.PositiveBigIntegerField(default=0, help_text="Rupiah on 2200."),
                        ),
                        (
                            "suspended",
                            models.PositiveBigIntegerField(default=0, help_text="Rupiah on 2300."),
                        ),
                        (
                            "why",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("unknown_number", "nomor tidak dikenal"),
                                    ("member_closed", "kepesertaan sudah ditutup"),
                                    ("amount_below", "kurang dari tagihan"),
                                    ("amount_above", "lebih dari tagihan"),
                                    ("amount_fits_nothing", "jumlah tidak cocok dengan iuran"),
                                    ("not_billable", "peserta belum dapat ditagih"),
                                    ("months_covered", "bulan sudah dibayar pihak lain"),
                                    ("taken_back", "mitra sudah membatalkan"),
                                    ("key_taken", "nomor referensi milik pembayaran lain"),
                                    ("credit_back", "saldo yang keliru ditarik kembali"),
                                ],
                                default="",
                                help_text="It is suspended.",
                                max_length=20,
                            ),
                        ),
                        ("posted_at", models.DateTimeField(help_text="Ours.")),
                        (
                            "correction",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="late_money",
                                to="payments.correction",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.paymentpartner",
                            ),
                        ),
                        (
                            "payment",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="late_money",
                                to="payments.payment",
                            ),
                        ),
                        (
                            "surplus",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.journalentry",
                            ),
                        ),
                        (
                            "suspense",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="late_money",
                                to="payments.journalentry",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("partner", "reference"),
                                name="late_money_once_per_reference",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("amount__gt", 0)),
                                name="late_money_amount_positive",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "amount",
                                        django.db.models.expressions.CombinedExpression(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("late_posted"), "+", models.F("credited")
                                            ),
                                            "+",
                                            models.F("suspended"),
                                        ),
                                    )
                                ),
                                name="late_money_adds_up",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("number__regex", "^([0-9]{11}|99[0-9]{4}9[0-9]{9})?$")
                                ),
                                name="late_money_number_is_ours",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("late_posted", 0), ("payment__isnull", True)),
                                    models.Q(("late_posted__gt", 0), ("payment__isnull", False)),
                                    _connector="OR",
                                ),
                                name="late_money_posted_names_its_payment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("credited", 0), ("surplus__isnull", True)),
                                    models.Q(("credited__gt", 0), ("surplus__isnull", False)),
                                    _connector="OR",
                                ),
                                name="late_money_credit_names_its_entry",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("suspended", 0), ("suspense__isnull", True), ("why", "")
                                    ),
                                    models.Q(
                                        ("suspended__gt", 0),
                                        ("suspense__isnull", False),
                                        (
                                            "why__in",
                                            [
                                                "unknown_number",
                                                "member_closed",
                                                "amount_below",
                                                "amount_above",
                                                "amount_fits_nothing",
                                                "not_billable",
                                                "months_covered",
                                                "taken_back",
                                                "key_taken",
                                                "credit_back",
                                            ],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="late_money_suspense_names_its_entry",
                            ),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("suspended__gt", 0)),
                                fields=["id"],
                                name="late_money_suspended",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="latemoney",
                    trigger=pgtrigger.compiler.Trigger(
                        name="late_money_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="b35214c84b761aa070aab2eac64167385e393a7a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_late_money_is_append_only_51c4f",
                            table="payments_latemoney",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PartnerChange",
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
                                    ("new_partner", "New Partner"),
                                    ("terms", "Terms"),
                                    ("open_partner", "Open Partner"),
                                    ("close_partner", "Close Partner"),
                                    ("new_counter", "New Counter"),
                                    ("open_counter", "Open Counter"),
                                    ("close_counter", "Close Counter"),
                                    ("edit_counter", "Edit Counter"),
                                    ("new_login", "New Login"),
                                    ("new_password", "New Password"),
                                ],
                                max_length=13,
                            ),
                        ),
                        ("code", models.CharField(blank=True, default="", max_length=20)),
                        ("name", models.CharField(blank=True, default="", max_length=100)),
                        (
                            "admin_fee",
                            models.PositiveIntegerField(
                                blank=True, help_text="Rupiah (R11).", null=True
                            ),
                        ),
                        (
                            "cutoff_time",
                            models.TimeField(
                                blank=True, help_text="Official time (R12).", null=True
                            ),
                        ),
                        (
                            "username",
                            models.CharField(
                                blank=True, default="", help_text="The new login.", max_length=60
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="partner_change.reason", padded=True
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
                            "outlet",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="payments.postagent",
                            ),
                        ),
                        (
                            "partner",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="payments.paymentpartner",
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
                                    models.Q(
                                        ("kind__in", ("new_partner", "new_counter")),
                                        models.Q(("code", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("new_partner", "new_counter")),
                                            _negated=True,
                                        ),
                                        ("code", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_code_of_what_is_new",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("admin_fee__isnull", False),
                                        ("cutoff_time__isnull", False),
                                        ("kind__in", ("new_partner", "terms")),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("new_partner", "terms")), _negated=True
                                        ),
                                        ("admin_fee__isnull", True),
                                        ("cutoff_time__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_terms_whole_or_none",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("admin_fee__isnull", True),
                                    ("admin_fee__lte", 100000),
                                    _connector="OR",
                                ),
                                name="partner_change_fee_is_no_slip",
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
                                name="partner_change_decided_by_somebody",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        ("close_partner", "close_counter", "edit_counter"),
                                    ),
                                    models.Q(("decision", "confirmed"), _negated=True),
                                    models.Q(
                                        ("decided_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_opening_needs_second_person",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(
                                    ("decided_at__isnull", True),
                                    ("kind__in", ("terms", "open_partner", "close_partner")),
                                ),
                                fields=("partner",),
                                name="partner_change_once_open_per_partner",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("decided_at__isnull", True)),
                                fields=("outlet",),
                                name="partner_change_once_open_per_counter",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        (
                                            "kind__in",
                                            (
                                                "new_partner",
                                                "terms",
                                                "new_counter",
                                                "new_login",
                                                "edit_counter",
                                            ),
                                        ),
                                        models.Q(("name", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            (
                                                "kind__in",
                                                (
                                                    "new_partner",
                                                    "terms",
                                                    "new_counter",
                                                    "new_login",
                                                    "edit_counter",
                                                ),
                                            ),
                                            _negated=True,
                                        ),
                                        ("name", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_name_where_it_changes",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind__in", ("new_counter", "new_login")),
                                        models.Q(("username", ""), _negated=True),
                                    ),
                                    models.Q(
                                        models.Q(
                                            ("kind__in", ("new_counter", "new_login")),
                                            _negated=True,
                                        ),
                                        ("username", ""),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_login_of_a_new_one",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "new_partner",
                                            "terms",
                                            "open_partner",
                                            "close_partner",
                                            "new_counter",
                                            "open_counter",
                                            "close_counter",
                                            "edit_counter",
                                            "new_login",
                                            "new_password",
                                        ],
                                    )
                                ),
                                name="partner_change_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("kind", "new_partner"),
                                        ("outlet__isnull", True),
                                        ("partner__isnull", True),
                                    ),
                                    models.Q(
                                        (
                                            "kind__in",
                                            [
                                                "terms",
                                                "open_partner",
                                                "close_partner",
                                                "new_counter",
                                                "new_login",
                                            ],
                                        ),
                                        ("outlet__isnull", True),
                                        ("partner__isnull", False),
                                    ),
                                    models.Q(
                                        (
                                            "kind__in",
                                            (
                                                "open_counter",
                                                "close_counter",
                                                "edit_counter",
                                                "new_password",
                                            ),
                                        ),
                                        ("outlet__isnull", False),
                                        ("partner__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="partner_change_names_its_target",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="partnerchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="partner_change_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="f058bbfbca32f0e8ab47433ff5cec6c7ef069969",
                            operation="DELETE",
                            pgid="pgtrigger_partner_change_is_kept_32df2",
                            table="payments_partnerchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="partnerchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="partner_change_decided_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n            IF OLD.decided_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['decided_at', 'decided_by_id', 'decision'] <> to_jsonb(OLD) - ARRAY['decided_at', 'decided_by_id', 'decision'] THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ",
                            hash="3c9d1b81f593a4bb398cc42e5005ec2a712b5209",
                            operation="UPDATE",
                            pgid="pgtrigger_partner_change_decided_once_0e160",
                            table="payments_partnerchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="CreditRun",
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
                        ("code", models.CharField(max_length=30, unique=True)),
                        ("asked_at", models.DateTimeField()),
                        (
                            "credited_to",
                            models.UUIDField(
                                blank=True, help_text="The last member looked at.", null=True
                            ),
                        ),
                        (
                            "credited_at",
                            models.DateTimeField(
                                blank=True, help_text="All were looked at.", null=True
                            ),
                        ),
                        (
                            "covered_to",
                            models.UUIDField(
                                blank=True, help_text="The last member looked at.", null=True
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "members",
                            models.PositiveIntegerField(default=0, help_text="Who got credit."),
                        ),
                        (
                            "amount",
                            models.PositiveBigIntegerField(
                                default=0, help_text="Rupiah of credit."
                            ),
                        ),
                        (
                            "covered",
                            models.PositiveIntegerField(
                                default=0, help_text="Who were covered by it at once."
                            ),
                        ),
                        (
                            "waiting",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="Members that somebody else held; they are tried again after the others.",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("done_at__isnull", True),
                                    ("credited_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="credit_run_done_after_credited",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CreditedMonth",
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
                        ("discount_code", models.CharField(max_length=30)),
                        ("jkk", models.PositiveIntegerField(help_text="Rupiah.")),
                        ("jkm", models.PositiveIntegerField(help_text="Rupiah.")),
                        (
                            "cover_month",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="credited",
                                to="payments.covermonth",
                            ),
                        ),
                        (
                            "entry",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="payments.journalentry",
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
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["discount_code", "member"],
                                name="credited_month_by_discount",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("cover_month", "discount_code"),
                                name="credited_month_once_per_discount",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("jkk__gt", 0), ("jkm__gt", 0), _connector="OR"),
                                name="credited_month_gives_something",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="creditedmonth",
                    trigger=pgtrigger.compiler.Trigger(
                        name="credited_month_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';",
                            hash="84deb664b4a45431b20683c3438733780ae2035e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_credited_month_is_append_only_f28a6",
                            table="payments_creditedmonth",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MemberPayerVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        (
                            "member",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                serialize=False,
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "payer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.payer",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.memberpayer",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberpayerversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="b9077bf6ed4dcb10ebe33c45a71189939c2903cd",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_971a5",
                            table="payments_memberpayerversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PayerContact",
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
                            "name",
                            perisai.privacy.EncryptedTextField(
                                label="payer_contact.name", padded=True
                            ),
                        ),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                help_text="E.164.", label="payer_contact.phone"
                            ),
                        ),
                        (
                            "payer",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contact",
                                to="payments.payer",
                            ),
                        ),
                    ],
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payercontact",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_payercontactversion" ("id", "name", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."id", NEW."name", NEW."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."phone"); RETURN NULL;',
                            hash="e101834cd02c59cddcb5c71d59b3990370996003",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_aa2d4",
                            table="payments_payercontact",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payercontact",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."payer_id", OLD."name", OLD."phone") IS DISTINCT FROM ROW(NEW."id", NEW."payer_id", NEW."name", NEW."phone"))',
                            func='INSERT INTO "payments_payercontactversion" ("id", "name", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (NEW."id", NEW."name", NEW."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."phone"); RETURN NULL;',
                            hash="d9ba6d390094a1aebb9ce8a9c68c935f8beb286c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_08eb0",
                            table="payments_payercontact",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payercontact",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "payments_payercontactversion" ("id", "name", "payer_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "phone") VALUES (OLD."id", OLD."name", OLD."payer_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."phone"); RETURN NULL;',
                            hash="4c2d80afe788498ba17e696f01c14168fb4263a6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_ca746",
                            table="payments_payercontact",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="PayerContactVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.UUIDField(editable=False, serialize=False)),
                        (
                            "name",
                            perisai.privacy.EncryptedTextField(
                                label="payer_contact.name", padded=True
                            ),
                        ),
                        ("phone", perisai.privacy.EncryptedTextField(label="payer_contact.phone")),
                        (
                            "payer",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.payer",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="payments.payercontact",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="payercontactversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="d730cfb5db5a768961f99cc2923b76d1e59bc24c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_44655",
                            table="payments_payercontactversion",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
    ]
