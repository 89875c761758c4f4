from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("payments", "0026_credit_run_is_worked_again")]

    operations = [
        migrations.AddConstraint(
            model_name="creditrun",
            constraint=models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(credited_at__isnull=False),
                name="credit_run_done_after_credited",
            ),
        ),
    ]
