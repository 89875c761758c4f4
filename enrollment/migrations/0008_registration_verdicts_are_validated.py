from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraint itself, so that the table is not locked while it is read."""

    dependencies = [("enrollment", "0007_registration_may_be_merged")]

    operations = [
        ValidateConstraint(model_name="registration", name="registration_verdict_is_known"),
    ]
