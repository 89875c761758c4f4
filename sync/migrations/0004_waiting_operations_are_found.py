from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ('sync', '0003_outbox_keeps_when_it_acknowledged'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='bookentry',
            index=models.Index(condition=models.Q(('entity', 'op_result'), ('is_present', True)), fields=['changed_at'], name='book_entry_results_by_age'),
        ),
        AddIndexConcurrently(
            model_name='operation',
            index=models.Index(condition=models.Q(('replaces__isnull', False)), fields=['replaces'], name='operation_by_replaced'),
        ),
        AddIndexConcurrently(
            model_name='operation',
            index=models.Index(condition=models.Q(('result', 'blocked')), fields=['received_at'], name='operation_blocked_by_age'),
        ),
        AddIndexConcurrently(
            model_name='operationneed',
            index=models.Index(fields=['needs'], name='operation_need_by_needed'),
        ),
    ]
