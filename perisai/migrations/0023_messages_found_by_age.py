from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('perisai', '0022_messages_have_deliveries_and_pauses'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state__in', ['failed', 'unknown_number'])), fields=['message'], name='delivery_of_failures'),
        ),
        AddIndexConcurrently(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(models.Q(('last_error', 'nobody_to_tell'), _negated=True), ('given_up_at__isnull', False)), fields=['id'], name='outbox_message_dead'),
        ),
        AddIndexConcurrently(
            model_name='outboxmessage',
            index=BrinIndex(fields=['created_at'], name='outbox_message_by_age'),
        ),
    ]
