"""Registration: one captured form becomes a member, a member reopened, or a case (R23, R24)."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import structlog
from django.db.models import F

from enrollment.errors import DuplicateIdentity, MemberIdTaken
from enrollment.models import Assignment, ClosedReason, Consent, Member, Registration, Verdict
from enrollment.registration_form import Capture, RegistrationForm
from enrollment.services.eligibility import eligibility_of
from enrollment.services.form_columns import add_occupations, flat, said_columns
from enrollment.services.heirs import add_heirs
from enrollment.services.joining import Terms, join_form
from enrollment.services.kpj import next_kpj
from enrollment.services.prospects import convert_prospect
from enrollment.services.registration_checks import CheckedForm, check_form, must_be_of_age
from perisai.clock import official_date
from perisai.errors import refusing
from perisai.models import Agent
from perisai.privacy import blind_index, name_words
from perisai.services import messages
from sync.services import book

log = structlog.get_logger(__name__)

REOPENED_BY_REGISTRATION: Final = frozenset(
    {ClosedReason.WITHDRAWN, ClosedReason.MOVED_TO_PU, ClosedReason.CLAIMED_OUT}
)
REGISTERED: Final = "member.registered"
APPLY: Final = "apply"
NOT_ELIGIBLE: Final = "agent_not_eligible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What became of a form.

    `member_id` is the member that it made or opened again, None while it is held; `asked_id` the
    id that the phone made. `code` and `other_id` say why it is held, or that it was `reopened`;
    `case` names the kind of case where the code does not.
    `warnings` are the doubts about the NIK that the agent cleared.
    """

    asked_id: UUID
    verdict: Verdict
    member_id: UUID | None = None
    rev: int | None = None
    warnings: tuple[str, ...] = ()
    code: str = ""
    other_id: UUID | None = None
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Work:
    """One form on its way: checked, with its agent, its capture and its official day."""

    checked: CheckedForm
    agent: Agent
    by: Capture
    on: date


def register_member(form: RegistrationForm, *, by: Capture) -> Registered:
    """Register a person, or keep the form as a case; joins the caller's transaction.

    A form that lacks what R24 asks for is a draft. A known NIK never makes a second row: a live
    member is a case, one who left is opened again under this agent (R23). Raises what check_form
    and must_be_of_age raise; a refusal changes nothing.
    """
    on = official_date(by.captured_at)
    agent = Agent.objects.select_related("office").get(pk=by.agent_id)
    checked = check_form(form, agent_id=agent.pk, on=on)
    work = _Work(checked=checked, agent=agent, by=by, on=on)
    try:
        registered = _register(work)
    except DuplicateIdentity:
        # Somebody was first between the look and the insert; the constraint decided.
        registered = _register(work)
    log.info("member_registered", verdict=registered.verdict.value, op_id=str(by.op_id))
    return registered


def _register(work: _Work) -> Registered:
    with book.recording() as changes:
        if not work.by.decision and not _is_eligible(work):
            return _hold(work, NOT_ELIGIBLE)
        known = _lock_known(work.checked.nik.digits)
        verdict = _verdict_on(known, work)
        if known is None:
            must_be_of_age(work.checked.form.identity.birth_date, on=work.on)
            member = _admit(work)
        elif verdict is Verdict.HELD:
            return _hold_known(known, work)
        else:
            _join(known, work, verdict, changes)
            member = known
        _keep_facts(member, work, verdict)
        warnings = [*(doubt.value for doubt in work.checked.doubts)]
        prospect_id = work.checked.form.prospect_id
        if prospect_id is not None:
            by = work.by.as_edit()
            warnings += convert_prospect(prospect_id, member, by=by, changes=changes)
        if member.agent_id is not None:
            changes.put(member.agent_id, "member", [member.pk])
        if verdict is not Verdict.MERGED:
            messages.queue(REGISTERED, member.pk)
    return Registered(
        asked_id=work.checked.form.member_id,
        verdict=verdict,
        member_id=member.pk,
        rev=member.rev,
        warnings=tuple(warnings),
        code="" if verdict is Verdict.ACCEPTED else verdict.value,
    )


def _verdict_on(known: Member | None, work: _Work) -> Verdict:
    """What a form comes to that meets this member, and what a person decided about it (R23)."""
    if known is None:
        return Verdict.ACCEPTED
    # What was decided about the agent decides nothing about a NIK that is known by now.
    decision = "" if work.by.case == NOT_ELIGIBLE else work.by.decision
    if known.closed_on is None:
        return Verdict.MERGED if decision else Verdict.HELD
    if known.closed_reason in REOPENED_BY_REGISTRATION or decision == APPLY:
        return Verdict.REOPENED
    return Verdict.HELD


def _is_eligible(work: _Work) -> bool:
    return eligibility_of(work.agent, at=work.by.captured_at).is_eligible


