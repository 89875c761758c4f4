from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('perisai', '0025_messages_have_an_urgency'),
    ]

    operations = [
        ValidateConstraint(model_name='outboxmessage', name='outbox_message_urgency_is_known'),
        AddIndexConcurrently(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('given_up_at__isnull', True), ('sent_at__isnull', True)), fields=['urgency', 'due_at', 'id'], name='outbox_message_by_urgency'),
        ),
        RemoveIndexConcurrently(
            model_name='outboxmessage',
            name='outbox_message_waiting',
        ),
    ]
