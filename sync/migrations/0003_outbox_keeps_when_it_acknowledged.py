from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0002_operation_names_what_it_replaces'),
    ]

    operations = [
        migrations.AddField(
            model_name='outbox',
            name='acked_at',
            field=models.DateTimeField(blank=True, help_text='When the acknowledged version last rose.', null=True),
        ),
    ]
