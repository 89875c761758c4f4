from django.db import migrations

GUARD = "pgtrigger_attempt_is_append_only_4706c"


class Migration(migrations.Migration):
    """Attempts that were made before stand in the regency where their member lives now."""

    dependencies = [("retention", "0006_follow_ups_are_validated")]

    operations = [
        migrations.RunSQL(
            [
                f"SELECT set_config('pgtrigger.ignore', '{{{GUARD}}}', true)",
                """
                UPDATE retention_attempt a SET regency_code = m.regency_code
                FROM enrollment_member m
                WHERE m.id = a.member_id AND a.regency_code = ''
                """,
                "SELECT set_config('pgtrigger.ignore', '{}', true)",
            ],
            migrations.RunSQL.noop,
        ),
    ]
