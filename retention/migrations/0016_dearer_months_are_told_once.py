from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [("retention", "0015_dearer_months_are_validated")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "CREATE UNIQUE INDEX CONCURRENTLY reminder_line_once_per_member_and_rise"
                    " ON retention_reminderline"
                    " (member_id, price_month, price_was, price_becomes)"
                    " WHERE price_month IS NOT NULL",
                    "DROP INDEX CONCURRENTLY reminder_line_once_per_member_and_rise",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="reminderline",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(("price_month__isnull", False)),
                        fields=("member", "price_month", "price_was", "price_becomes"),
                        name="reminder_line_once_per_member_and_rise",
                    ),
                ),
            ],
        ),
    ]
