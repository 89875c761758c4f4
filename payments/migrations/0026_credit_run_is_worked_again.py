from django.db import migrations


class Migration(migrations.Migration):
    """A run that was asked for again, and called done before it began, is not done."""

    dependencies = [("payments", "0025_credit_run_comes_back")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE payments_creditrun SET done_at = NULL, covered_to = NULL, waiting = '{}'
            WHERE done_at IS NOT NULL AND credited_at IS NULL
            """,
            migrations.RunSQL.noop,
        ),
    ]
