from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    ("new_partner", "New Partner"),
    ("terms", "Terms"),
    ("open_partner", "Open Partner"),
    ("close_partner", "Close Partner"),
    ("new_counter", "New Counter"),
    ("open_counter", "Open Counter"),
    ("close_counter", "Close Counter"),
    ("edit_counter", "Edit Counter"),
    ("new_login", "New Login"),
    ("new_password", "New Password"),
]
OLD = ["partner_change_kind_is_known", "partner_change_names_its_target"]
Q = models.Q


class Migration(migrations.Migration):
    """A counter's new password is one of the changes; proved of older rows by the next one."""

    dependencies = [
        ("payments", "0029_money_claims_are_validated"),
    ]

    operations = [
        *(migrations.RemoveConstraint(model_name="partnerchange", name=name) for name in OLD),
        migrations.AlterField(
            model_name="partnerchange",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=13),
        ),
        AddConstraintNotValid(
            model_name="partnerchange",
            constraint=models.CheckConstraint(
                condition=Q(("kind__in", [kind for kind, _ in KINDS])),
                name="partner_change_kind_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="partnerchange",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(
                        ("kind", "new_partner"),
                        ("outlet__isnull", True),
                        ("partner__isnull", True),
                    ),
                    Q(
                        (
                            "kind__in",
                            ["terms", "open_partner", "close_partner", "new_counter", "new_login"],
                        ),
                        ("outlet__isnull", True),
                        ("partner__isnull", False),
                    ),
                    Q(
                        (
                            "kind__in",
                            ("open_counter", "close_counter", "edit_counter", "new_password"),
                        ),
                        ("outlet__isnull", False),
                        ("partner__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="partner_change_names_its_target",
            ),
        ),
    ]
