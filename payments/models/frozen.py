"""The trigger of rows that are facts but for one thing that may be said of them later, once."""

from collections.abc import Sequence
from typing import Any

import pgtrigger


class Frozen(pgtrigger.Trigger):
    """Refuses every UPDATE but of the named columns, and that once: while the first is null.

    `first`: columns that may be said before, each once, and never taken back. The refusal has
    SQLSTATE `restrict_violation`. Columns are those of the table (`partner_id`).
    """

    operation = pgtrigger.Update
    when = pgtrigger.Before

    def __init__(self, *columns: str, first: Sequence[str] = (), **options: Any) -> None:
        super().__init__(**options)
        self.columns, self.first = columns, first

    def get_func(self, model: Any) -> Any:
        """The body of the trigger's function."""
        later = ", ".join(f"'{column}'" for column in [*self.columns, *self.first])
        once = "".join(
            f"""
               OR (OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column})"""
            for column in self.first
        )
        return f"""
            IF OLD.{self.columns[0]} IS NOT NULL
               OR to_jsonb(NEW) - ARRAY[{later}] <> to_jsonb(OLD) - ARRAY[{later}]{once} THEN
                RAISE EXCEPTION '% rows are facts', TG_TABLE_NAME
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """
