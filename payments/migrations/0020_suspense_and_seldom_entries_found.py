from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Concurrently, so that nobody waits; a stopped run leaves an invalid index to drop by hand.
    atomic = False

    dependencies = [
        ("payments", "0019_payers_of_members_have_a_history"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("kind", "accept"), _negated=True),
                fields=["kind", "id"],
                name="journal_entry_beside_payments",
            ),
        ),
        AddIndexConcurrently(
            model_name="latemoney",
            index=models.Index(
                condition=models.Q(("suspended__gt", 0)),
                fields=["id"],
                name="late_money_suspended",
            ),
        ),
    ]
