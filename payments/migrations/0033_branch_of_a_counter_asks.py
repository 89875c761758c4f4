"""What the branch of a counter is for: its supervisor asks, the national office confirms."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("perisai", "0001_initial"),
        ("payments", "0032_payer_has_a_contact"),
    ]

    operations = [
        migrations.AlterField(
            model_name="postagent",
            name="branch",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose supervisor asks for its new password; null: the national office"
                " alone.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="perisai.branch",
            ),
        ),
    ]
