import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Why a member needs a visit: four more reasons, of which some know no unpaid month."""

    dependencies = [
        ("enrollment", "0017_due_members_are_found"),
        ("perisai", "0020_key_canary_knows_proofs"),
        ("retention", "0004_reminder"),
    ]

    operations = [
        migrations.CreateModel(
            name='SweepFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('as_of', models.DateField()),
                ('regency_code', models.CharField(help_text='Whose sweep it was.', max_length=4)),
                ('kind', models.CharField(choices=[('arrears', 'tunggakan'), ('first_payment', 'iuran pertama'), ('promise_broken', 'janji lewat'), ('sponsor_ending', 'akhir masa sponsor'), ('data', 'data belum lengkap')], max_length=16)),
                ('code', models.CharField(help_text='SQLSTATE; the message may hold data.', max_length=5)),
                ('constraint', models.CharField(blank=True, default='', max_length=63)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='followup',
            name='follow_up_kind_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='followup',
            name='follow_up_closed_by_a_person',
        ),
        migrations.AddField(
            model_name='attempt',
            name='regency_code',
            field=models.CharField(db_default='', default='', help_text="The member's when it was made: where the sweep looks for promises.", max_length=4),
        ),
        migrations.AddField(
            model_name='followup',
            name='closed_reason',
            field=models.CharField(blank=True, choices=[('deceased', 'meninggal'), ('duplicate_record', 'tercatat dua kali'), ('formal_job_now', 'kini pekerja formal'), ('moved_away', 'sudah pindah'), ('unsafe', 'tidak aman dikunjungi'), ('not_wanted', 'tidak mau dikunjungi lagi'), ('by_mistake', 'tidak perlu ditindaklanjuti')], db_default='', default='', max_length=16),
        ),
        migrations.AddField(
            model_name='sweeprun',
            name='faults',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='Follow-ups that the database refused.'),
        ),
        migrations.AlterField(
            model_name='followup',
            name='kind',
            field=models.CharField(choices=[('arrears', 'tunggakan'), ('first_payment', 'iuran pertama'), ('promise_broken', 'janji lewat'), ('sponsor_ending', 'akhir masa sponsor'), ('data', 'data belum lengkap')], max_length=16),
        ),
        migrations.AlterField(
            model_name='followup',
            name='unpaid_since',
            field=models.DateField(blank=True, help_text='First unpaid month; null: never paid.', null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='followup',
            trigger=pgtrigger.compiler.Trigger(name='follow_up_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='03970198d456c22787de79c6bcdbdb86360abb02', operation='DELETE', pgid='pgtrigger_follow_up_is_kept_eab72', table='retention_followup', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='followup',
            trigger=pgtrigger.compiler.Trigger(name='follow_up_is_closed_once', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.closed_on IS NOT NULL\n                       OR (NEW.id, NEW.member_id, NEW.agent_id, NEW.regency_code, NEW.kind,\n                           NEW.episode_no, NEW.unpaid_since, NEW.opened_on)\n                           IS DISTINCT FROM\n                          (OLD.id, OLD.member_id, OLD.agent_id, OLD.regency_code, OLD.kind,\n                           OLD.episode_no, OLD.unpaid_since, OLD.opened_on) THEN\n                        RAISE EXCEPTION 'a follow-up is closed once and not changed'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='b2fc1bcdf5cf0cb3c0237cf54edb29bc1d7428a9', operation='UPDATE', pgid='pgtrigger_follow_up_is_closed_once_1a1d1', table='retention_followup', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['arrears', 'first_payment', 'promise_broken', 'sponsor_ending', 'data'])), name='follow_up_kind_is_known'),
        ),
        AddConstraintNotValid(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_by__isnull', True), ('closed_on__isnull', True), ('closed_reason', '')), models.Q(('closed_by__isnull', False), ('closed_on__isnull', False)), _connector='OR'), name='follow_up_closed_by_a_person'),
        ),
        AddConstraintNotValid(
            model_name='followup',
            constraint=models.CheckConstraint(condition=models.Q(('closed_reason__in', ['', 'deceased', 'duplicate_record', 'formal_job_now', 'moved_away', 'unsafe', 'not_wanted', 'by_mistake'])), name='follow_up_closed_reason_is_known'),
        ),
        migrations.AddField(
            model_name='sweepfault',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddConstraint(
            model_name='sweepfault',
            constraint=models.UniqueConstraint(fields=('as_of', 'regency_code', 'kind', 'member'), name='sweep_fault_once_per_day_kind_and_member'),
        ),
        migrations.AddConstraint(
            model_name='sweepfault',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['arrears', 'first_payment', 'promise_broken', 'sponsor_ending', 'data'])), name='sweep_fault_kind_is_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sweepfault',
            trigger=pgtrigger.compiler.Trigger(name='sweep_fault_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='f75ca73a04db67ec8f8fcc72827907f9ad75c4a0', operation='UPDATE OR DELETE', pgid='pgtrigger_sweep_fault_is_append_only_d51f2', table='retention_sweepfault', when='BEFORE')),
        ),
    ]
