"""The trigger of rows that money never rewrites."""

from typing import Any

import pgtrigger


class Kept(pgtrigger.Trigger):
    """Refuses the named operations on every row, with SQLSTATE `restrict_violation`."""

    when = pgtrigger.Before

    def get_func(self, model: Any) -> Any:
        """The body of the trigger's function."""
        return self.format_sql(
            """
            RAISE EXCEPTION '% keeps its rows', TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
            """
        )
