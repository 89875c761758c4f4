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
]
OLD = [
    "partner_change_kind_is_known",
    "partner_change_names_its_target",
    "partner_change_name_where_it_changes",
    "partner_change_login_of_a_new_counter",
]
Q = models.Q


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0022_keys_are_kept"),
    ]

    operations = [
        *(migrations.RemoveConstraint(model_name="partnerchange", name=name) for name in OLD),
        migrations.AlterField(
            model_name="partnerchange",
            name="kind",
            field=models.CharField(choices=KINDS, max_length=13),
        ),
        migrations.AddConstraint(
            model_name="partnerchange",
            constraint=models.CheckConstraint(
                condition=Q(("kind__in", [kind for kind, _ in KINDS])),
                name="partner_change_kind_is_known",
            ),
        ),
        migrations.AddConstraint(
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
                        ("kind__in", ("open_counter", "close_counter", "edit_counter")),
                        ("outlet__isnull", False),
                        ("partner__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="partner_change_names_its_target",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerchange",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(
                        (
                            "kind__in",
                            ("new_partner", "terms", "new_counter", "new_login", "edit_counter"),
                        ),
                        Q(("name", ""), _negated=True),
                    ),
                    Q(
                        Q(
                            (
                                "kind__in",
                                (
                                    "new_partner",
                                    "terms",
                                    "new_counter",
                                    "new_login",
                                    "edit_counter",
                                ),
                            ),
                            _negated=True,
                        ),
                        ("name", ""),
                    ),
                    _connector="OR",
                ),
                name="partner_change_name_where_it_changes",
            ),
        ),
        migrations.AddConstraint(
            model_name="partnerchange",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(
                        ("kind__in", ("new_counter", "new_login")),
                        Q(("username", ""), _negated=True),
                    ),
                    Q(
                        Q(("kind__in", ("new_counter", "new_login")), _negated=True),
                        ("username", ""),
                    ),
                    _connector="OR",
                ),
                name="partner_change_login_of_a_new_one",
            ),
        ),
    ]
