import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
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
        ("enrollment", "0002_kpj_sequence"),
        ("enrollment", "0003_member_encrypts_free_texts"),
        ("enrollment", "0004_agent_membership"),
        ("enrollment", "0005_hand_over_is_kept"),
        ("enrollment", "0006_member_change_is_kept"),
        ("enrollment", "0007_registration_may_be_merged"),
        ("enrollment", "0008_registration_verdicts_are_validated"),
        ("enrollment", "0009_imported_members"),
        ("enrollment", "0010_subject_request"),
        ("enrollment", "0011_member_can_be_erased"),
        ("enrollment", "0012_hand_edited_rows_have_a_history"),
        ("enrollment", "0013_consent_is_withdrawn"),
        ("enrollment", "0014_prospects_are_kept"),
        ("enrollment", "0015_closed_members_are_found_by_age"),
        ("enrollment", "0016_hand_over_proposal"),
        ("enrollment", "0017_due_members_are_found"),
        ("enrollment", "0018_hand_overs_name_members"),
        ("enrollment", "0019_registrations_found_by_agent"),
        ("enrollment", "0020_merged_members_are_found_by_nik"),
        ("enrollment", "0021_member_file"),
        ("enrollment", "0022_occupation_retires"),
    ]

    initial = True

    dependencies = [
        ("perisai", "0001_initial"),
    ]

    operations = [
        perisai.migrating.CreateTogether(
            operations=[
                migrations.CreateModel(
                    name="Assignment",
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
                        ("from_on", models.DateField()),
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
                                related_name="assignments",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "hand_over",
                            models.ForeignKey(
                                blank=True,
                                help_text="Empty: by a registration.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="assignments",
                                to="enrollment.handover",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "from_on"), name="assignment_once_per_day"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Consent",
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
                            "purposes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("registration", "Registration"),
                                        ("reminders", "Reminders"),
                                        ("photo", "Photo"),
                                        ("sponsor_sharing", "Sponsor Sharing"),
                                    ],
                                    max_length=16,
                                ),
                                size=None,
                            ),
                        ),
                        ("language", models.CharField(max_length=2)),
                        (
                            "method",
                            models.CharField(
                                choices=[
                                    ("signature", "Signature"),
                                    ("thumbprint", "Thumbprint"),
                                    ("spoken_witnessed", "Spoken Witnessed"),
                                ],
                                max_length=16,
                            ),
                        ),
                        (
                            "witness",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="consent.witness", null=True, padded=True
                            ),
                        ),
                        ("given_at", models.DateTimeField()),
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
                            "text_version",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.consenttext",
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="consents",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("method__in", ["signature", "thumbprint", "spoken_witnessed"])
                                ),
                                name="consent_method_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "purposes__contained_by",
                                        ["registration", "reminders", "photo", "sponsor_sharing"],
                                    )
                                ),
                                name="consent_purposes_are_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consent",
                    trigger=pgtrigger.compiler.Trigger(
                        name="consent_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="4722b0f7bd4f1ee1ccd615401276bc4d8428a825",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_consent_is_append_only_c88ac",
                            table="enrollment_consent",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ConsentText",
                    fields=[
                        (
                            "version",
                            models.CharField(max_length=20, primary_key=True, serialize=False),
                        ),
                        ("language", models.CharField(max_length=2)),
                        ("body", models.TextField()),
                        ("valid_from", models.DateField()),
                    ],
                ),
                migrations.CreateModel(
                    name="DueDate",
                    fields=[
                        ("month", models.DateField(primary_key=True, serialize=False)),
                        ("due_on", models.DateField()),
                    ],
                    options={
                        "ordering": ["month"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("month__day", 1)),
                                name="due_date_month_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_on__gte", models.F("month"))),
                                name="due_date_not_before_its_month",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Heir",
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
                        ("position", models.PositiveSmallIntegerField()),
                        (
                            "name",
                            perisai.privacy.EncryptedTextField(label="heir.name", padded=True),
                        ),
                        (
                            "relation",
                            models.CharField(
                                choices=[
                                    ("spouse", "Spouse"),
                                    ("child", "Child"),
                                    ("parent", "Parent"),
                                    ("grandchild", "Grandchild"),
                                    ("grandparent", "Grandparent"),
                                    ("sibling", "Sibling"),
                                    ("parent_in_law", "Parent In Law"),
                                    ("will", "Will"),
                                    ("other", "Other"),
                                ],
                                max_length=13,
                            ),
                        ),
                        (
                            "birth_year",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="heir.birth_year", null=True
                            ),
                        ),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="heir.phone", null=True
                            ),
                        ),
                        (
                            "nik",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="heir.nik", null=True
                            ),
                        ),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="heirs",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "position"), name="heir_once_per_place"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "relation__in",
                                        [
                                            "spouse",
                                            "child",
                                            "parent",
                                            "grandchild",
                                            "grandparent",
                                            "sibling",
                                            "parent_in_law",
                                            "will",
                                            "other",
                                        ],
                                    )
                                ),
                                name="heir_relation_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Member",
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
                            "rev",
                            models.PositiveIntegerField(
                                default=1, help_text="Raised by each edit of a person."
                            ),
                        ),
                        ("nik", perisai.privacy.EncryptedTextField(label="member.nik")),
                        (
                            "nik_index",
                            models.BinaryField(
                                help_text="Blind index of the encrypted NIK; null: erased.",
                                max_length=16,
                                null=True,
                            ),
                        ),
                        (
                            "full_name",
                            perisai.privacy.EncryptedTextField(
                                label="member.full_name", padded=True
                            ),
                        ),
                        (
                            "name_words",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.BinaryField(max_length=6), default=list, size=None
                            ),
                        ),
                        ("birth_date", models.DateField()),
                        (
                            "sex",
                            models.CharField(
                                choices=[("female", "Female"), ("male", "Male")], max_length=6
                            ),
                        ),
                        (
                            "birthplace",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.birthplace", null=True, padded=True
                            ),
                        ),
                        (
                            "mother_maiden_name",
                            perisai.privacy.EncryptedTextField(
                                blank=True,
                                label="member.mother_maiden_name",
                                null=True,
                                padded=True,
                            ),
                        ),
                        (
                            "kk_number",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.kk_number", null=True
                            ),
                        ),
                        (
                            "regency_code",
                            models.CharField(
                                help_text="Copied from the village: sweep shard.", max_length=4
                            ),
                        ),
                        (
                            "address_line",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.address_line", null=True, padded=True
                            ),
                        ),
                        ("rt", models.CharField(blank=True, default="", max_length=3)),
                        ("rw", models.CharField(blank=True, default="", max_length=3)),
                        ("postcode", models.CharField(blank=True, default="", max_length=5)),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.phone", null=True
                            ),
                        ),
                        ("phone_index", models.BinaryField(blank=True, max_length=16, null=True)),
                        (
                            "phone_owner",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("self", "Self"),
                                    ("spouse", "Spouse"),
                                    ("child", "Child"),
                                    ("neighbour", "Neighbour"),
                                    ("cadre", "Cadre"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "email",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.email", null=True, padded=True
                            ),
                        ),
                        (
                            "ecosystem",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("desa", "Desa"),
                                    ("pasar", "Pasar"),
                                    ("ecommerce", "Ecommerce"),
                                    ("ukm", "Ukm"),
                                    ("rentan", "Rentan"),
                                ],
                                default="",
                                max_length=10,
                            ),
                        ),
                        (
                            "income_monthly",
                            models.PositiveBigIntegerField(
                                blank=True,
                                help_text="Stated income, rupiah; null while a draft.",
                                null=True,
                            ),
                        ),
                        (
                            "programmes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=3), default=list, size=None
                            ),
                        ),
                        (
                            "employs_others",
                            models.BooleanField(
                                default=False, help_text="Makes JHT compulsory (R1)."
                            ),
                        ),
                        (
                            "workplace",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.workplace", null=True, padded=True
                            ),
                        ),
                        ("kpj", models.CharField(max_length=11, unique=True)),
                        ("kpj_provisional", models.BooleanField(default=True)),
                        (
                            "dukcapil",
                            models.CharField(
                                choices=[
                                    ("not_checked", "Not Checked"),
                                    ("match", "Match"),
                                    ("mismatch", "Mismatch"),
                                    ("unavailable", "Unavailable"),
                                ],
                                default="not_checked",
                                max_length=12,
                            ),
                        ),
                        (
                            "registered_on",
                            models.DateField(help_text="Day of capture in the official zone."),
                        ),
                        (
                            "paid_through",
                            models.DateField(
                                blank=True,
                                help_text="Last month covered without a gap; null: never paid.",
                                null=True,
                            ),
                        ),
                        (
                            "episode_no",
                            models.PositiveSmallIntegerField(
                                default=0, help_text="0: never paid (R17)."
                            ),
                        ),
                        ("episode_started_on", models.DateField(blank=True, null=True)),
                        ("closed_on", models.DateField(blank=True, null=True)),
                        (
                            "closed_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("deceased", "Deceased"),
                                    ("claimed_out", "Claimed Out"),
                                    ("moved_to_pu", "Moved To Pu"),
                                    ("duplicate", "Duplicate"),
                                    ("withdrawn", "Withdrawn"),
                                ],
                                default="",
                                max_length=12,
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
                            "branch",
                            models.ForeignKey(
                                help_text="Answers for the member.",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.branch",
                            ),
                        ),
                        (
                            "household_of",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "merged_into",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "village",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.village",
                            ),
                        ),
                        (
                            "no_phone_reason",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.no_phone_reason", null=True, padded=True
                            ),
                        ),
                        (
                            "season_note",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member.season_note", null=True, padded=True
                            ),
                        ),
                        (
                            "erased_at",
                            models.DateTimeField(
                                blank=True,
                                editable=False,
                                help_text="Since then a pseudonym (R36).",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("closed_on__isnull", True)),
                                fields=["regency_code", "paid_through"],
                                name="member_live_by_regency",
                            ),
                            models.Index(fields=["agent", "id"], name="member_by_agent"),
                            models.Index(fields=["branch", "id"], name="member_by_branch"),
                            models.Index(fields=["phone_index"], name="member_by_phone"),
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["name_words"], name="member_by_name_words"
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("closed_on__isnull", False), ("erased_at__isnull", True)
                                ),
                                fields=["closed_on"],
                                name="member_closed_by_age",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("closed_on__isnull", True), ("paid_through__isnull", True)
                                ),
                                fields=["regency_code", "registered_on"],
                                name="member_never_paid_by_regency",
                            ),
                            models.Index(
                                condition=models.Q(
                                    ("closed_on__isnull", True),
                                    ("paid_through__isnull", False),
                                    models.Q(
                                        ("village__isnull", True),
                                        ("address_line__isnull", True),
                                        models.Q(
                                            ("no_phone_reason__isnull", True),
                                            ("phone_index__isnull", True),
                                        ),
                                        ("income_monthly__isnull", True),
                                        ("programmes", []),
                                        _connector="OR",
                                    ),
                                ),
                                fields=["regency_code", "paid_through"],
                                name="member_lacking_by_regency",
                            ),
                            models.Index(
                                condition=models.Q(("merged_into__isnull", False)),
                                fields=["nik_index"],
                                name="member_merged_by_nik",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("merged_into__isnull", True)),
                                fields=("nik_index",),
                                name="member_once_per_nik",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("closed_on__isnull", True), ("closed_reason", "")),
                                    models.Q(
                                        ("closed_on__isnull", False),
                                        (
                                            "closed_reason__in",
                                            [
                                                "deceased",
                                                "claimed_out",
                                                "moved_to_pu",
                                                "duplicate",
                                                "withdrawn",
                                            ],
                                        ),
                                    ),
                                    _connector="OR",
                                ),
                                name="member_closed_with_a_reason",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("merged_into__isnull", True),
                                    ("closed_reason", "duplicate"),
                                    _connector="OR",
                                ),
                                name="member_merged_as_duplicate",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("paid_through__isnull", True),
                                    ("paid_through__day", 1),
                                    _connector="OR",
                                ),
                                name="member_paid_through_is_first_day",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("episode_no", 0), ("paid_through__isnull", True)),
                                    models.Q(
                                        ("episode_no__gte", 1), ("paid_through__isnull", False)
                                    ),
                                    _connector="OR",
                                ),
                                name="member_episode_from_first_payment",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("sex__in", ["female", "male"])),
                                name="member_sex_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "dukcapil__in",
                                        ["not_checked", "match", "mismatch", "unavailable"],
                                    )
                                ),
                                name="member_dukcapil_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("phone_owner", ""),
                                    (
                                        "phone_owner__in",
                                        ["self", "spouse", "child", "neighbour", "cadre"],
                                    ),
                                    _connector="OR",
                                ),
                                name="member_phone_owner_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("ecosystem", ""),
                                    (
                                        "ecosystem__in",
                                        ["desa", "pasar", "ecommerce", "ukm", "rentan"],
                                    ),
                                    _connector="OR",
                                ),
                                name="member_ecosystem_is_known",
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
                                name="member_phone_is_indexed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("kpj__regex", "^[0-9]{11}$")),
                                name="member_kpj_has_its_shape",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("programmes__contained_by", ["JKK", "JKM", "JHT"])
                                ),
                                name="member_programmes_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("erased_at__isnull", True), ("nik_index__isnull", False)
                                    ),
                                    models.Q(
                                        ("closed_on__isnull", False),
                                        ("erased_at__isnull", False),
                                        perisai.privacy.HasNoByte("nik"),
                                        perisai.privacy.HasNoByte("full_name"),
                                        ("address_line__isnull", True),
                                        ("agent__isnull", True),
                                        ("birth_date__day", 1),
                                        ("birth_date__month", 1),
                                        ("birthplace__isnull", True),
                                        ("email__isnull", True),
                                        ("household_of__isnull", True),
                                        ("kk_number__isnull", True),
                                        ("mother_maiden_name__isnull", True),
                                        ("name_words__len", 0),
                                        ("nik_index__isnull", True),
                                        ("no_phone_reason__isnull", True),
                                        ("phone__isnull", True),
                                        ("season_note__isnull", True),
                                        ("village__isnull", True),
                                        ("workplace__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="member_erased_wholly",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="member",
                    trigger=pgtrigger.compiler.Trigger(
                        name="member_stays_erased",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."erased_at" IS NOT NULL)',
                            func="\n                    IF TG_OP = 'DELETE' OR NEW.erased_at IS DISTINCT FROM OLD.erased_at THEN\n                        RAISE EXCEPTION 'an erased member is not brought back'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="b4be255559239958867fb77469cf00c96a6e40c5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_member_stays_erased_2fbd9",
                            table="enrollment_member",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MemberOccupation",
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
                        ("is_main", models.BooleanField()),
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="occupations",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "occupation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.occupation",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "occupation"), name="member_occupation_once"
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("is_main", True)),
                                fields=("member",),
                                name="member_occupation_one_main",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Occupation",
                    fields=[
                        (
                            "code",
                            models.CharField(max_length=10, primary_key=True, serialize=False),
                        ),
                        ("name_id", models.CharField(max_length=100)),
                        ("name_en", models.CharField(max_length=100)),
                        (
                            "ecosystem",
                            models.CharField(
                                choices=[
                                    ("desa", "Desa"),
                                    ("pasar", "Pasar"),
                                    ("ecommerce", "Ecommerce"),
                                    ("ukm", "Ukm"),
                                    ("rentan", "Rentan"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("ktp_code", models.PositiveSmallIntegerField(blank=True, null=True)),
                        ("isco08", models.CharField(blank=True, default="", max_length=4)),
                        (
                            "transport_sector",
                            models.BooleanField(
                                help_text="Decides the discount of PP 50/2025 (R4)."
                            ),
                        ),
                        (
                            "retired_on",
                            models.DateField(
                                blank=True,
                                help_text="Since then offered no more; valid for ever.",
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["code"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ecosystem__in",
                                        ["desa", "pasar", "ecommerce", "ukm", "rentan"],
                                    )
                                ),
                                name="occupation_ecosystem_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Registration",
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
                        ("op_id", models.UUIDField(unique=True)),
                        (
                            "verdict",
                            models.CharField(
                                choices=[
                                    ("accepted", "Accepted"),
                                    ("reopened", "Reopened"),
                                    ("merged", "Merged"),
                                    ("held", "Held"),
                                ],
                                max_length=10,
                            ),
                        ),
                        (
                            "captured_at",
                            models.DateTimeField(help_text="Corrected by the clock offset (R38)."),
                        ),
                        (
                            "soft_checks",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                default=list,
                                help_text="NIK doubts confirmed (R22).",
                                size=None,
                            ),
                        ),
                        (
                            "months",
                            models.PositiveSmallIntegerField(
                                blank=True, help_text="Months asked for.", null=True
                            ),
                        ),
                        ("bill_code", models.CharField(blank=True, default="", max_length=16)),
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="registrations",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                fields=["agent", "captured_at"], name="registration_by_agent"
                            )
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("member__isnull", True), ("verdict", "held")),
                                    models.Q(
                                        models.Q(("verdict", "held"), _negated=True),
                                        ("member__isnull", False),
                                    ),
                                    _connector="OR",
                                ),
                                name="registration_accepted_with_a_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("verdict__in", ["accepted", "reopened", "merged", "held"])
                                ),
                                name="registration_verdict_is_known",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AgentMembership",
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
                        ("from_on", models.DateField()),
                        (
                            "to_on",
                            models.DateField(
                                blank=True, help_text="Last day; null: still.", null=True
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
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("to_on__isnull", True)),
                                fields=("agent",),
                                name="agent_membership_one_open_per_agent",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("to_on__isnull", True)),
                                fields=("member",),
                                name="agent_membership_one_open_per_member",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("to_on__isnull", True),
                                    ("to_on__gte", models.F("from_on")),
                                    _connector="OR",
                                ),
                                name="agent_membership_days_in_order",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentmembership",
                    trigger=pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "enrollment_agentmembershipversion" ("agent_id", "from_on", "id", "member_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on") VALUES (NEW."agent_id", NEW."from_on", NEW."id", NEW."member_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."to_on"); RETURN NULL;',
                            hash="c86ae293c8d9c9f0d8158081499c2820f6916ee1",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_4c55f",
                            table="enrollment_agentmembership",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentmembership",
                    trigger=pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (ROW(OLD."id", OLD."agent_id", OLD."member_id", OLD."from_on", OLD."to_on") IS DISTINCT FROM ROW(NEW."id", NEW."agent_id", NEW."member_id", NEW."from_on", NEW."to_on"))',
                            func='INSERT INTO "enrollment_agentmembershipversion" ("agent_id", "from_on", "id", "member_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on") VALUES (NEW."agent_id", NEW."from_on", NEW."id", NEW."member_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."to_on"); RETURN NULL;',
                            hash="d582ae637349106d9726584ac71e109fa310667a",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_53035",
                            table="enrollment_agentmembership",
                            when="AFTER",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentmembership",
                    trigger=pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "enrollment_agentmembershipversion" ("agent_id", "from_on", "id", "member_id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "to_on") VALUES (OLD."agent_id", OLD."from_on", OLD."id", OLD."member_id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."to_on"); RETURN NULL;',
                            hash="f94625d78de5f622a54f2d376eb17233c15bf693",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3a121",
                            table="enrollment_agentmembership",
                            when="AFTER",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="HandOver",
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
                                label="hand_over.reason", padded=True
                            ),
                        ),
                        ("member_count", models.PositiveIntegerField()),
                        ("decided_at", models.DateTimeField()),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
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
                            "to_agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("member_count__gte", 1)),
                                name="hand_over_moves_somebody",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="handover",
                    trigger=pgtrigger.compiler.Trigger(
                        name="hand_over_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="ce2c8edf6912297fb1a9311b056ba0f48dd360ae",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_hand_over_is_append_only_aa5cb",
                            table="enrollment_handover",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MemberChange",
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
                            "rev",
                            models.PositiveIntegerField(
                                help_text="Of the member, as this edit left it."
                            ),
                        ),
                        (
                            "group",
                            models.CharField(
                                choices=[
                                    ("identity", "Identity"),
                                    ("contact", "Contact"),
                                    ("work", "Work"),
                                    ("programme", "Programme"),
                                    ("heirs", "Heirs"),
                                    ("closing", "Closing"),
                                    ("registration", "Registration"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "fields",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                help_text="By the names of the form.",
                                size=None,
                            ),
                        ),
                        (
                            "soft_checks",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                default=list,
                                help_text="NIK doubts confirmed (R22).",
                                size=None,
                            ),
                        ),
                        ("op_id", models.UUIDField(blank=True, null=True)),
                        (
                            "changed_at",
                            models.DateTimeField(
                                help_text="When it was captured, corrected (R38)."
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="member_change.reason", null=True, padded=True
                            ),
                        ),
                        (
                            "old_values",
                            perisai.privacy.EncryptedJSONField(
                                blank=True, label="member_change.old_values", null=True, padded=True
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
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="changes",
                                to="enrollment.member",
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
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "rev"), name="member_change_once_per_rev"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "group__in",
                                        [
                                            "identity",
                                            "contact",
                                            "work",
                                            "programme",
                                            "heirs",
                                            "closing",
                                            "registration",
                                        ],
                                    )
                                ),
                                name="member_change_group_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("agent__isnull", False),
                                    ("user__isnull", False),
                                    _connector="OR",
                                ),
                                name="member_change_has_an_actor",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberchange",
                    trigger=pgtrigger.compiler.Trigger(
                        name="member_change_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="1b94e6bfd6efa51e053ce2bdb6cf5fa92f7a107e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_member_change_is_append_only_9075c",
                            table="enrollment_memberchange",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ImportedMember",
                    fields=[
                        (
                            "member",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                primary_key=True,
                                related_name="imported",
                                serialize=False,
                                to="enrollment.member",
                            ),
                        ),
                        ("line", models.PositiveIntegerField()),
                        (
                            "soft_checks",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=20),
                                default=list,
                                help_text="NIK doubts nobody cleared (R22).",
                                size=None,
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
                            models.UniqueConstraint(
                                fields=("run", "line"), name="imported_member_once_per_line"
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="importedmember",
                    trigger=pgtrigger.compiler.Trigger(
                        name="imported_member_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="808286eb318ec04b5763eff2898d38d3cf17b9d7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_imported_member_is_append_only_04096",
                            table="enrollment_importedmember",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SubjectRequest",
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
                                    ("access", "akses data"),
                                    ("copy", "salinan data"),
                                    ("correction", "perbaikan data"),
                                    ("erasure", "penghapusan data"),
                                    ("restriction", "pembatasan pemrosesan"),
                                    ("withdrawal", "pencabutan persetujuan"),
                                    ("objection", "keberatan atas penilaian otomatis"),
                                ],
                                max_length=12,
                            ),
                        ),
                        (
                            "identity_check",
                            models.CharField(
                                choices=[
                                    ("in_person", "bertemu langsung"),
                                    ("code_to_phone", "kode ke telepon terdaftar"),
                                ],
                                max_length=14,
                            ),
                        ),
                        (
                            "words",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="subject_request.words", null=True, padded=True
                            ),
                        ),
                        ("received_at", models.DateTimeField()),
                        (
                            "due_at",
                            models.DateTimeField(
                                help_text="Elapsed hours after receipt, no working days."
                            ),
                        ),
                        (
                            "agent",
                            models.ForeignKey(
                                blank=True,
                                help_text="Who took it in, if an agent did.",
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
                                related_name="subject_requests",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "taken_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["due_at"], name="subject_request_by_term")
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "access",
                                            "copy",
                                            "correction",
                                            "erasure",
                                            "restriction",
                                            "withdrawal",
                                            "objection",
                                        ],
                                    )
                                ),
                                name="subject_request_kind_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("identity_check__in", ["in_person", "code_to_phone"])
                                ),
                                name="subject_request_identity_check_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("due_at__gt", models.F("received_at"))),
                                name="subject_request_due_after_receipt",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectrequest",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_request_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="3ea6ad2e0a4794c321eb95657e104cac7206e1f5",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_subject_request_is_append_only_532be",
                            table="enrollment_subjectrequest",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SubjectDecision",
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
                            "outcome",
                            models.CharField(
                                choices=[("done", "dipenuhi"), ("refused", "ditolak")], max_length=8
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="subject_decision.reason", padded=True
                            ),
                        ),
                        ("decided_at", models.DateTimeField()),
                        (
                            "decided_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "request",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="decision",
                                to="enrollment.subjectrequest",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("outcome__in", ["done", "refused"])),
                                name="subject_decision_outcome_is_known",
                            )
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectdecision",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_decision_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="646db953bde3d56c655b93ef4d9c15df03447434",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_subject_decision_is_append_only_d25eb",
                            table="enrollment_subjectdecision",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectdecision",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_decision_by_another_person",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF EXISTS (\n                        SELECT 1 FROM enrollment_subjectrequest\n                        WHERE id = NEW.request_id AND taken_by_id = NEW.decided_by_id\n                    ) THEN\n                        RAISE EXCEPTION 'who took a request in does not decide it'\n                            USING ERRCODE = 'check_violation',\n                                CONSTRAINT = 'subject_decision_by_another_person';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="3473ba7cb229ea34c81df098cffb1ba268cdb5be",
                            operation="INSERT",
                            pgid="pgtrigger_subject_decision_by_another_person_45bcd",
                            table="enrollment_subjectdecision",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SubjectCopy",
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
                            "language",
                            models.CharField(
                                choices=[("id", "Indonesian"), ("en", "English")], max_length=2
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        (
                            "content",
                            perisai.privacy.EncryptedJSONField(
                                blank=True, label="subject_copy.content", null=True, padded=True
                            ),
                        ),
                        ("built_at", models.DateTimeField(blank=True, null=True)),
                        ("handed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "gone_at",
                            models.DateTimeField(
                                blank=True, help_text="Its content is destroyed.", null=True
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
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="copies",
                                to="enrollment.subjectrequest",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("language__in", ["id", "en"])),
                                name="subject_copy_language_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("built_at__isnull", True), ("content__isnull", True)),
                                    models.Q(("content__isnull", True), ("gone_at__isnull", False)),
                                    models.Q(
                                        ("built_at__isnull", False),
                                        ("content__isnull", False),
                                        ("gone_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="subject_copy_is_built_then_gone",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handed_at__isnull", True),
                                    models.Q(
                                        ("built_at__isnull", False),
                                        ("gone_at", models.F("handed_at")),
                                    ),
                                    _connector="OR",
                                ),
                                name="subject_copy_handed_over_is_gone",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectcopy",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_copy_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="101b369d5f9e56116ec4492f99e68212eda878c6",
                            operation="DELETE",
                            pgid="pgtrigger_subject_copy_is_kept_dae67",
                            table="enrollment_subjectcopy",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectcopy",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_copy_goes_one_way",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF (NEW.request_id, NEW.made_by_id, NEW.language, NEW.asked_at)\n                        IS DISTINCT FROM\n                       (OLD.request_id, OLD.made_by_id, OLD.language, OLD.asked_at)\n                       OR OLD.gone_at IS NOT NULL\n                       OR (OLD.built_at IS NOT NULL\n                           AND NEW.built_at IS DISTINCT FROM OLD.built_at) THEN\n                        RAISE EXCEPTION 'a copy is built once, and gone for ever'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="85a4c23083ab42653c94806da086bf7486472214",
                            operation="UPDATE",
                            pgid="pgtrigger_subject_copy_goes_one_way_1daa6",
                            table="enrollment_subjectcopy",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="SubjectAlarm",
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
                        ("hours", models.PositiveSmallIntegerField()),
                        ("raised_at", models.DateTimeField()),
                        (
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="alarms",
                                to="enrollment.subjectrequest",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("request", "hours"), name="subject_alarm_once"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("hours__in", (24, 48, 66))),
                                name="subject_alarm_hours_are_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="subjectalarm",
                    trigger=pgtrigger.compiler.Trigger(
                        name="subject_alarm_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="dd103417e3a4534f5d1690dbc3735e84068a4eec",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_subject_alarm_is_append_only_27511",
                            table="enrollment_subjectalarm",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ProcessingLimit",
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
                                    ("restriction", "Restriction"),
                                    ("no_scoring", "No Scoring"),
                                ],
                                max_length=12,
                            ),
                        ),
                        ("set_at", models.DateTimeField()),
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
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="processing_limits",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "set_by",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "request",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.subjectrequest",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("kind__in", ["restriction", "no_scoring"])),
                                name="processing_limit_kind_is_known",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("lifted_at__isnull", True)),
                                fields=("member", "kind"),
                                name="processing_limit_once_in_force",
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
                                name="processing_limit_lifted_by_a_person",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="processinglimit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="processing_limit_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="be1b187d3df57ad69e1b8a7f8931441e1d3c7ef0",
                            operation="DELETE",
                            pgid="pgtrigger_processing_limit_is_kept_bbc0a",
                            table="enrollment_processinglimit",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="processinglimit",
                    trigger=pgtrigger.compiler.Trigger(
                        name="processing_limit_is_lifted_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                    IF OLD.lifted_at IS NOT NULL\n                       OR (NEW.member_id, NEW.kind, NEW.request_id, NEW.set_by_id, NEW.set_at)\n                           IS DISTINCT FROM\n                          (OLD.member_id, OLD.kind, OLD.request_id, OLD.set_by_id, OLD.set_at) THEN\n                        RAISE EXCEPTION 'a limit is lifted once and not changed'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ",
                            hash="869008d891fe59e1124b89970bbc176010300c60",
                            operation="UPDATE",
                            pgid="pgtrigger_processing_limit_is_lifted_once_1ef2f",
                            table="enrollment_processinglimit",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="AgentMembershipVersion",
                    fields=[
                        ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                        ("pgh_label", models.TextField(help_text="The event label.")),
                        ("pgh_id", models.BigAutoField(primary_key=True, serialize=False)),
                        ("pgh_context", pghistory.utils.JSONField(null=True)),
                        ("id", models.BigIntegerField()),
                        ("from_on", models.DateField()),
                        ("to_on", models.DateField(blank=True, null=True)),
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
                            "member",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "pgh_obj",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.DO_NOTHING,
                                related_name="+",
                                related_query_name="+",
                                to="enrollment.agentmembership",
                            ),
                        ),
                    ],
                    options={
                        "abstract": False,
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="agentmembershipversion",
                    trigger=pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="78142d4df0719504afebc9c5a7f2f899e83e15e0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_c39e7",
                            table="enrollment_agentmembershipversion",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="ConsentWithdrawal",
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
                            "purposes",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(
                                    choices=[
                                        ("registration", "Registration"),
                                        ("reminders", "Reminders"),
                                        ("photo", "Photo"),
                                        ("sponsor_sharing", "Sponsor Sharing"),
                                    ],
                                    max_length=16,
                                ),
                                size=None,
                            ),
                        ),
                        ("asked_at", models.DateTimeField(help_text="When the person said so.")),
                        (
                            "note",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="consent_withdrawal.note", null=True, padded=True
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
                                related_name="withdrawals",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "purposes__contained_by",
                                        ["registration", "reminders", "photo", "sponsor_sharing"],
                                    )
                                ),
                                name="consent_withdrawal_purposes_are_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("purposes__len__gt", 0)),
                                name="consent_withdrawal_of_something",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="consentwithdrawal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="consent_withdrawal_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="810ee72168b579f53c0cecc58cf4419322361694",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_consent_withdrawal_is_append_only_04413",
                            table="enrollment_consentwithdrawal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="Prospect",
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
                            "rev",
                            models.PositiveIntegerField(
                                default=1, help_text="Raised by each contact."
                            ),
                        ),
                        (
                            "name",
                            perisai.privacy.EncryptedTextField(label="prospect.name", padded=True),
                        ),
                        (
                            "phone",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="prospect.phone", null=True
                            ),
                        ),
                        (
                            "ecosystem",
                            models.CharField(
                                choices=[
                                    ("desa", "Desa"),
                                    ("pasar", "Pasar"),
                                    ("ecommerce", "Ecommerce"),
                                    ("ukm", "Ukm"),
                                    ("rentan", "Rentan"),
                                ],
                                max_length=10,
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
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="prospects",
                                to="enrollment.member",
                            ),
                        ),
                        (
                            "occupation",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.occupation",
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
                    ],
                    options={
                        "indexes": [models.Index(fields=["agent", "id"], name="prospect_by_agent")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ecosystem__in",
                                        ["desa", "pasar", "ecommerce", "ukm", "rentan"],
                                    )
                                ),
                                name="prospect_ecosystem_is_known",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ProspectContact",
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
                            "rev",
                            models.PositiveIntegerField(
                                help_text="Of the prospect, as this contact left it."
                            ),
                        ),
                        (
                            "fields",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=30),
                                default=list,
                                help_text="Changed, by the form's names.",
                                size=None,
                            ),
                        ),
                        ("op_id", models.UUIDField(unique=True)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("interested", "Interested"),
                                    ("later", "Later"),
                                    ("no_need_felt", "No Need Felt"),
                                    ("no_money_now", "No Money Now"),
                                    ("already_covered", "Already Covered"),
                                    ("moved", "Moved"),
                                    ("wrong_segment", "Wrong Segment"),
                                    ("unreachable", "Unreachable"),
                                ],
                                max_length=15,
                            ),
                        ),
                        ("next_on", models.DateField(blank=True, null=True)),
                        (
                            "note",
                            perisai.privacy.EncryptedTextField(
                                blank=True, label="prospect_contact.note", null=True, padded=True
                            ),
                        ),
                        (
                            "contacted_at",
                            models.DateTimeField(help_text="Corrected by the clock offset (R38)."),
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
                            "prospect",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="contacts",
                                to="enrollment.prospect",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("prospect", "rev"), name="prospect_contact_once_per_rev"
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "outcome__in",
                                        [
                                            "interested",
                                            "later",
                                            "no_need_felt",
                                            "no_money_now",
                                            "already_covered",
                                            "moved",
                                            "wrong_segment",
                                            "unreachable",
                                        ],
                                    )
                                ),
                                name="prospect_contact_outcome_is_known",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("outcome", "later"), _negated=True),
                                    ("next_on__isnull", False),
                                    _connector="OR",
                                ),
                                name="prospect_contact_later_has_a_day",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="prospectcontact",
                    trigger=pgtrigger.compiler.Trigger(
                        name="prospect_contact_is_append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="ed42323861fcabe4f0e086121609831ef190f345",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_prospect_contact_is_append_only_17472",
                            table="enrollment_prospectcontact",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="HandOverProposal",
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
                            "villages",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.CharField(max_length=10),
                                blank=True,
                                default=list,
                                help_text="Empty: all of them.",
                                size=None,
                            ),
                        ),
                        (
                            "reason",
                            perisai.privacy.EncryptedTextField(
                                label="hand_over_proposal.reason", padded=True
                            ),
                        ),
                        (
                            "member_count",
                            models.PositiveIntegerField(
                                help_text="Who would move, when last counted."
                            ),
                        ),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "claimed_at",
                            models.DateTimeField(
                                blank=True, help_text="Last taken up; moves.", null=True
                            ),
                        ),
                        ("done_at", models.DateTimeField(blank=True, null=True)),
                        ("dropped_at", models.DateTimeField(blank=True, null=True)),
                        (
                            "refusal",
                            models.CharField(
                                blank=True,
                                default="",
                                help_text="Code of what stopped it once confirmed.",
                                max_length=40,
                            ),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(
                                db_default=django.db.models.functions.datetime.Now(), editable=False
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
                            "from_agent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
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
                            "proposed_by",
                            models.ForeignKey(
                                blank=True,
                                help_text="Null: the fair hand-out of the night.",
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "to_agent",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="perisai.agent",
                            ),
                        ),
                        (
                            "members",
                            django.contrib.postgres.fields.ArrayField(
                                base_field=models.UUIDField(),
                                blank=True,
                                db_default=[],
                                default=list,
                                help_text="These; empty: as the others say.",
                                size=None,
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("member_count__gte", 1)),
                                name="hand_over_proposal_moves_somebody",
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
                                    ),
                                    _connector="OR",
                                ),
                                name="hand_over_proposal_confirmed_by_a_person",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("confirmed_by__isnull", True),
                                    ("member_count__lte", 500),
                                    models.Q(
                                        ("confirmed_by", models.F("proposed_by")), _negated=True
                                    ),
                                    _connector="OR",
                                ),
                                name="hand_over_proposal_of_many_confirmed_by_another",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("done_at__isnull", True),
                                    models.Q(
                                        ("confirmed_at__isnull", False),
                                        ("dropped_at__isnull", True),
                                    ),
                                    _connector="OR",
                                ),
                                name="hand_over_proposal_done_once_confirmed",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("from_agent__isnull", False),
                                        ("member__isnull", True),
                                        ("members", []),
                                    ),
                                    models.Q(
                                        ("from_agent__isnull", True),
                                        ("member__isnull", False),
                                        ("members", []),
                                        ("villages", []),
                                    ),
                                    models.Q(
                                        ("member__isnull", True),
                                        ("members__len__range", (1, 500)),
                                        ("villages", []),
                                    ),
                                    _connector="OR",
                                ),
                                name="hand_over_proposal_says_who_moves",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("proposed_by__isnull", False),
                                    models.Q(("members", []), _negated=True),
                                    _connector="OR",
                                ),
                                name="hand_over_proposal_of_nobody_names_members",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="handoverproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="hand_over_proposal_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="4dfd7c84accc45fd26e1ba5e99a45e9b6d64e267",
                            operation="DELETE",
                            pgid="pgtrigger_hand_over_proposal_is_kept_2b91c",
                            table="enrollment_handoverproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="handoverproposal",
                    trigger=pgtrigger.compiler.Trigger(
                        name="hand_over_proposal_is_set_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN ((OLD."confirmed_at" IS NOT NULL AND (OLD."confirmed_at" IS DISTINCT FROM (NEW."confirmed_at") OR OLD."confirmed_by_id" IS DISTINCT FROM (NEW."confirmed_by_id") OR OLD."member_count" IS DISTINCT FROM (NEW."member_count"))) OR OLD."to_agent_id" IS DISTINCT FROM (NEW."to_agent_id") OR OLD."from_agent_id" IS DISTINCT FROM (NEW."from_agent_id") OR OLD."member_id" IS DISTINCT FROM (NEW."member_id") OR OLD."villages" IS DISTINCT FROM (NEW."villages") OR OLD."members" IS DISTINCT FROM (NEW."members") OR OLD."proposed_by_id" IS DISTINCT FROM (NEW."proposed_by_id"))',
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;",
                            hash="7b4534a7c537545291d83394d850425ffd691b43",
                            operation="UPDATE",
                            pgid="pgtrigger_hand_over_proposal_is_set_once_40290",
                            table="enrollment_handoverproposal",
                            when="BEFORE",
                        ),
                    ),
                ),
                migrations.CreateModel(
                    name="MemberFile",
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
                            "consent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="enrollment.consent",
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
                        (
                            "member",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="files",
                                to="enrollment.member",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["file"], name="member_file_by_file"),
                            models.Index(
                                condition=models.Q(("ended_at__isnull", True)),
                                fields=["attached_at"],
                                name="member_file_standing_by_age",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("member", "role", "file"), name="member_file_once_per_role"
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
                                name="member_file_role_is_known",
                            ),
                        ],
                    },
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="member_file_is_kept",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                            hash="72c99c737ebd1622d3eed8a3c0967bedfeb1f676",
                            operation="DELETE",
                            pgid="pgtrigger_member_file_is_kept_8790f",
                            table="enrollment_memberfile",
                            when="BEFORE",
                        ),
                    ),
                ),
                pgtrigger.migrations.AddTrigger(
                    model_name="memberfile",
                    trigger=pgtrigger.compiler.Trigger(
                        name="member_file_ends_once",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="\n                IF OLD.ended_at IS NOT NULL\n                   OR to_jsonb(NEW) - 'ended_at' <> to_jsonb(OLD) - 'ended_at' THEN\n                    RAISE EXCEPTION 'a link to a file is a fact, and ends once'\n                        USING ERRCODE = 'restrict_violation';\n                END IF;\n                RETURN NEW;\n            ",
                            hash="f8809d917c849e12eb4c245d0cb417e329580eaa",
                            operation="UPDATE",
                            pgid="pgtrigger_member_file_ends_once_a5281",
                            table="enrollment_memberfile",
                            when="BEFORE",
                        ),
                    ),
                ),
            ],
        ),
        # Provisional KPJ: ten digits from a sequence, the eleventh is the check digit (R10).
        migrations.RunSQL(
            sql="CREATE SEQUENCE enrollment_kpj_seq AS bigint START 9000000001 MAXVALUE 9999999999",
            reverse_sql="DROP SEQUENCE enrollment_kpj_seq",
        ),
    ]
