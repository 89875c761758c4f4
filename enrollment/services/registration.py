"""Registration: one captured form becomes a member, a member reopened, or a case (R23, R24)."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import structlog
from django.db.models import F

from enrollment.errors import DuplicateIdentity, MemberIdTaken
from enrollment.models import (
    Assignment,
    ClosedReason,
    Consent,
    Member,
    MemberOccupation,
    Registration,
    Verdict,
)
from enrollment.registration_form import Capture, RegistrationForm
from enrollment.services.eligibility import eligibility_of
from enrollment.services.heirs import add_heirs, replace_heirs
from enrollment.services.kpj import next_kpj
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
        if not eligibility_of(work.agent, at=work.by.captured_at).is_eligible:
            return _hold(work, "agent_not_eligible")
        known = _lock_known(work.checked.nik.digits)
        if known is None:
            must_be_of_age(work.checked.form.identity.birth_date, on=work.on)
            member = _admit(work)
            verdict = Verdict.ACCEPTED
        elif known.closed_on is None:
            return _hold(work, "duplicate_identity", other_id=known.pk)
        elif known.closed_reason not in REOPENED_BY_REGISTRATION:
            is_dead = known.closed_reason == ClosedReason.DECEASED
            case = "identity_deceased" if is_dead else ""
            return _hold(work, "review_required", other_id=known.pk, case=case)
        else:
            if known.agent_id not in {None, work.agent.pk}:
                changes.drop(known.agent_id, "member", [known.pk], reason="reassigned")
            member = _reopen(known, work)
            verdict = Verdict.REOPENED
        _keep_facts(member, work, verdict)
        changes.put(work.agent.pk, "member", [member.pk])
        messages.queue(REGISTERED, member.pk)
    return Registered(
        asked_id=work.checked.form.member_id,
        verdict=verdict,
        member_id=member.pk,
        rev=member.rev,
        warnings=tuple(doubt.value for doubt in work.checked.doubts),
        code="reopened" if verdict is Verdict.REOPENED else "",
    )


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
        **_said(work.checked),
    )
    with refusing(member_once_per_nik=DuplicateIdentity, enrollment_member_pkey=MemberIdTaken):
        member.save(force_insert=True)
    _add_occupations(member, work.checked)
    add_heirs(member, work.checked.heirs)
    return member


def _reopen(member: Member, work: _Work) -> Member:
    """Open a member again under this agent, with what the new form says as a correction (R20)."""
    said = _said(work.checked)
    for name, value in said.items():
        setattr(member, name, value)
    if work.checked.village is not None:
        member.regency_code = _regency_code(work)
    member.name_words = name_words(work.checked.full_name, regency_code=member.regency_code)
    member.agent = work.agent
    member.branch_id = work.agent.office.branch_id
    member.registered_on = work.on
    member.closed_on, member.closed_reason = None, ""
    member.rev += 1
    member.save(
        update_fields=[
            *said,
            *("regency_code", "name_words", "agent", "branch", "registered_on"),
            *("closed_on", "closed_reason", "rev"),
        ]
    )
    if work.checked.occupations:
        member.occupations.all().delete()
        _add_occupations(member, work.checked)
    if work.checked.heirs:
        replace_heirs(member, work.checked.heirs)
    return member


def _regency_code(work: _Work) -> str:
    """The village's regency; of a draft without one, the agent's meanwhile (R24).

    Where the agent has no area, that of her branch or, at last, that of the NIK.
    """
    if work.checked.village is not None:
        return work.checked.village.district_id[:4]
    village_code = work.agent.villages.values_list("village_id", flat=True).order_by("pk").first()
    if village_code is not None:
        return village_code[:4]
    home = work.agent.branch.regencies.values_list("code", flat=True).order_by("code").first()
    return home or work.checked.nik.regency_code


def _said(checked: CheckedForm) -> dict[str, Any]:
    """The columns of what the form says; what it does not say is left out."""
    identity, contact, work = checked.form.identity, checked.form.contact, checked.form.work
    main = next((occupation for occupation, is_main in checked.occupations if is_main), None)
    columns: dict[str, Any] = {
        "full_name": checked.full_name,
        "birth_date": identity.birth_date,
        "sex": identity.sex,
        "birthplace": identity.birthplace,
        "mother_maiden_name": identity.mother_maiden_name,
        "kk_number": identity.kk_number,
        "village": checked.village,
        "address_line": contact.address_line,
        "rt": contact.rt,
        "rw": contact.rw,
        "postcode": contact.postcode,
        "phone": checked.phone,
        "phone_index": blind_index("phone", checked.phone) if checked.phone else None,
        "phone_owner": contact.phone_owner,
        "no_phone_reason": "" if checked.phone else contact.no_phone_reason,
        "email": checked.email,
        "ecosystem": work.ecosystem or (main.ecosystem if main is not None else None),
        "income_monthly": work.income_monthly,
        "programmes": list(checked.programmes),
        "employs_others": work.employs_others if checked.programmes else None,
        "workplace": work.workplace,
        "season_note": work.season_note,
        "household_of_id": checked.form.household_of,
    }
    return {name: value for name, value in columns.items() if value not in (None, "", [])}


def _add_occupations(member: Member, checked: CheckedForm) -> None:
    MemberOccupation.objects.bulk_create(
        MemberOccupation(member=member, occupation=occupation, is_main=is_main)
        for occupation, is_main in checked.occupations
    )


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
