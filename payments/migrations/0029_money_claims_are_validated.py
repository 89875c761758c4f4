from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

CLAIMS = [
    ("correction", "correction_kind_is_known"),
    ("correction", "correction_names_its_target"),
    ("journalentry", "journal_entry_kind_is_known"),
    ("journalentry", "journal_entry_of_a_merge_names_the_row"),
    ("journalentry", "journal_entry_of_a_merge_names_a_member"),
    ("journalentry", "journal_entry_of_a_reversal_has_a_cause"),
    ("latemoney", "late_money_suspense_names_its_entry"),
]


class Migration(migrations.Migration):
    """Apart from the constraints themselves: tables are read under a lock that lets others write.

    Each is proved by a transaction of its own, which holds its one table no longer than it reads.
    """

    atomic = False

    dependencies = [
        ("payments", "0028_journal_entries_name_their_cause"),
    ]

    operations = [
        ValidateConstraint(model_name=model, name=name) for model, name in CLAIMS
    ]