def _lock_known(nik: str) -> Member | None:
    """The row that counts for a NIK, locked: of a merged one, the row it was merged into."""
    first = Member.objects.with_nik(nik).order_by(F("merged_into").asc(nulls_first=True)).first()
    pk = None if first is None else first.pk
    while pk is not None:
        member = Member.objects.select_for_update(no_key=True).get(pk=pk)
        if member.merged_into_id is None:
            return member
        pk = member.merged_into_id
    return None


def _hold(work: _Work, code: str, *, other_id: UUID | None = None, case: str = "") -> Registered:
    """Keep that a form came; the form itself waits in its operation for a person."""
    _keep_registration(work, Verdict.HELD, member=None)
    return Registered(
        asked_id=work.checked.form.member_id,
        verdict=Verdict.HELD,
        code=code,
        other_id=other_id,
        case=case,
    )


def _hold_known(known: Member, work: _Work) -> Registered:
    """Keep a form whose NIK a member has; whose member, nobody is told."""
    if known.closed_on is None:
        return _hold(work, DuplicateIdentity.code, other_id=known.pk)
    is_dead = known.closed_reason == ClosedReason.DECEASED
    case = "identity_deceased" if is_dead else ""
    return _hold(work, "review_required", other_id=known.pk, case=case)


def _admit(work: _Work) -> Member:
    regency_code = _regency_code(work)
    member = Member(
        id=work.checked.form.member_id,
        agent=work.agent,
        branch_id=work.agent.office.branch_id,
        nik=work.checked.nik.digits,
        nik_index=blind_index("nik", work.checked.nik.digits),
        regency_code=regency_code,
        name_words=name_words(work.checked.full_name, regency_code=regency_code),
        kpj=next_kpj(),
        registered_on=work.on,
        **flat(said_columns(work.checked)),
    )
    with refusing(member_once_per_nik=DuplicateIdentity, enrollment_member_pkey=MemberIdTaken):
        member.save(force_insert=True)
    add_occupations(member, work.checked.work.occupations)
    add_heirs(member, work.checked.heirs)
    return member


def _join(known: Member, work: _Work, verdict: Verdict, changes: book.Changes) -> None:
    """Opened again, or by the decision to apply, a known member goes under this agent."""
    is_reopened = verdict is Verdict.REOPENED
    moves = is_reopened or work.by.decision == APPLY
    if moves and known.agent_id not in {None, work.agent.pk}:
        changes.drop(known.agent_id, "member", [known.pk], reason="reassigned")
    terms = Terms(agent=work.agent if moves else None, reopened_on=work.on if is_reopened else None)
    join_form(known, work.checked, terms=terms, by=work.by.as_edit())


def _regency_code(work: _Work) -> str:
    """The village's regency; of a draft without one, the agent's meanwhile (R24).

    Where the agent has no area, that of her branch or, at last, that of the NIK.
    """
    if work.checked.contact.village is not None:
        return work.checked.contact.village.district_id[:4]
    villages = work.agent.villages.current().values_list("village_id", flat=True)
    village_code = villages.order_by("pk").first()
    if village_code is not None:
        return village_code[:4]
    home = work.agent.branch.regencies.values_list("code", flat=True).order_by("code").first()
    return home or work.checked.nik.regency_code


def _keep_facts(member: Member, work: _Work, verdict: Verdict) -> None:
    """The facts of a registration: the form's verdict, what was agreed to, who looks after."""
    _keep_registration(work, verdict, member=member)
    consent = work.checked.consent
    Consent.objects.create(
        member=member,
        purposes=list(consent.purposes),
        text_version_id=consent.text_version,
        language=consent.language,
        method=consent.method,
        witness=consent.witness or None,
        agent=work.agent,
        given_at=consent.given_at,
    )
    if verdict is Verdict.MERGED and work.by.decision != APPLY:
        return  # she stays with her own agent
    is_new = verdict is Verdict.ACCEPTED
    # A member who comes back is looked after from the day on which the server opened the row:
    # the form may have been captured before the former agent's last day.
    assignment = Assignment(
        member=member,
        agent=work.agent,
        from_on=work.on if is_new else official_date(work.by.received_at),
    )
    Assignment.objects.bulk_create(
        [assignment],
        update_conflicts=True,
        unique_fields=["member", "from_on"],
        update_fields=["agent", "hand_over"],
    )


def _keep_registration(work: _Work, verdict: Verdict, *, member: Member | None) -> None:
    form = work.checked.form
    Registration.objects.create(
        op_id=work.by.op_id,
        agent=work.agent,
        member=member,
        verdict=verdict,
        captured_at=work.by.captured_at,
        soft_checks=[doubt.value for doubt in work.checked.doubts],
        months=form.months,
        bill_code=form.bill_code,
    )
