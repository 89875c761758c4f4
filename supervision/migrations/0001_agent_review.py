import django.db.models.deletion
import django.db.models.functions.datetime
import perisai.ids
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('perisai', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AgentReview',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField(help_text='Of the review, its first day.')),
                ('decision', models.CharField(choices=[('kept', 'Kept'), ('deactivated', 'Deactivated'), ('fraud', 'Fraud')], max_length=11)),
                ('kept_because', models.CharField(blank=True, choices=[('on_leave', 'On Leave'), ('active_again', 'Active Again'), ('work_not_seen', 'Work Not Seen'), ('lean_season', 'Lean Season'), ('other_duties', 'Other Duties')], default='', help_text='Of a kept one.', max_length=13)),
                ('active_on', models.DateField(blank=True, help_text='Last day of a result or a beginning; of fraud: null.', null=True)),
                ('decided_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent')),
                ('decided_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('decision', 'fraud'), _negated=True), fields=('agent', 'month'), name='agent_review_once_per_month'), models.UniqueConstraint(condition=models.Q(('decision', 'fraud')), fields=('agent',), name='agent_review_one_fraud'), models.CheckConstraint(condition=models.Q(('decision__in', ['kept', 'deactivated', 'fraud'])), name='agent_review_decision_is_known'), models.CheckConstraint(condition=models.Q(models.Q(('decision', 'kept'), ('kept_because__in', ['on_leave', 'active_again', 'work_not_seen', 'lean_season', 'other_duties'])), models.Q(models.Q(('decision', 'kept'), _negated=True), ('kept_because', '')), _connector='OR'), name='agent_review_kept_with_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('active_on__isnull', True), ('decision', 'fraud')), models.Q(models.Q(('decision', 'fraud'), _negated=True), ('active_on__isnull', False)), _connector='OR'), name='agent_review_knows_the_last_result'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='agent_review_month_is_first_day')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agentreview',
            trigger=pgtrigger.compiler.Trigger(name='agent_review_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a16f1f5bdeb79ec5ebf8b9274c1a1db0fca69965', operation='UPDATE OR DELETE', pgid='pgtrigger_agent_review_is_append_only_119fe', table='supervision_agentreview', when='BEFORE')),
        ),
    ]
