from django.db import migrations, models
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import perisai.ids
import perisai.privacy
import pgtrigger.compiler
import pgtrigger.migrations


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('perisai', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_on', models.DateField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('purposes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('registration', 'Registration'), ('reminders', 'Reminders'), ('photo', 'Photo'), ('sponsor_sharing', 'Sponsor Sharing')], max_length=16), size=None)),
                ('language', models.CharField(max_length=2)),
                ('method', models.CharField(choices=[('signature', 'Signature'), ('thumbprint', 'Thumbprint'), ('spoken_witnessed', 'Spoken Witnessed')], max_length=16)),
                ('witness', perisai.privacy.EncryptedTextField(blank=True, label='consent.witness', null=True, padded=True)),
                ('given_at', models.DateTimeField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('version', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('language', models.CharField(max_length=2)),
                ('body', models.TextField()),
                ('valid_from', models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name='DueDate',
            fields=[
                ('month', models.DateField(primary_key=True, serialize=False)),
                ('due_on', models.DateField()),
            ],
            options={
                'ordering': ['month'],
            },
        ),
        migrations.CreateModel(
            name='Heir',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('name', perisai.privacy.EncryptedTextField(label='heir.name', padded=True)),
                ('relation', models.CharField(choices=[('spouse', 'Spouse'), ('child', 'Child'), ('parent', 'Parent'), ('grandchild', 'Grandchild'), ('grandparent', 'Grandparent'), ('sibling', 'Sibling'), ('parent_in_law', 'Parent In Law'), ('will', 'Will'), ('other', 'Other')], max_length=13)),
                ('birth_year', perisai.privacy.EncryptedTextField(blank=True, label='heir.birth_year', null=True)),
                ('phone', perisai.privacy.EncryptedTextField(blank=True, label='heir.phone', null=True)),
                ('nik', perisai.privacy.EncryptedTextField(blank=True, label='heir.nik', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Member',
            fields=[
                ('id', models.UUIDField(default=perisai.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('rev', models.PositiveIntegerField(default=1, help_text='Raised by each edit of a person.')),
                ('nik', perisai.privacy.EncryptedTextField(label='member.nik')),
                ('nik_index', models.BinaryField(help_text='Blind index of the encrypted NIK.', max_length=16)),
                ('full_name', perisai.privacy.EncryptedTextField(label='member.full_name', padded=True)),
                ('name_words', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(max_length=6), default=list, size=None)),
                ('birth_date', models.DateField()),
                ('sex', models.CharField(choices=[('female', 'Female'), ('male', 'Male')], max_length=6)),
                ('birthplace', perisai.privacy.EncryptedTextField(blank=True, label='member.birthplace', null=True, padded=True)),
                ('mother_maiden_name', perisai.privacy.EncryptedTextField(blank=True, label='member.mother_maiden_name', null=True, padded=True)),
                ('kk_number', perisai.privacy.EncryptedTextField(blank=True, label='member.kk_number', null=True)),
                ('regency_code', models.CharField(help_text='Copied from the village: sweep shard.', max_length=4)),
                ('address_line', perisai.privacy.EncryptedTextField(blank=True, label='member.address_line', null=True, padded=True)),
                ('rt', models.CharField(blank=True, default='', max_length=3)),
                ('rw', models.CharField(blank=True, default='', max_length=3)),
                ('postcode', models.CharField(blank=True, default='', max_length=5)),
                ('phone', perisai.privacy.EncryptedTextField(blank=True, label='member.phone', null=True)),
                ('phone_index', models.BinaryField(blank=True, max_length=16, null=True)),
                ('phone_owner', models.CharField(blank=True, choices=[('self', 'Self'), ('spouse', 'Spouse'), ('child', 'Child'), ('neighbour', 'Neighbour'), ('cadre', 'Cadre')], default='', max_length=10)),
                ('no_phone_reason', models.CharField(blank=True, default='', max_length=100)),
                ('email', perisai.privacy.EncryptedTextField(blank=True, label='member.email', null=True, padded=True)),
                ('ecosystem', models.CharField(blank=True, choices=[('desa', 'Desa'), ('pasar', 'Pasar'), ('ecommerce', 'Ecommerce'), ('ukm', 'Ukm'), ('rentan', 'Rentan')], default='', max_length=10)),
                ('income_monthly', models.PositiveBigIntegerField(blank=True, help_text='Stated income, rupiah; null while a draft.', null=True)),
                ('programmes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=3), default=list, size=None)),
                ('employs_others', models.BooleanField(default=False, help_text='Makes JHT compulsory (R1).')),
                ('workplace', perisai.privacy.EncryptedTextField(blank=True, label='member.workplace', null=True, padded=True)),
                ('season_note', models.CharField(blank=True, default='', max_length=200)),
                ('kpj', models.CharField(max_length=11, unique=True)),
                ('kpj_provisional', models.BooleanField(default=True)),
                ('dukcapil', models.CharField(choices=[('not_checked', 'Not Checked'), ('match', 'Match'), ('mismatch', 'Mismatch'), ('unavailable', 'Unavailable')], default='not_checked', max_length=12)),
                ('registered_on', models.DateField(help_text='Day of capture in the official zone.')),
                ('paid_through', models.DateField(blank=True, help_text='Last month covered without a gap; null: never paid.', null=True)),
                ('episode_no', models.PositiveSmallIntegerField(default=0, help_text='0: never paid (R17).')),
                ('episode_started_on', models.DateField(blank=True, null=True)),
                ('closed_on', models.DateField(blank=True, null=True)),
                ('closed_reason', models.CharField(blank=True, choices=[('deceased', 'Deceased'), ('claimed_out', 'Claimed Out'), ('moved_to_pu', 'Moved To Pu'), ('duplicate', 'Duplicate'), ('withdrawn', 'Withdrawn')], default='', max_length=12)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='MemberOccupation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_main', models.BooleanField()),
            ],
        ),
        migrations.CreateModel(
            name='Occupation',
            fields=[
                ('code', models.CharField(max_length=10, primary_key=True, serialize=False)),
                ('name_id', models.CharField(max_length=100)),
                ('name_en', models.CharField(max_length=100)),
                ('ecosystem', models.CharField(choices=[('desa', 'Desa'), ('pasar', 'Pasar'), ('ecommerce', 'Ecommerce'), ('ukm', 'Ukm'), ('rentan', 'Rentan')], max_length=10)),
                ('ktp_code', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('isco08', models.CharField(blank=True, default='', max_length=4)),
                ('transport_sector', models.BooleanField(help_text='Decides the discount of PP 50/2025 (R4).')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('op_id', models.UUIDField(unique=True)),
                ('verdict', models.CharField(choices=[('accepted', 'Accepted'), ('reopened', 'Reopened'), ('held', 'Held')], max_length=10)),
                ('captured_at', models.DateTimeField(help_text='Corrected by the clock offset (R38).')),
                ('soft_checks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, help_text='NIK doubts confirmed (R22).', size=None)),
                ('months', models.PositiveSmallIntegerField(blank=True, help_text='Months asked for.', null=True)),
                ('bill_code', models.CharField(blank=True, default='', max_length=16)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.AddField(
            model_name='assignment',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='consent',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='consent',
            name='text_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.consenttext'),
        ),
        migrations.AddConstraint(
            model_name='duedate',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='due_date_month_is_first_day'),
        ),
        migrations.AddConstraint(
            model_name='duedate',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('month'))), name='due_date_not_before_its_month'),
        ),
        migrations.AddField(
            model_name='member',
            name='agent',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='member',
            name='branch',
            field=models.ForeignKey(help_text='Answers for the member.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.branch'),
        ),
        migrations.AddField(
            model_name='member',
            name='household_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='member',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='member',
            name='village',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.village'),
        ),
        migrations.AddField(
            model_name='heir',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='heirs', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='consent',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='assignment',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='enrollment.member'),
        ),
        migrations.AddField(
            model_name='memberoccupation',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='occupations', to='enrollment.member'),
        ),
        migrations.AddConstraint(
            model_name='occupation',
            constraint=models.CheckConstraint(condition=models.Q(('ecosystem__in', ['desa', 'pasar', 'ecommerce', 'ukm', 'rentan'])), name='occupation_ecosystem_is_known'),
        ),
        migrations.AddField(
            model_name='memberoccupation',
            name='occupation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='enrollment.occupation'),
        ),
        migrations.AddField(
            model_name='registration',
            name='agent',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='perisai.agent'),
        ),
        migrations.AddField(
            model_name='registration',
            name='member',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='enrollment.member'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(condition=models.Q(('closed_on__isnull', True)), fields=['regency_code', 'paid_through'], name='member_live_by_regency'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['agent', 'id'], name='member_by_agent'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['branch', 'id'], name='member_by_branch'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=models.Index(fields=['phone_index'], name='member_by_phone'),
        ),
        migrations.AddIndex(
            model_name='member',
            index=django.contrib.postgres.indexes.GinIndex(fields=['name_words'], name='member_by_name_words'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.UniqueConstraint(condition=models.Q(('merged_into__isnull', True)), fields=('nik_index',), name='member_once_per_nik'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', True), ('closed_reason', '')), models.Q(('closed_on__isnull', False), ('closed_reason__in', ['deceased', 'claimed_out', 'moved_to_pu', 'duplicate', 'withdrawn'])), _connector='OR'), name='member_closed_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('merged_into__isnull', True), ('closed_reason', 'duplicate'), _connector='OR'), name='member_merged_as_duplicate'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('paid_through__isnull', True), ('paid_through__day', 1), _connector='OR'), name='member_paid_through_is_first_day'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('episode_no', 0), ('paid_through__isnull', True)), models.Q(('episode_no__gte', 1), ('paid_through__isnull', False)), _connector='OR'), name='member_episode_from_first_payment'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('sex__in', ['female', 'male'])), name='member_sex_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('dukcapil__in', ['not_checked', 'match', 'mismatch', 'unavailable'])), name='member_dukcapil_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('phone_owner', ''), ('phone_owner__in', ['self', 'spouse', 'child', 'neighbour', 'cadre']), _connector='OR'), name='member_phone_owner_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('ecosystem', ''), ('ecosystem__in', ['desa', 'pasar', 'ecommerce', 'ukm', 'rentan']), _connector='OR'), name='member_ecosystem_is_known'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('phone__isnull', True), ('phone_index__isnull', True)), models.Q(('phone__isnull', False), ('phone_index__isnull', False)), _connector='OR'), name='member_phone_is_indexed'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('kpj__regex', '^[0-9]{11}$')), name='member_kpj_has_its_shape'),
        ),
        migrations.AddConstraint(
            model_name='member',
            constraint=models.CheckConstraint(condition=models.Q(('programmes__contained_by', ['JKK', 'JKM', 'JHT'])), name='member_programmes_are_known'),
        ),
        migrations.AddConstraint(
            model_name='heir',
            constraint=models.UniqueConstraint(fields=('member', 'position'), name='heir_once_per_place'),
        ),
        migrations.AddConstraint(
            model_name='heir',
            constraint=models.CheckConstraint(condition=models.Q(('relation__in', ['spouse', 'child', 'parent', 'grandchild', 'grandparent', 'sibling', 'parent_in_law', 'will', 'other'])), name='heir_relation_is_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('method__in', ['signature', 'thumbprint', 'spoken_witnessed'])), name='consent_method_is_known'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('purposes__contained_by', ['registration', 'reminders', 'photo', 'sponsor_sharing'])), name='consent_purposes_are_known'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='consent',
            trigger=pgtrigger.compiler.Trigger(name='consent_is_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4722b0f7bd4f1ee1ccd615401276bc4d8428a825', operation='UPDATE OR DELETE', pgid='pgtrigger_consent_is_append_only_c88ac', table='enrollment_consent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(fields=('member', 'from_on'), name='assignment_once_per_day'),
        ),
        migrations.AddConstraint(
            model_name='memberoccupation',
            constraint=models.UniqueConstraint(fields=('member', 'occupation'), name='member_occupation_once'),
        ),
        migrations.AddConstraint(
            model_name='memberoccupation',
            constraint=models.UniqueConstraint(condition=models.Q(('is_main', True)), fields=('member',), name='member_occupation_one_main'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['accepted', 'reopened', 'held'])), name='registration_verdict_is_known'),
        ),
        migrations.AddConstraint(
            model_name='registration',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('member__isnull', True), ('verdict', 'held')), models.Q(models.Q(('verdict', 'held'), _negated=True), ('member__isnull', False)), _connector='OR'), name='registration_accepted_with_a_member'),
        ),
    ]
