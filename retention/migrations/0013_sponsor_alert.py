import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """That a branch was told of a sponsor whose term ends."""

    dependencies = [
        ('payments', '0025_credit_run_comes_back'),
        ('retention', '0012_attempt_file'),
    ]

    operations = [
        migrations.CreateModel(
            name='SponsorAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('last_month', models.DateField(help_text='The last month that is paid for them or contracted.')),
                ('days_before', models.PositiveSmallIntegerField(help_text='Which alert: so long before the last covered day, or later.')),
                ('members', models.PositiveIntegerField(help_text='How many they were when it was told.')),
                ('raised_on', models.DateField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('payer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('payer', 'last_month', 'days_before'), name='sponsor_alert_once_per_term_and_days'), models.CheckConstraint(condition=models.Q(('last_month__day', 1)), name='sponsor_alert_last_month_is_first_day'), models.CheckConstraint(condition=models.Q(('members__gte', 1)), name='sponsor_alert_is_about_somebody')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sponsoralert',
            trigger=pgtrigger.compiler.Trigger(name='sponsor_alert_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='92a8db7240b29b0d197a9fcf63b0f4ab37ca996b', operation='UPDATE OR DELETE', pgid='pgtrigger_sponsor_alert_is_append_only_143af', table='retention_sponsoralert', when='BEFORE')),
        ),
    ]
