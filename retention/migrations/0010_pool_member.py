from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('enrollment', '0018_hand_overs_name_members'),
        ('retention', '0009_escalation'),
    ]

    operations = [
        migrations.CreateModel(
            name='PoolMember',
            fields=[
            ],
            options={
                'proxy': True,
                'indexes': [],
                'constraints': [],
            },
            bases=('enrollment.member',),
        ),
    ]
