from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """A form may become part of a live member's record, when a person so decides (R23)."""

    dependencies = [("enrollment", "0006_member_change_is_kept")]

    operations = [
        migrations.RemoveConstraint(model_name="registration", name="registration_verdict_is_known"),
        migrations.AlterField(
            model_name="registration",
            name="verdict",
            field=models.CharField(
                choices=[
                    ("accepted", "Accepted"),
                    ("reopened", "Reopened"),
                    ("merged", "Merged"),
                    ("held", "Held"),
                ],
                max_length=10,
            ),
        ),
        AddConstraintNotValid(
            model_name="registration",
            constraint=models.CheckConstraint(
                condition=models.Q(("verdict__in", ["accepted", "reopened", "merged", "held"])),
                name="registration_verdict_is_known",
            ),
        ),
    ]
