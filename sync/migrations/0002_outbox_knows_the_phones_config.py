from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='outbox',
            name='config_tag',
            field=models.CharField(blank=True, db_default='', default='', help_text='Of the configuration that the phone read last.', max_length=40),
        ),
    ]
