from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

CREATE = """
    CREATE UNIQUE INDEX CONCURRENTLY reversal_tombstone_once_per_counter
    ON payments_reversal (partner_id, reference, outlet_id) NULLS NOT DISTINCT
    WHERE payment_id IS NULL
"""


class Migration(migrations.Migration):
    """What one counter takes back before it comes stands in no other's way.

    Payments and reversals go on while the indexes are built; the old constraint goes last.
    """

    atomic = False

    dependencies = [
        ("payments", "0004_code_is_paid_once"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="reversal",
            index=models.Index(fields=["partner", "reference"], name="reversal_by_reference"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    CREATE, "DROP INDEX CONCURRENTLY IF EXISTS reversal_tombstone_once_per_counter"
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="reversal",
                    constraint=models.UniqueConstraint(
                        fields=("partner", "reference", "outlet"),
                        condition=models.Q(("payment__isnull", True)),
                        nulls_distinct=False,
                        name="reversal_tombstone_once_per_counter",
                    ),
                )
            ],
        ),
        migrations.RemoveConstraint(model_name="reversal", name="reversal_once_per_reference"),
    ]
