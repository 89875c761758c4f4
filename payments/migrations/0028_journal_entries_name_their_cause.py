import pgtrigger.compiler
import pgtrigger.migrations
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

A_MEMBER = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class Migration(migrations.Migration):
    """What no reversal and no merge may be without; proved of older rows by the next one."""

    dependencies = [
        ("payments", "0027_credit_run_done_after_credited"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="journalentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "merge"), _negated=True),
                    ("reference__regex", A_MEMBER),
                    _connector="OR",
                ),
                name="journal_entry_of_a_merge_names_a_member",
            ),
        ),
        AddConstraintNotValid(
            model_name="journalentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "reversal"), _negated=True),
                    ("payment__isnull", False),
                    ("correction__isnull", False),
                    _connector="OR",
                ),
                name="journal_entry_of_a_reversal_has_a_cause",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='journalentry',
            trigger=pgtrigger.compiler.Trigger(name='journal_entry_of_a_merge_moves_credit', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NEW."kind" = \'merge\')', constraint='CONSTRAINT', func="\n                    IF (SELECT count(*) <> 2\n                            OR bool_or(l.account_id <> 2200)\n                            OR bool_or(l.member_id IS DISTINCT FROM\n                                       CASE WHEN l.amount > 0 THEN m.id ELSE m.merged_into_id END)\n                        FROM payments_journalline l\n                        LEFT JOIN enrollment_member m ON m.id = NEW.reference::uuid\n                        WHERE l.entry_id = NEW.id) THEN\n                        RAISE EXCEPTION 'merge % moves no credit to the row that counts', NEW.id\n                            USING ERRCODE = 'check_violation';\n                    END IF;\n                    RETURN NULL;\n                ", hash='e05aaa08befbd33a94a596c8c9faa2a492e8a885', operation='INSERT', pgid='pgtrigger_journal_entry_of_a_merge_moves_credit_8a602', table='payments_journalentry', timing='DEFERRABLE INITIALLY DEFERRED', when='AFTER')),
        ),
    ]
