"""What the apps above teach the phone's contract: handlers of operations, rows of entities.

Filled when `SyncConfig.ready()` finds their `operations.py` and `book_rows.py`; a second handler of
one kind and version, or a second owner of one entity, stops the start.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from perisai.models import User

Late = Literal["add", "edit", "always"]
LateCode = Literal["reassigned", "merged", "held", "unknown"]
Decision = Literal["apply", "merge"]
Json = Mapping[str, Any]  # a JSON object as it came; the handler parses it into its own dataclass
Row = dict[str, Any]  # one row as it goes to the phone: JSON values only


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWork:
    """Why an operation counts on a record that is not in its author's book.

    `reassigned`: another agent looks after it now; `merged`: it is the record that the author's
    was merged into; `held`: its making waits for a person, in the operation `maker`; `unknown`:
    no book tells, and only the kind's app may know. The last two come to `always` kinds alone.
    `is_credited`: made before the author could know.
    """

    code: LateCode
    is_credited: bool = True
    maker: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """One operation, checked in shape and not yet believed.

    When a person decides its case the handler runs again: `decision` says how, `case` which kind
    of case, `decided_by` which user. `late` says that the record is in another book and the work
    counts all the same; a handler asks `may_work_on` under its own lock.
    """

    op_id: UUID
    kind: str
    v: int
    entity_id: UUID
    data: Json
    agent_id: UUID
    device_id: UUID
    made_at: datetime
    adjusted_at: datetime
    received_at: datetime
    base_rev: int | None = None
    replaces: UUID | None = None  # the author's refused or conflicting one that it stands for
    decision: Decision | None = None
    case: str = ""
    decided_by: int | None = None
    late: LateWork | None = None
    was_held: bool = False  # it had no effect when it came: a case was decided, or it waited

    def may_work_on(self, holder_id: UUID | None) -> bool:
        """Whether it counts on a record of this agent: the author's own, or accepted late work."""
        return self.late is not None or holder_id == self.agent_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an operation: the word, and what the phone needs to know."""

    word: Literal["applied", "merged", "conflict", "redirected", "rejected", "blocked"]
    entity: str = ""
    entity_id: UUID | None = None
    code: str = ""
    other_id: UUID | None = None  # of a conflict: the record it clashes with
    case: str = ""  # of a conflict: the kind of the case, if it is not the code
    rev: int | None = None
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)  # further members of the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person said of a case that has no operation to run again."""

    case_id: UUID
    kind: str
    entity: str
    entity_id: UUID
    other_id: UUID | None
    agent_id: UUID
    decision: Literal["apply", "merge", "refuse"]
    decided_by: int
    reason: str
    decided_at: datetime


