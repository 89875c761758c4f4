from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('enrollment', '0018_hand_overs_name_members'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='registration',
            index=models.Index(fields=['agent', 'captured_at'], name='registration_by_agent'),
        ),
    ]
