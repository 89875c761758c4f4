import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Codes for phones, and payments that are held for them; proved of older rows by the next one."""

    dependencies = [
        ('enrollment', '0001_initial'),
        ('payments', '0001_initial'),
        ('perisai', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReservedCode',
            fields=[
                ('code', models.CharField(max_length=16, primary_key=True, serialize=False)),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent')),
                ('device', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.device')),
                ('member', models.ForeignKey(blank=True, help_text='Of the first accepted form that named it.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member')),
                ('months', models.PositiveSmallIntegerField(help_text='That are paid while there is no bill.')),
                ('reserved_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('wanted_months', models.PositiveSmallIntegerField(blank=True, help_text='Months that the form asks for.', null=True)),
                ('captured_at', models.DateTimeField(blank=True, help_text="When the form was, by the phone's adjusted clock.", null=True)),
                ('bound_at', models.DateTimeField(blank=True, help_text="When its bill was made, or its money became the member's credit.", null=True)),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='payment',
            name='payment_is_append_only',
        ),
        migrations.RemoveConstraint(
            model_name='correction',
            name='correction_kind_is_known',
        ),
        migrations.RemoveConstraint(
            model_name='correction',
            name='correction_names_its_target',
        ),
        migrations.AddField(
            model_name='payment',
            name='quoted_month',
            field=models.DateField(blank=True, help_text='The first month that the counter was told.', null=True),
        ),
        migrations.AlterField(
            model_name='correction',
            name='kind',
            field=models.CharField(choices=[('reversal', 'Reversal'), ('late_post', 'Late Post'), ('release', 'Release'), ('bridge', 'Bridge'), ('bind', 'Bind'), ('credit', 'Credit')], max_length=10),
        ),
        migrations.AlterField(
            model_name='payment',
            name='bill',
            field=models.ForeignKey(blank=True, help_text='Null while the money is held for a code.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.bill'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.reversed_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['reversed_at', 'bill_id'] <> to_jsonb(OLD) - ARRAY['reversed_at', 'bill_id']\n               OR (OLD.bill_id IS NOT NULL AND NEW.bill_id IS DISTINCT FROM OLD.bill_id) THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='dd581f9f5c2f5a0c74dce9bb30b64fd300abb74a', operation='UPDATE', pgid='pgtrigger_payment_is_append_only_2ae8d', table='payments_payment', when='BEFORE')),
        ),
        AddConstraintNotValid(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['reversal', 'late_post', 'release', 'bridge', 'bind', 'credit'])), name='correction_kind_is_known'),
        ),
        AddConstraintNotValid(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('entry__isnull', True), ('kind__in', ['reversal', 'bind']), ('payment__isnull', False)), models.Q(('entry__isnull', False), ('kind__in', ['release', 'credit']), ('payment__isnull', True)), models.Q(('entry__isnull', True), ('kind__in', ['late_post', 'bridge']), ('payment__isnull', True)), _connector='OR'), name='correction_names_its_target'),
        ),
        migrations.AddField(
            model_name='bill',
            name='reservation',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The code, where a phone handed it out before the bill was made.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='payments.reservedcode'),
        ),
        migrations.AddField(
            model_name='payment',
            name='reservation',
            field=models.ForeignKey(blank=True, db_index=False, help_text='The code that it was paid under, before there was a bill.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held', to='payments.reservedcode'),
        ),
        AddConstraintNotValid(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reservation__isnull', True), models.Q(('code__regex', '^.{7}9'), _negated=True)), models.Q(('reservation', models.F('code')), ('reservation__isnull', False)), _connector='OR'), name='bill_code_is_reserved_or_drawn'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('bill__isnull', False), ('reservation__isnull', False), _connector='OR'), name='payment_has_bill_or_reservation'),
        ),
        AddConstraintNotValid(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('quoted_month__isnull', True), ('reservation__isnull', True)), models.Q(('quoted_month__day', 1), ('reservation__isnull', False)), _connector='OR'), name='payment_for_a_code_names_its_month'),
        ),
        migrations.AddIndex(
            model_name='reservedcode',
            index=models.Index(condition=models.Q(('bound_at__isnull', True), ('member__isnull', False)), fields=['code'], name='reserved_code_waiting'),
        ),
        migrations.AddIndex(
            model_name='reservedcode',
            index=models.Index(condition=models.Q(('member__isnull', True)), fields=['device', 'code'], name='reserved_code_unclaimed'),
        ),
        migrations.AddConstraint(
            model_name='reservedcode',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^99[0-9]{4}99[0-9]{8}$')), name='reserved_code_has_its_shape'),
        ),
        migrations.AddConstraint(
            model_name='reservedcode',
            constraint=models.CheckConstraint(condition=models.Q(('months__range', (1, 12))), name='reserved_code_months_up_to_a_year'),
        ),
        migrations.AddConstraint(
            model_name='reservedcode',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', True), ('wanted_months__isnull', True), ('captured_at__isnull', True)), models.Q(('member__isnull', False), ('wanted_months__isnull', False), ('captured_at__isnull', False)), _connector='OR'), name='reserved_code_claimed_by_a_form'),
        ),
        migrations.AddConstraint(
            model_name='reservedcode',
            constraint=models.CheckConstraint(condition=models.Q(('bound_at__isnull', True), ('member__isnull', False), _connector='OR'), name='reserved_code_bound_to_a_member'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reservedcode',
            trigger=pgtrigger.compiler.Trigger(name='reserved_code_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';", hash='681345dc10a4188fbe7e2760481ae2f2682aa6ce', operation='DELETE', pgid='pgtrigger_reserved_code_is_kept_46fe3', table='payments_reservedcode', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reservedcode',
            trigger=pgtrigger.compiler.Trigger(name='reserved_code_is_bound_once', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF OLD.bound_at IS NOT NULL\n               OR to_jsonb(NEW) - ARRAY['bound_at', 'member_id', 'wanted_months', 'captured_at'] <> to_jsonb(OLD) - ARRAY['bound_at', 'member_id', 'wanted_months', 'captured_at']\n               OR (OLD.member_id IS NOT NULL AND NEW.member_id IS DISTINCT FROM OLD.member_id)\n               OR (OLD.wanted_months IS NOT NULL AND NEW.wanted_months IS DISTINCT FROM OLD.wanted_months)\n               OR (OLD.captured_at IS NOT NULL AND NEW.captured_at IS DISTINCT FROM OLD.captured_at) THEN\n                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME\n                    USING ERRCODE = 'restrict_violation';\n            END IF;\n            RETURN NEW;\n        ", hash='e0f2abb0090757fcaefa5644ea4d6f8c258adac3', operation='UPDATE', pgid='pgtrigger_reserved_code_is_bound_once_328f5', table='payments_reservedcode', when='BEFORE')),
        ),
    ]
