from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ("payments", "0009_tariff_by_two_persons"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("reversed_at__isnull", False)),
                fields=["reversed_at"],
                name="payment_reversed",
            ),
        ),
        AddIndexConcurrently(
            model_name="billline",
            index=BrinIndex(fields=["month"], name="bill_line_by_month"),
        ),
    ]
