from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """One more reason to remind, which says from when a price rises and by how much."""

    dependencies = [
        ('retention', '0013_sponsor_alert'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reminderline',
            name='reminder_line_why_is_known',
        ),
        migrations.AddField(
            model_name='reminderline',
            name='price_becomes',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='reminderline',
            name='price_month',
            field=models.DateField(blank=True, help_text='First dearer month; null: about no price.', null=True),
        ),
        migrations.AddField(
            model_name='reminderline',
            name='price_was',
            field=models.PositiveIntegerField(blank=True, help_text='Of the month before, in rupiah.', null=True),
        ),
        migrations.AlterField(
            model_name='reminderline',
            name='why',
            field=models.CharField(choices=[('first_payment', 'iuran pertama belum dibayar'), ('due_soon', 'menjelang jatuh tempo'), ('due_today', 'hari jatuh tempo'), ('grace_1', '1 bulan belum dibayar'), ('grace_2', '2 bulan belum dibayar'), ('grace_3', '3 bulan belum dibayar'), ('lapse_near', 'menjelang tidak aktif'), ('price_change', 'iuran akan naik')], max_length=16),
        ),
        AddConstraintNotValid(
            model_name='reminderline',
            constraint=models.CheckConstraint(condition=models.Q(('why__in', ['first_payment', 'due_soon', 'due_today', 'grace_1', 'grace_2', 'grace_3', 'lapse_near', 'price_change'])), name='reminder_line_why_is_known'),
        ),
        AddConstraintNotValid(
            model_name='reminderline',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('why', 'price_change'), _negated=True), ('price_becomes__isnull', True), ('price_month__isnull', True), ('price_was__isnull', True)), models.Q(('price_becomes__gt', models.F('price_was')), ('price_becomes__isnull', False), ('price_month__day', 1), ('price_month__isnull', False), ('price_was__isnull', False), ('why', 'price_change')), _connector='OR'), name='reminder_line_price_change_says_what_rises'),
        ),
    ]
