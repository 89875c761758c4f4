import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = ["reversal", "late_post", "release", "bridge", "bind", "credit", "withdraw"]


class Migration(migrations.Migration):
    """Corrections of a new kind; what is there already is checked by the next migration."""

    dependencies = [
        ("payments", "0005_tombstones_bind_their_counter"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="correction", name="correction_kind_is_known"),
        migrations.RemoveConstraint(model_name="correction", name="correction_names_its_target"),
        migrations.AlterField(
            model_name="correction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("reversal", "Reversal"),
                    ("late_post", "Late Post"),
                    ("release", "Release"),
                    ("bridge", "Bridge"),
                    ("bind", "Bind"),
                    ("credit", "Credit"),
                    ("withdraw", "Withdraw"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="correction",
            name="entry",
            field=models.ForeignKey(
                blank=True,
                help_text="The suspense to release or withdraw, or what gave the credit.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.journalentry",
            ),
        ),
        AddConstraintNotValid(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="correction_kind_is_known"
            ),
        ),
        AddConstraintNotValid(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("entry__isnull", True),
                        ("kind__in", ["reversal", "bind"]),
                        ("payment__isnull", False),
                    ),
                    models.Q(
                        ("entry__isnull", False),
                        ("kind__in", ["release", "credit", "withdraw"]),
                        ("payment__isnull", True),
                    ),
                    models.Q(
                        ("entry__isnull", True),
                        ("kind__in", ["late_post", "bridge"]),
                        ("payment__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="correction_names_its_target",
            ),
        ),
    ]
