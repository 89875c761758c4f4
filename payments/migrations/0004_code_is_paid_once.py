from django.db import migrations, models

CREATE = """
    CREATE UNIQUE INDEX CONCURRENTLY payment_once_per_reservation
    ON payments_payment (reservation_id)
    WHERE (reservation_id IS NOT NULL AND reversed_at IS NULL)
"""


class Migration(migrations.Migration):
    """Money stands under a code once. Payments go on while the index is built."""

    atomic = False

    dependencies = [
        ("payments", "0003_reserved_claims_are_validated"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    CREATE, "DROP INDEX CONCURRENTLY IF EXISTS payment_once_per_reservation"
                )
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.UniqueConstraint(
                        fields=("reservation",),
                        condition=models.Q(
                            ("reservation__isnull", False), ("reversed_at__isnull", True)
                        ),
                        name="payment_once_per_reservation",
                    ),
                )
            ],
        ),
    ]
