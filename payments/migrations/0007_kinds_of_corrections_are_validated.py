from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraints themselves, so that the table is not locked while read."""

    dependencies = [
        ("payments", "0006_suspense_is_withdrawn"),
    ]

    operations = [
        ValidateConstraint(model_name="correction", name="correction_kind_is_known"),
        ValidateConstraint(model_name="correction", name="correction_names_its_target"),
    ]
