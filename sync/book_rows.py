"""What a phone sees of the contract itself: the final words on its operations."""

from collections.abc import Callable, Sequence
from uuid import UUID

from sync.registry import Row, rows
from sync.services.final_words import OP_RESULT, result_rows


@rows(OP_RESULT)
def rows_of_results(agent_id: UUID, ids: Sequence[UUID]) -> Callable[[], dict[UUID, Row]]:
    """Results of the agent's own operations alone."""
    found = result_rows(agent_id, ids)
    return lambda: found
