"""Agents appointed, moved to another office, given other villages; each step is kept as a fact."""

from dataclasses import dataclass
from datetime import date, datetime, time

import structlog
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from perisai.clock import official_date, official_zone
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import (
    AgentHasEnded,
    AgentNumberTaken,
    AgentPhoneTaken,
    FieldError,
    Invalid,
    NotFound,
    refusing,
)
from perisai.models import (
    Agent,
    AgentEvent,
    AgentEventKind,
    AgentState,
    AgentVillage,
    Office,
    Role,
    User,
    Village,
)
from perisai.phones import normalise_phone
from perisai.privacy import blind_index

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentDraft:
    """Who is to be appointed; `number` is the login, `phone` as it was written, if any."""

    number: str
    name: str
    office: Office
    appointed_on: date
    phone: str | None = None
    village_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Decision:
    """Who decides something about an agent, when, and why; `by` None: an import or a command."""

    by: User | None
    at: datetime
    reason: str = ""


@atomic_within(Deadline.PAGE)
def appoint_agent(draft: AgentDraft, *, password: str, by: User | None = None) -> Agent:
    """An active agent with login and villages; the book is opened by sync.

    Raises AgentNumberTaken, AgentPhoneTaken, PhoneInvalid, Invalid for a weak password or an
    unknown village, and NotFound for an office of another branch.
    """
    number = draft.number.strip().upper()
    phone = normalise_phone(draft.phone) if draft.phone else None
    must_be_strong(password, number)
    must_be_own_office(draft.office, by)
    _must_be_known(draft.village_codes)
    with refusing(
        perisai_user_username_key=AgentNumberTaken,
        perisai_agent_number_key=AgentNumberTaken,
        agent_phone_once_among_active=AgentPhoneTaken,
    ):
        agent = Agent.objects.create(
            number=number,
            user=User.objects.create_user(number, role=Role.AGENT, password=password),
            office=draft.office,
            name=draft.name,
            phone=phone,
            phone_index=blind_index("phone", phone) if phone else None,
            appointed_on=draft.appointed_on,
        )
    AgentVillage.objects.bulk_create(
        AgentVillage(agent=agent, village_id=code, from_on=draft.appointed_on)
        for code in sorted(set(draft.village_codes))
    )
    begins = datetime.combine(draft.appointed_on, time.min, tzinfo=official_zone())
    AgentEvent.objects.create(agent=agent, kind=AgentEventKind.APPOINTED, at=begins, by=by)
    log.info("agent_appointed", agent=str(agent.pk))
    return agent


@atomic_within(Deadline.PAGE)
def move_agent(agent: Agent, office: Office, decision: Decision) -> Agent:
    """Let the agent work for another office from now on. Repeatable.

    Raises AgentHasEnded, and NotFound for an office of another branch: members stay with the
    branch that answers for them.
    """
    locked = locked_agent(agent)
    must_be_own_office(office, decision.by)
    if locked.office_id == office.pk:
        return locked
    note_event(locked, AgentEventKind.MOVED, decision)
    locked.office = office
    locked.save(update_fields=["office"])
    log.info("agent_moved", agent=str(agent.pk), office=office.pk)
    return locked


@atomic_within(Deadline.PAGE)
def assign_villages(agent: Agent, village_codes: list[str], decision: Decision) -> Agent:
    """Let the agent look after exactly these villages from now on; what was is kept. Repeatable.

    Raises AgentHasEnded, and Invalid for a village that does not exist.
    """
    locked = locked_agent(agent)
    _must_be_known(village_codes)
    on = official_date(decision.at)
    before, wanted = set(locked.village_codes()), set(village_codes)
    if before == wanted:
        return locked
    note_event(locked, AgentEventKind.VILLAGES, decision)
    locked.villages.current().filter(village__in=before - wanted).update(to_on=on)
    AgentVillage.objects.bulk_create(
        AgentVillage(agent=locked, village_id=code, from_on=on) for code in sorted(wanted - before)
    )
    log.info("agent_villages_changed", agent=str(agent.pk), villages=len(wanted))
    return locked


def locked_agent(agent: Agent) -> Agent:
    """The agent's row, locked until commit. Raises AgentHasEnded."""
    rows = Agent.objects.select_related("office").select_for_update(of=("self",), no_key=True)
    locked = rows.get(pk=agent.pk)
    if locked.state == AgentState.ENDED:
        raise AgentHasEnded
    return locked


def note_event(
    agent: Agent, kind: AgentEventKind, decision: Decision, **columns: object
) -> AgentEvent:
    """Keep a step as a fact, with what was true until now; call it before the row changes."""
    return AgentEvent.objects.create(
        agent=agent,
        kind=kind,
        at=decision.at,
        old_state=agent.state,
        old_office_id=agent.office_id,
        by=decision.by,
        reason=decision.reason or None,
        **columns,
    )


def must_be_own_office(office: Office, by: User | None) -> None:
    """A supervisor acts for the offices of his branch. Raises NotFound."""
    if by is not None and by.role == Role.SUPERVISOR and office.branch_id != by.branch_id:
        raise NotFound


def must_be_strong(password: str, number: str) -> None:
    """Raises Invalid with every rule that a new password breaks."""
    try:
        validate_password(password, User(username=number))
    except ValidationError as weak:
        raise Invalid(
            errors=tuple(
                FieldError(pointer="/password", code=fault.code or "invalid", detail=text)
                for fault, text in zip(weak.error_list, weak.messages, strict=True)
            )
        ) from weak


def _must_be_known(village_codes: tuple[str, ...] | list[str]) -> None:
    wanted = set(village_codes)
    if Village.objects.filter(pk__in=wanted).count() != len(wanted):
        raise Invalid(errors=(FieldError(pointer="/villages", code="unknown_village"),))
