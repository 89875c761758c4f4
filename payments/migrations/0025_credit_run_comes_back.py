from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0024_partners_own_login_by_two_persons"),
    ]

    operations = [
        migrations.AddField(
            model_name="creditrun",
            name="waiting",
            field=ArrayField(
                base_field=models.UUIDField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Members that somebody else held; they are tried again after the others.",
                size=None,
            ),
        ),
    ]
