"""The trigger of rows that are facts but for one thing that may be said of them later, once."""

from typing import Any

import pgtrigger


class Frozen(pgtrigger.Trigger):
    """Refuses every UPDATE but of the named columns, and that once: while the first is null.

    The refusal has SQLSTATE `restrict_violation`. Columns are those of the table (`partner_id`).
    """

    operation = pgtrigger.Update
    when = pgtrigger.Before

    def __init__(self, *columns: str, **options: Any) -> None:
        super().__init__(**options)
        self.columns = columns

    def get_func(self, model: Any) -> Any:
        """The body of the trigger's function."""
        later = ", ".join(f"'{column}'" for column in self.columns)
        return f"""
            IF OLD.{self.columns[0]} IS NOT NULL
               OR to_jsonb(NEW) - ARRAY[{later}] <> to_jsonb(OLD) - ARRAY[{later}] THEN
                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """
