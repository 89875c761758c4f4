from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraints themselves, so that the tables are not locked while read."""

    dependencies = [
        ("payments", "0002_reserved_codes"),
    ]

    operations = [
        ValidateConstraint(model_name="correction", name="correction_kind_is_known"),
        ValidateConstraint(model_name="correction", name="correction_names_its_target"),
        ValidateConstraint(model_name="bill", name="bill_code_is_reserved_or_drawn"),
        ValidateConstraint(model_name="payment", name="payment_has_bill_or_reservation"),
        ValidateConstraint(model_name="payment", name="payment_for_a_code_names_its_month"),
    ]
