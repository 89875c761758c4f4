from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('sync', '0006_operation_bodies_are_found_by_age'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='bookentry',
            index=models.Index(condition=models.Q(('is_present', False)), fields=['changed_at'], name='book_entry_drops_by_age'),
        ),
    ]
