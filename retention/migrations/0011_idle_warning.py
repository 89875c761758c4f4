import django.db.models.deletion
import django.db.models.functions.datetime
import perisai.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('perisai', '0023_messages_found_by_age'),
        ('retention', '0010_pool_member'),
    ]

    operations = [
        migrations.CreateModel(
            name='IdleWarning',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField(help_text='Of the warning, its first day.')),
                ('active_on', models.DateField(help_text='Last day of a result or a beginning, as it was then.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('agent', 'month'), name='idle_warning_once_per_agent_and_month'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='idle_warning_month_is_first_day'), models.CheckConstraint(condition=models.Q(('active_on__lt', models.F('month'))), name='idle_warning_looks_back')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='idlewarning',
            trigger=pgtrigger.compiler.Trigger(name='idle_warning_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5621f2148e4c3b210ebc9174cf9719e2cc89f897', operation='UPDATE OR DELETE', pgid='pgtrigger_idle_warning_is_append_only_9bc01', table='retention_idlewarning', when='BEFORE')),
        ),
    ]
