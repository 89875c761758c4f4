from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraints themselves, so that the table is not locked while it is read."""

    dependencies = [
        ("payments", "0030_password_by_two_persons"),
    ]

    operations = [
        ValidateConstraint(model_name="partnerchange", name="partner_change_kind_is_known"),
        ValidateConstraint(model_name="partnerchange", name="partner_change_names_its_target"),
    ]
