"""The trigger of dated rows that prices come from."""

from typing import Any

import pgtrigger


class Dated(pgtrigger.Trigger):
    """A new law is a new row: nothing is edited but marks, and what a price came from stays.

    `used` is SQL, true where a bill or a credit came from the row OLD. A bill that was asked for
    just before the row was confirmed may have been priced by it, so it counts for an hour. The
    refusals have SQLSTATE `restrict_violation`.
    """

    operation = pgtrigger.Update | pgtrigger.Delete
    when = pgtrigger.Before

    def __init__(self, *marks: str, used: str, **options: Any) -> None:
        super().__init__(**options)
        self.marks = marks
        self.used = used

    def get_func(self, model: Any) -> Any:
        """The body of the trigger's function."""
        marks = ", ".join(f"'{column}'" for column in self.marks)
        return f"""
            IF TG_OP = 'UPDATE' THEN
                IF to_jsonb(NEW) - ARRAY[{marks}]::text[]
                   <> to_jsonb(OLD) - ARRAY[{marks}]::text[] THEN
                    RAISE EXCEPTION '% rows are dated, not edited', TG_TABLE_NAME
                        USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            END IF;
            IF {self.used} THEN
                RAISE EXCEPTION '% row is used', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN OLD;
        """


# When the decision that brought OLD was made; a row without one came with the installation.
BROUGHT = """
    SELECT max(p.decided_at) - interval '1 hour' FROM payments_tariffproposal p
    WHERE p.decision = 'confirmed'
      AND p.details ->> 'valid_from' = to_char(OLD.valid_from, 'YYYY-MM')
"""
USED_SINCE = """
    EXISTS (
        SELECT 1 FROM payments_billline l JOIN payments_bill b ON b.id = l.bill_id
        WHERE l.month >= OLD.valid_from AND b.created_at >= coalesce(({brought}), '-infinity')
    )
"""
GAVE_CREDIT = """
    OR EXISTS (
        SELECT 1 FROM payments_creditedmonth g
        WHERE g.discount_code = {code} || to_char(OLD.valid_from, 'YYYY-MM')
    )
"""
TABLE_IS_USED = USED_SINCE.format(
    brought=f"{BROUGHT} AND p.kind = 'brackets'"
) + GAVE_CREDIT.format(code="'table:'")
RATE_IS_USED = USED_SINCE.format(
    brought=f"{BROUGHT} AND p.kind = 'rate' AND p.details ->> 'programme' = OLD.programme"
) + GAVE_CREDIT.format(code="'rate:' || OLD.programme || ':'")
DISCOUNT_IS_USED = """
    EXISTS (
        SELECT 1 FROM payments_billline l
        WHERE l.month BETWEEN OLD.month_from AND OLD.month_to AND l.discount_code = OLD.code
    ) OR EXISTS (
        SELECT 1 FROM payments_journalentry e
        WHERE e.kind = 'discount_credit' AND e.reference <> ''
          AND starts_with(e.reference, 'discount:' || OLD.code || ':')
    )
"""
