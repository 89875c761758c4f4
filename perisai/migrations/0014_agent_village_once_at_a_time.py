from django.db import migrations, models


class Migration(migrations.Migration):
    """In a file of its own, so that the index is built while agents work."""

    atomic = False

    dependencies = [
        ('perisai', '0013_agents_change_with_dates'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    sql='CREATE UNIQUE INDEX CONCURRENTLY agent_village_once_at_a_time'
                    ' ON perisai_agentvillage (agent_id, village_id) WHERE to_on IS NULL',
                    reverse_sql='DROP INDEX CONCURRENTLY agent_village_once_at_a_time',
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    model_name='agentvillage',
                    constraint=models.UniqueConstraint(condition=models.Q(('to_on__isnull', True)), fields=('agent', 'village'), name='agent_village_once_at_a_time'),
                ),
            ],
        ),
    ]
