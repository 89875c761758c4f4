from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

ONE_MONTH = """
    ALTER TABLE retention_followup DROP CONSTRAINT follow_up_once_per_kind_and_unpaid_month,
        ADD CONSTRAINT follow_up_once_per_kind_and_unpaid_month UNIQUE USING INDEX {index}
"""
COLUMNS = "retention_followup (member_id, episode_no, unpaid_since, kind)"


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [("retention", "0007_attempts_know_their_regency")]

    operations = [
        AddIndexConcurrently(
            model_name="attempt",
            index=models.Index(
                condition=models.Q(("promise_on__isnull", False)),
                fields=["regency_code", "promise_on"],
                name="attempt_promised_by_regency",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "CREATE UNIQUE INDEX CONCURRENTLY follow_up_once_per_kind"
                        f" ON {COLUMNS} NULLS NOT DISTINCT",
                        ONE_MONTH.format(index="follow_up_once_per_kind"),
                    ],
                    [
                        f"CREATE UNIQUE INDEX CONCURRENTLY follow_up_once_per_kind ON {COLUMNS}",
                        ONE_MONTH.format(index="follow_up_once_per_kind"),
                    ],
                ),
            ],
            state_operations=[
                migrations.RemoveConstraint(
                    model_name="followup", name="follow_up_once_per_kind_and_unpaid_month"
                ),
                migrations.AddConstraint(
                    model_name="followup",
                    constraint=models.UniqueConstraint(
                        fields=["member", "episode_no", "unpaid_since", "kind"],
                        name="follow_up_once_per_kind_and_unpaid_month",
                        nulls_distinct=False,
                    ),
                ),
            ],
        ),
    ]
