"""What a phone is told of one operation, in the form that is stored with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from perisai.errors import DomainError
from sync.models import ResultWord
from sync.registry import Json, Result

REFUSED = 422  # an operation is refused as content, whatever the kind of the refusal is online


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One line of `results[]`; `is_final` if it is stored and never asked again."""

    seq: int
    op_id: UUID
    body: Json
    is_final: bool = True

    def members(self) -> dict[str, Any]:
        """The line as the phone reads it."""
        return {"seq": self.seq, "op_id": str(self.op_id), **self.body}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is stored with an operation: word, code, and the members of the answer."""

    word: ResultWord
    code: str
    members: Mapping[str, Any]

    def at_version(self, version: int | None) -> "Outcome":
        """The same, telling the book version that shows the effect."""
        if version is None or self.word not in {ResultWord.APPLIED, ResultWord.MERGED}:
            return self
        members = {**self.members, "ver": version}
        return Outcome(word=self.word, code=self.code, members=members)


def outcome_of(result: Result, *, conflict_id: UUID | None = None) -> Outcome:
    """The outcome of what a handler returned; members that say nothing are absent."""
    members: dict[str, Any] = {"result": result.word}
    said = {
        "code": result.code,
        "conflict_id": str(conflict_id) if conflict_id else "",
        "entity": result.entity,
        "entity_id": str(result.entity_id) if result.entity_id else "",
        "rev": result.rev,
        "warnings": list(result.warnings),
    }
    members |= {name: value for name, value in said.items() if value}
    members |= result.extra
    return Outcome(word=ResultWord(result.word), code=result.code, members=members)


def rejected(refusal: DomainError, *, code: str = "") -> Outcome:
    """Kept and never applied as it is: the problem says what to correct.

    `code` stands in for the refusal's own where a handler returned a word instead of raising.
    """
    code = code or refusal.code
    problem = {
        "type": f"/problems/{code}",
        "title": str(refusal.title),
        "status": REFUSED,
        "detail": str(refusal.detail),
        "code": code,
        "retryable": False,
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": str(error.detail)}
            for error in refusal.errors
        ],
    }
    members = {"result": ResultWord.REJECTED.value, "problem": problem}
    return Outcome(word=ResultWord.REJECTED, code=code, members=members)


def parked() -> Outcome:
    """Kept until operators have mended what made it fail; those behind it go on."""
    members = {"result": ResultWord.BLOCKED.value, "code": "parked"}
    return Outcome(word=ResultWord.BLOCKED, code="parked", members=members)


def needs(op_ids: list[UUID]) -> Outcome:
    """Kept until these operations are applied."""
    members = {
        "result": ResultWord.BLOCKED.value,
        "code": "needs_op",
        "waits_for": [str(op_id) for op_id in op_ids],
    }
    return Outcome(word=ResultWord.BLOCKED, code="needs_op", members=members)


def duplicate(first: Json) -> Json:
    """Processed before; nothing happened now."""
    return {"result": "duplicate", "first": dict(first)}


def retry(after: int) -> Json:
    """Nothing stored; the phone sends again from this place."""
    return {"result": "retry", "retry_after": after}
