from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ("enrollment", "0019_registrations_found_by_agent"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="member",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", False)),
                fields=["nik_index"],
                name="member_merged_by_nik",
            ),
        ),
    ]