Handler = Callable[[Op], Result]
Upcaster = Callable[[Json], Json]
Step = Callable[[Op, Result], Result]
Made = Callable[[], dict[UUID, Row]]
Rows = Callable[[UUID, Sequence[UUID]], Made]
More = Callable[[UUID, Sequence[UUID]], Callable[[], Iterable[tuple[UUID, Row]]]]
Ruling = Callable[[Verdict], None]
Seen = Callable[[User, Iterable[UUID]], set[UUID]]
Naming = Callable[[UUID], UUID | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A stored file for the record that it was declared for, and who sent it."""

    record_id: UUID
    role: str
    file_id: UUID
    agent_id: UUID
    at: datetime


Attach = Callable[[Attachment], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachable:
    """What files may be about: the book's entity on which it hangs, and who links the file."""

    on: str
    names: Naming
    maker: str
    attach: Attach


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind and version of operation is handled.

    `on` is the entity that the operation is about (empty: no record of any book), `key` where its
    id stands: `entity_id`, or the name of a member of `data`. `creates`: the entity is made by it.
    `late`: what a late operation on a record of another agent's book comes to. `on_by`: the member
    of `data` that says what it is about, where that differs from one operation to the next;
    `names` then leads from the id to the book's record, and `maker` is the kind that makes that id.
    """

    name: str
    v: int
    on: str
    key: str
    late: Late
    creates: bool
    handler: Handler
    on_by: str = ""
    names: "Naming | None" = None
    maker: str = ""


_kinds: dict[tuple[str, int], Kind] = {}
_upcasters: dict[tuple[str, int], Upcaster] = {}
_steps: dict[tuple[str, int], list[Step]] = {}
_rows: dict[str, Rows] = {}
_additions: dict[str, list[tuple[tuple[str, ...], More]]] = {}
_config: dict[str, Callable[[UUID], Json]] = {}
_device_config: dict[str, Callable[[UUID], Json]] = {}
_rulings: dict[str, Ruling] = {}
_seen: dict[str, Seen] = {}
_attachables: dict[str, Attachable] = {}


def operation(  # noqa: PLR0913  one keyword per column of the contract's table
    name: str,
    *,
    v: int,
    on: str,
    key: str = "entity_id",
    late: Late = "edit",
    creates: bool = False,
    on_by: str = "",
) -> Callable[[Handler], Handler]:
    """Register the handler of a kind: parse, one service, `Result`."""

    def register(handler: Handler) -> Handler:
        if (name, v) in _kinds or (name, v) in _upcasters:
            raise ImproperlyConfigured(f"operation {name} v{v} has two handlers")
        _kinds[name, v] = Kind(
            name=name, v=v, on=on, key=key, late=late, creates=creates, handler=handler, on_by=on_by
        )
        return handler

    return register


def upcasts(name: str, *, v: int) -> Callable[[Upcaster], Upcaster]:
    """Register how the data of this version become those of the next one, beside the handler.

    Every version that was ever released is accepted for ever. An upcaster leaves what it cannot
    read for the handler to refuse.
    """

    def register(upcaster: Upcaster) -> Upcaster:
        if (name, v) in _upcasters or (name, v) in _kinds:
            raise ImproperlyConfigured(f"operation {name} v{v} is read in two ways")
        _upcasters[name, v] = upcaster
        return upcaster

    return register


def step(name: str, *, v: int) -> Callable[[Step], Step]:
    """Register work of a higher app after the owner's handler, in the same transaction.

    A refusal that it raises undoes only its own work and becomes a warning of the result.
    """

    def register(work: Step) -> Step:
        _steps.setdefault((name, v), []).append(work)
        return work

    return register


def rows(entity: str) -> Callable[[Rows], Rows]:
    """Register who reads those of the ids that an agent may see now, and returns their making."""

    def register(read: Rows) -> Rows:
        if entity in _rows:
            raise ImproperlyConfigured(f"rows of {entity} have two owners")
        _rows[entity] = read
        return read

    return register


def adds(entity: str, *keys: str) -> Callable[[More], More]:
    """Register keys that another app puts beside the owner's, one statement for all ids.

    It asks, and returns what waits for the answer and makes keys of it one by one. What it knows of
    ids without a row is not told.
    """

    def register(read: More) -> More:
        _additions.setdefault(entity, []).append((keys, read))
        return read

    return register


def config(section: str) -> Callable[[Callable[[UUID], Json]], Callable[[UUID], Json]]:
    """Register a section of the phone's configuration."""

    def register(read: Callable[[UUID], Json]) -> Callable[[UUID], Json]:
        if section in _config:
            raise ImproperlyConfigured(f"config section {section} has two owners")
        _config[section] = read
        return read

    return register


def device_config(section: str) -> Callable[[Callable[[UUID], Json]], Callable[[UUID], Json]]:
    """Register members of a section that differ between two phones of one agent."""

    def register(read: Callable[[UUID], Json]) -> Callable[[UUID], Json]:
        if section in _device_config:
            raise ImproperlyConfigured(f"config section {section} has two owners")
        _device_config[section] = read
        return read

    return register


def decides(case: str) -> Callable[[Ruling], Ruling]:
    """Register what a decision does for a kind of case that has no operation to run again.

    It runs in the transaction that closes the case. Without one, the case is closed with its reason
    and nothing else happens.
    """

    def register(rule: Ruling) -> Ruling:
        if case in _rulings:
            raise ImproperlyConfigured(f"case {case} is decided by two")
        _rulings[case] = rule
        return rule

    return register


def seen_by(entity: str) -> Callable[[Seen], Seen]:
    """Register which of these records a person of the office may see: who may decide on them."""

    def register(see: Seen) -> Seen:
        if entity in _seen:
            raise ImproperlyConfigured(f"sight of {entity} has two owners")
        _seen[entity] = see
        return see

    return register


def attachable(
    about: str, *, on: str, names: Naming, maker: str = ""
) -> Callable[[Attach], Attach]:
    """Register what files may be about, and who links a stored one to its record.

    The function joins the caller's transaction, may be repeated, and puts the record where its
    phone sees the file. Raises NotInBook for a record that is no more.
    """

    def register(attach: Attach) -> Attach:
        if about in _attachables:
            raise ImproperlyConfigured(f"files about {about} have two owners")
        _attachables[about] = Attachable(on=on, names=names, maker=maker, attach=attach)
        return attach

    return register


def kind_of(name: str, v: int) -> Kind | None:
    """How a kind is handled, an old version by the handler of its successor; None if unknown."""
    while (name, v) in _upcasters:
        v += 1
    return _kinds.get((name, v))


def modern(op: Op) -> Op:
    """The operation as its kind's handler reads it."""
    data, v = op.data, op.v
    while (op.kind, v) in _upcasters:
        data, v = _upcasters[op.kind, v](data), v + 1
    return op if v == op.v else replace(op, v=v, data=data)


def kind_for(name: str, v: int, data: Json) -> Kind | None:
    """The same for one operation: on what its own data say, where they have the say."""
    kind = kind_of(name, v)
    said = data.get(kind.on_by) if kind is not None and kind.on_by else None
    found = _attachables.get(said) if isinstance(said, str) else None
    if kind is None or found is None:
        return kind
    return replace(kind, on=found.on, names=found.names, maker=found.maker)


def attachable_of(about: str) -> Attachable | None:
    """Who links files about this; None if nobody does."""
    return _attachables.get(about)


def steps_of(name: str, v: int) -> list[Step]:
    """The steps that follow a kind's handler."""
    return _steps.get((name, v), [])


def known_kinds() -> list[tuple[str, int]]:
    """All published kinds with their versions, old ones too."""
    return sorted({*_kinds, *_upcasters})


def read_rows(entity: str, agent_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Row]:
    """The rows of these ids that the agent may see now; the others are left out."""
    return ask_rows(entity, agent_id, list(ids))()


def ask_rows(entity: str, agent_id: UUID, ids: Sequence[UUID]) -> Made:
    """The same with all that is wanted of the database asked; what is returned makes the rows."""
    made = _rows[entity](agent_id, ids)
    asked = [ask(agent_id, ids) for _keys, ask in _additions.get(entity, [])]

    def completed() -> dict[UUID, Row]:
        found = made()
        for added in asked:
            for row_id, more in added():
                row = found.get(row_id)
                if row is not None:
                    row.update(more)
        return found

    return completed


def config_sections(agent_id: UUID, device_id: UUID | None = None) -> dict[str, Json]:
    """All registered sections of the configuration for one agent; of one phone, if it is named."""
    sections = {section: read(agent_id) for section, read in sorted(_config.items())}
    if device_id is not None:
        for section, read in _device_config.items():
            sections[section] = {**sections.get(section, {}), **read(device_id)}
    return sections


def ruling_of(case: str) -> Ruling | None:
    """What a decision does for a kind of case; None: nothing but closing it."""
    return _rulings.get(case)


def records_seen(entity: str, user: User, ids: Iterable[UUID]) -> set[UUID] | None:
    """Those of the records that the user may see; None for an entity that no app shows."""
    see = _seen.get(entity)
    return None if see is None else see(user, ids)
