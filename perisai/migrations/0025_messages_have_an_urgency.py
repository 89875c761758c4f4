from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """A constant default, so that no row is written anew; what waits already leaves as before."""

    dependencies = [
        ('perisai', '0024_stored_file'),
    ]

    operations = [
        migrations.AddField(
            model_name='outboxmessage',
            name='urgency',
            field=models.PositiveSmallIntegerField(choices=[(0, 'At Once'), (1, 'Soon'), (2, 'In Turn')], db_default=1),
        ),
        AddConstraintNotValid(
            model_name='outboxmessage',
            constraint=models.CheckConstraint(condition=models.Q(('urgency__in', [0, 1, 2])), name='outbox_message_urgency_is_known'),
        ),
    ]
