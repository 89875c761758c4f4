from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Apart from the constraints themselves, so that the table is not locked while it is read."""

    dependencies = [("retention", "0014_reminders_tell_of_dearer_months")]

    operations = [
        ValidateConstraint(model_name="reminderline", name="reminder_line_why_is_known"),
        ValidateConstraint(
            model_name="reminderline", name="reminder_line_price_change_says_what_rises"
        ),
    ]
