"""A person decides a case: apply what was held, merge it into the other record, or refuse it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import structlog

from perisai.errors import FieldError, Invalid, NotFound
from perisai.models import Agent, Role, User
from sync import registry
from sync.errors import (
    CaseDecided,
    CaseNotApplicable,
    CaseOfAnotherBranch,
    CaseRefused,
    NotInBook,
)
from sync.models import CaseState, Conflict, Operation, OperationNeed, ResultWord
from sync.registry import Op, Result, Verdict
from sync.services import book
from sync.services.cases import show_case
from sync.services.effect import carry_out, outcome_without_effect
from sync.services.final_words import tell_author
from sync.services.place import EFFECTIVE, Undone, Waits, replacement_of
from sync.services.results import Outcome, outcome_of, rejected
from sync.services.stored import locked, op_of, sent_of, store_outcome
from sync.services.waiting import run_waiting_for

log = structlog.get_logger(__name__)

# Cases that the machinery itself opened: the rules of the kind were never asked.
UNJUDGED: Final = frozenset({"device_lost"})
LONGEST_REASON: Final = 500
STATES: Final = {
    "apply": CaseState.APPLIED,
    "merge": CaseState.MERGED,
    "refuse": CaseState.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a person says of a case, and why; the agent reads the reason of a refusal.

    `under` is the agent who gets a record that is only now made, if it is not the author.
    """

    decision: Literal["apply", "merge", "refuse"]
    reason: str
    under: UUID | None = None


def decide(case_id: UUID, word: Word, *, by: User, now: datetime) -> Conflict:
    """Close a case with its effect, the operation's result and the author's news: all or nothing.

    What waited for the operation runs afterwards. Raises NotFound outside the user's branch,
    CaseOfAnotherBranch where the record is not the branch's to change, CaseDecided for a second
    word, CaseNotApplicable, and what the rules of the kind refuse; nothing is changed then.
    """
    _must_be_said(word)
    with book.recording() as changes:
        case, row = _locked(case_id)
        _must_be_of(by, case, word, row)
        if case.state != CaseState.OPEN:
            raise CaseDecided
        outcome = _outcome(case, word, row, by=by) if row is not None else None
        if row is None:
            _rule(case, word, by=by, now=now)
        _close(case, word, by=by, now=now)
        if row is not None and outcome is not None:
            tell_author(changes, row)
        versions = changes.raise_now()
        if row is not None and outcome is not None:
            store_outcome(row, outcome.at_version(versions.get(row.agent_id)))
    log.info("case_decided", case=str(case.pk), kind=case.kind, state=case.state, by=by.pk)
    if row is not None and row.result in EFFECTIVE:
        run_waiting_for([row.op_id])
    return case


def held_operation(case: Conflict) -> Operation | None:
    """The operation that the case holds; None where it has its word already, or there is none."""
    row = case.operation
    is_held = (
        row is not None
        and row.result == ResultWord.CONFLICT
        and row.outcome.get("conflict_id") == str(case.pk)
    )
    return row if is_held else None


def must_be_held(op: Op) -> None:
    """That the making has no effect until the caller commits: what it says is looked for then.

    For the handler of an `always` kind whose `op.late` is `held`, before all else; joins the
    caller's transaction. Raises NotInBook if a decision or a correction was first.
    """
    if op.late is None or op.late.maker is None:
        return
    makings = Operation.objects.filter(op_id=op.late.maker, same_as=None)
    making = makings.select_for_update(no_key=True).first()
    if making is None or making.result in EFFECTIVE or replacement_of(making.op_id, op.agent_id):
        raise NotInBook


def stop_held(op: Op, *, code: str, now: datetime) -> UUID | None:
    """Refuse a held making on the author's own word, such as consent taken back.

    For the handler of an `always` kind whose `op.late` is `held`; `code` becomes the result of the
    making. The id of the case, None if there is none: of what waits for another operation, or was
    parked, there is no case to close. Joins the caller's transaction.
    """
    if op.late is None or op.late.maker is None:
        return None
    _stop_blocked(op.late.maker, code=code)
    cases = Conflict.objects.filter(operation__op_id=op.late.maker, operation__same_as=None)
    for case_id in cases.filter(state=CaseState.OPEN).values_list("pk", flat=True):
        case, row = _locked(case_id)
        if case.state != CaseState.OPEN or row is None:
            continue
        author = User.objects.get(agent=op.agent_id)
        word = Word(decision="refuse", reason=code)
        with book.recording() as changes:
            _close(case, word, by=author, now=now)
            tell_author(changes, row)
            store_outcome(row, rejected(CaseRefused(), code=code))
        return case.pk
    return None


def _stop_blocked(maker: UUID, *, code: str) -> None:
    """What was not carried out yet never will be."""
    waiting = Operation.objects.filter(op_id=maker, same_as=None, result=ResultWord.BLOCKED)
    row = waiting.select_for_update(no_key=True).first()
    if row is None:
        return
    OperationNeed.objects.filter(operation=row).delete()
    with book.recording() as changes:
        tell_author(changes, row)
        store_outcome(row, rejected(CaseRefused(), code=code))


