from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraints themselves, so that the table is not locked while it is read."""

    dependencies = [("retention", "0005_five_kinds")]

    operations = [
        ValidateConstraint(model_name="followup", name="follow_up_kind_is_known"),
        ValidateConstraint(model_name="followup", name="follow_up_closed_by_a_person"),
        ValidateConstraint(model_name="followup", name="follow_up_closed_reason_is_known"),
    ]
