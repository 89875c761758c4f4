from django.conf import settings
from django.db import migrations, models
import datetime
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
import perisai.ids
import pgtrigger.compiler
import pgtrigger.migrations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('enrollment', '0002_kpj_sequence'),
        ('perisai', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bill',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('code', models.CharField(max_length=16, unique=True)),
                ('payer_kind', models.CharField(choices=[('self', 'peserta sendiri'), ('group', 'kelompok'), ('csr', 'donatur'), ('apbn', 'anggaran negara'), ('apbd', 'anggaran daerah'), ('apbdes', 'anggaran desa')], default='self', max_length=6)),
                ('total', models.PositiveBigIntegerField(help_text='Rupiah, sum of the lines.')),
                ('credit', models.PositiveBigIntegerField(default=0, help_text='Rupiah taken from the carry.')),
                ('payable', models.PositiveBigIntegerField(help_text='Rupiah to pay, without fee.')),
                ('member_count', models.PositiveIntegerField()),
                ('line_count', models.PositiveIntegerField()),
                ('expires_at', models.DateTimeField()),
                ('fingerprint', models.BinaryField(help_text='SHA-256 of payer kind, payer and the sorted lines.', max_length=32)),
                ('cancelled_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(help_text='The instant that the prices were judged at.')),
            ],
        ),
        migrations.CreateModel(
            name='BillLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('jkk', models.PositiveIntegerField(help_text='Rupiah.')),
                ('jkm', models.PositiveIntegerField(help_text='Rupiah.')),
                ('jht', models.PositiveIntegerField(help_text='Rupiah.')),
                ('credit', models.PositiveIntegerField(default=0, help_text='Rupiah of carry; never pays JHT.')),
                ('basis_paid_through', models.DateField(blank=True, null=True)),
                ('basis_episode', models.PositiveSmallIntegerField()),
                ('episode_no', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('first', 'First'), ('continue', 'Continue'), ('reentry', 'Reentry')], max_length=8)),
                ('base_income', models.PositiveBigIntegerField()),
                ('sector', models.CharField(choices=[('transport', 'transportasi'), ('non_transport', 'bukan transportasi')], max_length=13)),
                ('discount_code', models.CharField(blank=True, default='', max_length=30)),
            ],
        ),
        migrations.CreateModel(
            name='CoverMonth',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('jkk', models.PositiveIntegerField(help_text='Rupiah.')),
                ('jkm', models.PositiveIntegerField(help_text='Rupiah.')),
                ('jht', models.PositiveIntegerField(help_text='Rupiah.')),
                ('credit', models.PositiveIntegerField(default=0, help_text='Rupiah of carry.')),
                ('episode_no', models.PositiveSmallIntegerField()),
                ('agent_month_no', models.PositiveIntegerField(help_text="Ordinal among the member's months credited to that agent (R30).")),
                ('regency_code', models.CharField(max_length=4)),
                ('counted_on', models.DateField(help_text='Day that incentives and figures count it on.')),
                ('reversed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Discount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True)),
                ('programmes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('JKK', 'Jaminan Kecelakaan Kerja'), ('JKM', 'Jaminan Kematian'), ('JHT', 'Jaminan Hari Tua')], max_length=3), size=None)),
                ('sector', models.CharField(choices=[('transport', 'Transport'), ('non_transport', 'Non Transport'), ('any', 'Any')], max_length=13)),
                ('month_from', models.DateField()),
                ('month_to', models.DateField(help_text='Last month, included.')),
                ('percent_off', models.PositiveSmallIntegerField()),
                ('excluded_payers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=6), default=list, size=None)),
                ('legal_basis', models.CharField(max_length=60)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['month_from', 'code'],
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('kind', models.CharField(choices=[('national', 'National'), ('joint_leave', 'Joint Leave')], max_length=12)),
                ('name', models.CharField(max_length=120)),
                ('basis', models.CharField(choices=[('decree', 'Decree'), ('estimate', 'Estimate')], max_length=10)),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='IdempotencyKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('caller', models.CharField(help_text='partner:<id> or user:<id>.', max_length=60)),
                ('operation', models.CharField(help_text='bill, pay, reverse.', max_length=10)),
                ('key', models.CharField(max_length=128)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('outcome', models.CharField(blank=True, default='', help_text='Outcome code.', max_length=40)),
                ('context', models.JSONField(blank=True, default=dict, help_text='Of refusals; nothing personal.')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='JournalAccount',
            fields=[
                ('code', models.PositiveSmallIntegerField(choices=[(1100, 'Partner Receivable'), (1200, 'Bank'), (2100, 'Payable Jkk'), (2110, 'Payable Jkm'), (2120, 'Payable Jht'), (2200, 'Member Credit'), (2300, 'Suspense')], primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('kind', models.CharField(help_text='asset or liability', max_length=10)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='JournalEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('accept', 'Accept'), ('late_post', 'Late Post'), ('reversal', 'Reversal'), ('surplus', 'Surplus'), ('suspense', 'Suspense'), ('release', 'Release'), ('discount_credit', 'Discount Credit')], max_length=16)),
                ('settlement_date', models.DateField()),
                ('posted_at', models.DateTimeField()),
                ('reference', models.CharField(blank=True, default='', max_length=160)),
                ('actor', models.CharField(help_text='partner:<id>, user:<id> or system.', max_length=60)),
            ],
        ),
        migrations.CreateModel(
            name='JournalLine',
            fields=[
                ('pk', models.CompositePrimaryKey('entry_id', 'line_no', blank=True, editable=False, primary_key=True, serialize=False)),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.journalentry')),
                ('line_no', models.PositiveSmallIntegerField()),
                ('amount', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='MemberPayer',
            fields=[
                ('member', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='+', serialize=False, to='enrollment.member')),
            ],
        ),
        migrations.CreateModel(
            name='Payer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('self', 'peserta sendiri'), ('group', 'kelompok'), ('csr', 'donatur'), ('apbn', 'anggaran negara'), ('apbd', 'anggaran daerah'), ('apbdes', 'anggaran desa')], max_length=6)),
                ('name', models.CharField(max_length=100)),
                ('contract_from', models.DateField()),
                ('contract_to', models.DateField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('receipt_no', models.CharField(max_length=16, unique=True)),
                ('channel', models.CharField(choices=[('rest', 'Rest'), ('snap', 'Snap'), ('settlement', 'Settlement'), ('credit', 'Credit'), ('office', 'Office')], max_length=10)),
                ('reference', models.CharField(help_text="The partner's own id.", max_length=128)),
                ('terminal', models.CharField(blank=True, default='', max_length=20)),
                ('amount', models.PositiveBigIntegerField(help_text='Rupiah, without fee.')),
                ('fee', models.PositiveIntegerField(default=0, help_text='Rupiah; information only.')),
                ('paid_at', models.DateTimeField(help_text="The partner's time.")),
                ('posted_at', models.DateTimeField(help_text='Ours.')),
                ('settlement_date', models.DateField()),
                ('late_post', models.BooleanField(default=False, help_text='Came from a settlement file.')),
                ('reversed_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='PaymentPartner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=100)),
                ('is_active', models.BooleanField(default=True)),
                ('admin_fee', models.PositiveIntegerField(default=2500, help_text='Rupiah, on top (R11).')),
                ('cutoff_time', models.TimeField(default=datetime.time(15, 0), help_text='Official time (R12).')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='PostAgent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outlet_code', models.CharField(max_length=20)),
                ('name', models.CharField(max_length=100)),
                ('is_active', models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name='ProgrammeRate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('programme', models.CharField(choices=[('JKK', 'Jaminan Kecelakaan Kerja'), ('JKM', 'Jaminan Kematian'), ('JHT', 'Jaminan Hari Tua')], max_length=3)),
                ('valid_from', models.DateField(help_text='Month, first day.')),
                ('basis_points', models.PositiveIntegerField(blank=True, null=True)),
                ('flat_amount', models.PositiveBigIntegerField(blank=True, help_text='Rupiah.', null=True)),
            ],
            options={
                'ordering': ['programme', 'valid_from'],
            },
        ),
        migrations.CreateModel(
            name='TariffBracket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid_from', models.DateField(help_text='Month, first day.')),
                ('min_income', models.PositiveBigIntegerField(help_text='Rupiah a month, lowest of the bracket.')),
                ('base_income', models.PositiveBigIntegerField(help_text='Rupiah a month that rates apply to.')),
                ('verified', models.BooleanField(default=False, help_text='Compared with the annex of the law.')),
                ('source', models.TextField(blank=True, default='')),
            ],
            options={
                'ordering': ['valid_from', 'min_income'],
            },
        ),
        migrations.AddField(
            model_name='bill',
            name='made_by_agent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='bill',
            name='made_by_user',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='billline',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='payments.bill'),
        ),
        migrations.AddField(
            model_name='billline',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='covermonth',
            name='agent',
            field=models.ForeignKey(blank=True, help_text='Who is credited (R32), frozen at posting.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='covermonth',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(('month_from__lte', models.F('month_to'))), name='discount_window_in_order'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(('month_from__day', 1), ('month_to__day', 1)), name='discount_months_are_first_days'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(('percent_off__gte', 1), ('percent_off__lte', 100)), name='discount_percent_in_range'),
        ),
        migrations.AddConstraint(
            model_name='discount',
            constraint=models.CheckConstraint(condition=models.Q(('sector__in', ['transport', 'non_transport', 'any'])), name='discount_sector_is_known'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.UniqueConstraint(fields=('day', 'kind'), name='holiday_once_per_day_and_kind'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['national', 'joint_leave'])), name='holiday_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='holiday',
            constraint=models.CheckConstraint(condition=models.Q(('basis__in', ['decree', 'estimate'])), name='holiday_basis_is_known'),
        ),
        migrations.AddField(
            model_name='idempotencykey',
            name='bill',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.bill'),
        ),
        migrations.AddConstraint(
            model_name='journalaccount',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['asset', 'liability'])), name='journal_account_kind_is_known'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='reverses',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.journalentry'),
        ),
        migrations.AddField(
            model_name='journalline',
            name='account',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.journalaccount'),
        ),
        migrations.AddField(
            model_name='journalline',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='payer',
            name='office',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.office'),
        ),
        migrations.AddField(
            model_name='memberpayer',
            name='payer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='payments.payer'),
        ),
        migrations.AddField(
            model_name='bill',
            name='payer',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='payments.payer'),
        ),
        migrations.AddField(
            model_name='payment',
            name='bill',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.bill'),
        ),
        migrations.AddField(
            model_name='journalentry',
            name='payment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='idempotencykey',
            name='payment',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='covermonth',
            name='payment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cover_months', to='payments.payment'),
        ),
        migrations.AddField(
            model_name='payment',
            name='partner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.paymentpartner'),
        ),
        migrations.AddField(
            model_name='journalline',
            name='partner',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='payments.paymentpartner'),
        ),
        migrations.AddField(
            model_name='bill',
            name='made_by_partner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='bills', to='payments.paymentpartner'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentpartner',
            trigger=pgtrigger.compiler.Trigger(name='payment_partner_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='8d67e83cd04c4dc1376053aa35072714b425ae22', operation='DELETE', pgid='pgtrigger_payment_partner_is_kept_8019b', table='payments_paymentpartner', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='postagent',
            name='partner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outlets', to='payments.paymentpartner'),
        ),
        migrations.AddField(
            model_name='postagent',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payment',
            name='outlet',
            field=models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='payments.postagent'),
        ),
        migrations.AddConstraint(
            model_name='programmerate',
            constraint=models.UniqueConstraint(fields=('programme', 'valid_from'), name='programme_rate_once_per_start'),
        ),
        migrations.AddConstraint(
            model_name='programmerate',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('basis_points__isnull', True), ('flat_amount__isnull', False)), models.Q(('basis_points__isnull', False), ('flat_amount__isnull', True)), _connector='OR'), name='programme_rate_is_percent_or_flat'),
        ),
        migrations.AddConstraint(
            model_name='programmerate',
            constraint=models.CheckConstraint(condition=models.Q(('programme__in', ['JKK', 'JKM', 'JHT'])), name='programme_rate_programme_known'),
        ),
        migrations.AddConstraint(
            model_name='programmerate',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__day', 1)), name='programme_rate_from_a_first_day'),
        ),
        migrations.AddConstraint(
            model_name='tariffbracket',
            constraint=models.UniqueConstraint(fields=('valid_from', 'min_income'), name='tariff_bracket_once_per_start_and_income'),
        ),
        migrations.AddConstraint(
            model_name='tariffbracket',
            constraint=models.CheckConstraint(condition=models.Q(('base_income__gt', 0)), name='tariff_bracket_amounts_positive'),
        ),
        migrations.AddConstraint(
            model_name='tariffbracket',
            constraint=models.CheckConstraint(condition=models.Q(('valid_from__day', 1)), name='tariff_bracket_from_a_first_day'),
        ),
        migrations.AddIndex(
            model_name='billline',
            index=models.Index(fields=['member', 'bill'], name='bill_line_by_member'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.UniqueConstraint(fields=('bill', 'member', 'month'), name='bill_line_once_per_member_and_month'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='bill_line_month_is_first_day'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('jht__gte', 0), ('jkk__gte', 0), ('jkm__gte', 0)), name='bill_line_amounts_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('credit__lte', django.db.models.expressions.CombinedExpression(models.F('jkk'), '+', models.F('jkm')))), name='bill_line_credit_within_jkk_jkm'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['first', 'continue', 'reentry'])), name='bill_line_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='billline',
            constraint=models.CheckConstraint(condition=models.Q(('sector__in', ['transport', 'non_transport'])), name='bill_line_sector_is_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='billline',
            trigger=pgtrigger.compiler.Trigger(name='bill_line_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='dd7624d5e5469b2fa6e8b4ffd356f721c9190e8b', operation='UPDATE OR DELETE', pgid='pgtrigger_bill_line_is_append_only_60774', table='payments_billline', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='payer',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['group', 'csr', 'apbn', 'apbd', 'apbdes'])), name='payer_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='payer',
            constraint=models.CheckConstraint(condition=models.Q(('contract_to__isnull', True), ('contract_to__gte', models.F('contract_from')), _connector='OR'), name='payer_contract_in_order'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['accept', 'late_post', 'reversal', 'surplus', 'suspense', 'release', 'discount_credit'])), name='journal_entry_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(fields=('reverses',), name='journal_entry_reverses_once'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(condition=models.Q(('reference', ''), _negated=True), fields=('kind', 'reference'), name='journal_entry_reference_once_per_kind'),
        ),
        migrations.AddConstraint(
            model_name='journalentry',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['accept', 'late_post', 'release'])), fields=('payment',), name='journal_entry_pays_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalentry',
            trigger=pgtrigger.compiler.Trigger(name='journal_entry_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='89c43e9dad4aaee6c4d4eaa235355a35123821d3', operation='UPDATE OR DELETE', pgid='pgtrigger_journal_entry_is_append_only_56eca', table='payments_journalentry', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='idempotencykey',
            constraint=models.UniqueConstraint(fields=('caller', 'operation', 'key'), name='idempotency_key_once_per_caller'),
        ),
        migrations.AddIndex(
            model_name='covermonth',
            index=models.Index(fields=['payment'], name='cover_month_by_payment'),
        ),
        migrations.AddIndex(
            model_name='covermonth',
            index=models.Index(fields=['agent', 'counted_on'], name='cover_month_by_agent'),
        ),
        migrations.AddConstraint(
            model_name='covermonth',
            constraint=models.UniqueConstraint(condition=models.Q(('reversed_at__isnull', True)), fields=('member', 'month'), name='cover_month_once_per_member'),
        ),
        migrations.AddConstraint(
            model_name='covermonth',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='cover_month_is_first_day'),
        ),
        migrations.AddConstraint(
            model_name='covermonth',
            constraint=models.CheckConstraint(condition=models.Q(('episode_no__gte', 1)), name='cover_month_episode_from_one'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covermonth',
            trigger=pgtrigger.compiler.Trigger(name='cover_month_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d02660fb272cab636c00beb9381f9bb566f7adae', operation='DELETE', pgid='pgtrigger_cover_month_is_kept_f03e1', table='payments_covermonth', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='covermonth',
            trigger=pgtrigger.compiler.Trigger(name='cover_month_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.reversed_at IS NOT NULL\n                       OR to_jsonb(NEW) - 'reversed_at' <> to_jsonb(OLD) - 'reversed_at' THEN\n                        RAISE EXCEPTION 'a cover month is a fact'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='7733fb6a2ff75bde8d7b74f5dac07978354df770', operation='UPDATE', pgid='pgtrigger_cover_month_is_append_only_225af', table='payments_covermonth', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='journalline',
            index=models.Index(condition=models.Q(('member__isnull', False)), fields=['member'], name='journal_line_by_member'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='journal_line_amount_not_zero'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(('account__in', [1100, 1200, 2100, 2110, 2120, 2200, 2300])), name='journal_line_account_known'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account', 1100), _negated=True), ('partner__isnull', False), _connector='OR'), name='journal_line_1100_has_partner'),
        ),
        migrations.AddConstraint(
            model_name='journalline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('account', 2200), _negated=True), ('member__isnull', False), _connector='OR'), name='journal_line_2200_has_member'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalline',
            trigger=pgtrigger.compiler.Trigger(name='journal_line_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='5fc346c14bef3bd6ff2d74a3679352f00d8abc4e', operation='UPDATE OR DELETE', pgid='pgtrigger_journal_line_is_append_only_6b773', table='payments_journalline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalline',
            trigger=pgtrigger.compiler.Trigger(name='journal_entry_sums_to_zero', sql=pgtrigger.compiler.UpsertTriggerSql(constraint='CONSTRAINT', func="\n                    IF (SELECT sum(amount) FROM payments_journalline\n                        WHERE entry_id = NEW.entry_id) <> 0 THEN\n                        RAISE EXCEPTION 'journal entry % does not sum to zero', NEW.entry_id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='289105b0b307372f47ea7c7f1fa148c3d9bccb85', operation='INSERT', pgid='pgtrigger_journal_entry_sums_to_zero_5eb33', table='payments_journalline', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='bill',
            index=models.Index(fields=['fingerprint', 'expires_at'], name='bill_open_by_fingerprint'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^99[0-9]{4}9[0-9]{9}$')), name='bill_code_has_its_shape'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('payable', django.db.models.expressions.CombinedExpression(models.F('total'), '-', models.F('credit')))), name='bill_payable_is_total_minus_credit'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('payable__gte', 0)), name='bill_payable_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(('payer_kind__in', ['self', 'group', 'csr', 'apbn', 'apbd', 'apbdes'])), name='bill_payer_kind_is_known'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('payer__isnull', True), ('payer_kind', 'self')), models.Q(models.Q(('payer_kind', 'self'), _negated=True), ('payer__isnull', False)), _connector='OR'), name='bill_payer_only_when_not_self'),
        ),
        migrations.AddConstraint(
            model_name='bill',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('made_by_agent__isnull', False), ('made_by_partner__isnull', True), ('made_by_user__isnull', True)), models.Q(('made_by_agent__isnull', True), ('made_by_partner__isnull', False), ('made_by_user__isnull', True)), models.Q(('made_by_agent__isnull', True), ('made_by_partner__isnull', True), ('made_by_user__isnull', False)), _connector='OR'), name='bill_has_one_maker'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bill',
            trigger=pgtrigger.compiler.Trigger(name='bill_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='782dadde5b457e56e84d059f62c772205e3f127a', operation='DELETE', pgid='pgtrigger_bill_is_kept_84893', table='payments_bill', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bill',
            trigger=pgtrigger.compiler.Trigger(name='bill_is_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.cancelled_at IS NOT NULL\n                       OR to_jsonb(NEW) - 'cancelled_at' <> to_jsonb(OLD) - 'cancelled_at' THEN\n                        RAISE EXCEPTION 'a bill is frozen'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='f3284e91a2078c028436dead0ed6289c55701dcd', operation='UPDATE', pgid='pgtrigger_bill_is_frozen_5d9bb', table='payments_bill', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='postagent',
            constraint=models.UniqueConstraint(fields=('partner', 'outlet_code'), name='post_agent_once_per_outlet'),
        ),
        migrations.AddConstraint(
            model_name='postagent',
            constraint=models.CheckConstraint(condition=models.Q(('outlet_code', ''), _negated=True), name='post_agent_has_an_outlet'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['posted_at', 'id'], name='payment_in_order'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['outlet', 'posted_at'], name='payment_by_outlet'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('bill',), name='payment_once_per_bill'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('partner', 'reference'), name='payment_reference_once_per_partner'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('channel__in', ['rest', 'snap', 'settlement', 'credit', 'office'])), name='payment_channel_is_known'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0), ('channel', 'credit'), _connector='OR'), name='payment_zero_only_by_credit'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('channel__in', ['credit', 'office']), ('partner__isnull', True)), models.Q(('partner__isnull', False), models.Q(('channel__in', ['credit', 'office']), _negated=True)), _connector='OR'), name='payment_partner_except_credit_and_office'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_is_kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='00e0d15fe94a2fa1445b7630a77ab54197786d44', operation='DELETE', pgid='pgtrigger_payment_is_kept_f26bd', table='payments_payment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.reversed_at IS NOT NULL\n                       OR to_jsonb(NEW) - 'reversed_at' <> to_jsonb(OLD) - 'reversed_at' THEN\n                        RAISE EXCEPTION 'a payment is a fact'\n                            USING ERRCODE = 'restrict_violation';\n                    END IF;\n                    RETURN NEW;\n                ", hash='c2ce66ee957b57acdffea79ac7bc1f59c0251fb8', operation='UPDATE', pgid='pgtrigger_payment_is_append_only_2ae8d', table='payments_payment', when='BEFORE')),
        ),
    ]