def _must_be_said(word: Word) -> None:
    reason = word.reason.strip()
    if not reason or len(reason) > LONGEST_REASON:
        code = "too_long" if reason else "required"
        raise Invalid(errors=(FieldError(pointer="/reason", code=code),))


def _locked(case_id: UUID) -> tuple[Conflict, Operation | None]:
    """The operation first, then its case, as everywhere. Raises NotFound."""
    found = Conflict.objects.filter(pk=case_id)
    operation_id = found.values_list("operation", flat=True).first()
    if operation_id is not None:
        locked(operation_id)
    whole = found.select_related("operation")
    case = whole.select_for_update(no_key=True, of=("self",)).first()
    if case is None:
        raise NotFound
    return case, held_operation(case)


def _must_be_of(by: User, case: Conflict, word: Word, row: Operation | None) -> None:
    """A supervisor decides on work of his branch's agents and on his branch's records.

    What changes a record must be decided where it is. Raises NotFound, CaseOfAnotherBranch.
    """
    if by.role != Role.SUPERVISOR:
        raise NotFound
    touched = _touched(case, row)
    seen = registry.records_seen(case.entity, by, touched)
    is_author_seen = Agent.objects.visible_to(by).filter(pk=case.agent_id).exists()
    if not is_author_seen and not seen:
        raise NotFound
    if word.decision != "refuse" and seen is not None and touched - seen:
        raise CaseOfAnotherBranch
    if word.under is not None:
        _must_be_colleague(by, word.under, row)


def _touched(case: Conflict, row: Operation | None) -> set[UUID]:
    """The records that are there already and that a decision may change."""
    kind = registry.kind_of(row.kind, row.v) if row is not None else None
    is_made_by_it = kind is not None and kind.creates
    records = {case.other_id, None if is_made_by_it else case.entity_id}
    return {record for record in records if record is not None}


def _must_be_colleague(by: User, agent_id: UUID, row: Operation | None) -> None:
    """Another agent may be named for a record that is only now made, an agent of the branch."""
    kind = registry.kind_of(row.kind, row.v) if row is not None else None
    if kind is None or not kind.creates:
        raise CaseNotApplicable
    if not Agent.objects.visible_to(by).filter(pk=agent_id).exists():
        raise Invalid(errors=(FieldError(pointer="/under", code="unknown_choice"),))


def _outcome(case: Conflict, word: Word, row: Operation, *, by: User) -> Outcome:
    """What the held operation comes to by this decision."""
    if word.decision == "refuse":
        return rejected(CaseRefused(word.reason), code=row.code)
    if row.body is None or (word.decision == "merge" and case.other_id is None):
        raise CaseNotApplicable
    sent = sent_of(row)
    op = replace(
        op_of(sent, row),
        was_held=True,
        agent_id=word.under or row.agent_id,
        decision=None if case.kind in UNJUDGED else word.decision,
        case=case.kind,
        decided_by=by.pk,
    )
    try:
        return outcome_of(_for_author(carry_out(sent, op), op, row))
    except Undone as undone:
        return _judged_anew(case, undone.result, op, row)
    except (Waits, NotInBook) as fault:
        raise CaseNotApplicable from fault


def _judged_anew(case: Conflict, result: Result, op: Op, row: Operation) -> Outcome:
    """Another rule holds it now, for which there is another case."""
    if result.word != "conflict" or (result.case or result.code) == case.kind:
        raise CaseNotApplicable
    return outcome_without_effect(result, op, row)


def _for_author(result: Result, op: Op, row: Operation) -> Result:
    """What was made under another agent is not in the author's book: late work from now on."""
    if op.agent_id == row.agent_id:
        return result
    made = result.entity_id or op.entity_id
    extra = {"into": str(made)} | dict(result.extra) | {"credited": False}
    into = UUID(str(extra["into"]))
    with book.recording() as changes:
        if into == op.entity_id:
            changes.drop(row.agent_id, result.entity, [made], reason="reassigned")
        else:  # her own id stays an alias of the record that it was put on
            changes.drop(row.agent_id, result.entity, [op.entity_id], reason="merged", into_id=into)
    return replace(result, word="redirected", code="reassigned", extra=extra)


def _rule(case: Conflict, word: Word, *, by: User, now: datetime) -> None:
    """What the app of a case's kind does when it is decided, if it does anything."""
    ruling = registry.ruling_of(case.kind)
    if ruling is None:
        return
    verdict = Verdict(
        case_id=case.pk,
        kind=case.kind,
        entity=case.entity,
        entity_id=case.entity_id,
        other_id=case.other_id,
        agent_id=case.agent_id,
        decision=word.decision,
        decided_by=by.pk,
        reason=word.reason,
        decided_at=now,
    )
    ruling(verdict)


def _close(case: Conflict, word: Word, *, by: User, now: datetime) -> None:
    """The case is over; its record no longer names it."""
    case.state = STATES[word.decision]
    case.decided_by, case.decided_at, case.reason = by, now, word.reason.strip()
    case.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    show_case(case)
