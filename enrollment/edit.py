"""Who edits a member, when, and by which operation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit by an agent's operation, or by a user of the office (`user_id`, with a reason).

    `at` is when it was captured, corrected by the clock offset (R38); `received_at` our own clock.
    `decision` is empty, or what a person decided about the case that the operation became.
    `is_late`: the member is in another agent's book, and the work counts all the same.
    """

    at: datetime
    received_at: datetime
    agent_id: UUID | None = None
    device_id: UUID | None = None
    op_id: UUID | None = None
    user_id: int | None = None
    reason: str = ""
    decision: str = ""
    is_late: bool = False

    @property
    def author_id(self) -> UUID:
        """The agent whose operation it is; only agents send operations."""
        if self.agent_id is None:
            raise AssertionError("an operation has an agent")
        return self.agent_id

    @property
    def operation_id(self) -> UUID:
        """The operation that says it; the office's own edits have none."""
        if self.op_id is None:
            raise AssertionError("only an operation says this")
        return self.op_id

    @property
    def is_of_office(self) -> bool:
        """Whether somebody of the office edits by himself, and decides on nobody's work."""
        return self.agent_id is None and self.user_id is not None and not self.decision

    def may_be_of(self, agent_id: UUID | None) -> bool:
        """Whether it counts on this agent's member: on her own, unless the office has a say."""
        is_free = bool(self.decision) or self.is_late or self.agent_id is None
        return is_free or agent_id == self.agent_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What became of an edit.

    `merged`: committed beside fields that others changed meanwhile (`theirs`), or over those in
    `overlap`. `conflict`: nothing is changed, `code` says why, `case` names the kind of the case
    where the code does not, `other_id` the member it clashes with.
    """

    word: Literal["applied", "merged", "conflict"]
    rev: int | None = None
    code: str = ""
    case: str = ""
    other_id: UUID | None = None
    theirs: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    overlap: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
