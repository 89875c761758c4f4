from django.db import migrations


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [("retention", "0016_dearer_months_are_told_once")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX CONCURRENTLY reminder_line_once_per_member_and_rise",
                    "CREATE UNIQUE INDEX CONCURRENTLY reminder_line_once_per_member_and_rise"
                    " ON retention_reminderline"
                    " (member_id, price_month, price_was, price_becomes)"
                    " WHERE price_month IS NOT NULL",
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="reminderline",
                    name="reminder_line_once_per_member_and_rise",
                ),
            ],
        ),
    ]
