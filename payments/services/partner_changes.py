"""Partners, counters and logins: two persons open a way, one closes it at once (R11, R12)."""

from dataclasses import dataclass
from datetime import datetime, time

import structlog

from payments.errors import (
    OutletTaken,
    PartnerChangeDecided,
    PartnerChangeOpen,
    PartnerCodeTaken,
    PartnerHasLogin,
    PartnerStateUnchanged,
)
from payments.models import PartnerChange, PartnerChangeKind, PaymentPartner, PostAgent
from payments.models.partner_change import WITH_LOGIN
from payments.services.terminals import looks_after, reset_terminal
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import ApprovedByOneself, DomainError, NotFound, UsernameTaken, refusing
from perisai.models import Branch, Decision, Role, User
from perisai.services.agents import Decision as Said
from perisai.services.one_time import one_time_password
from perisai.services.tokens import end_terminals

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PartnerDraft:
    """What is proposed: of the columns those that its kind has."""

    kind: PartnerChangeKind
    reason: str
    partner: PaymentPartner | None = None
    outlet: PostAgent | None = None
    code: str = ""
    name: str = ""
    admin_fee: int | None = None
    cutoff_time: time | None = None
    username: str = ""
    branch: Branch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewName:
    """What a counter is called, and whose supervisor looks after it."""

    name: str
    branch: Branch | None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Carried:
    """What was confirmed; a login with its new password, shown here and never again."""

    username: str = ""
    password: str = ""


@atomic_within(Deadline.PAGE)
def propose_partner_change(draft: PartnerDraft, *, by: User) -> PartnerChange:
    """Note a proposal; nothing changes yet.

    A new password is asked for by who looks after the counter, everything else by the national
    office. Raises NotFound for who has no say, PartnerChangeOpen while another one about this
    partner or counter waits, and for what is new PartnerCodeTaken, OutletTaken, PartnerHasLogin and
    UsernameTaken.
    """
    if draft.kind != PartnerChangeKind.NEW_PASSWORD:
        _must_have_a_say(by)
    elif draft.outlet is None or not looks_after(draft.outlet, by):
        raise NotFound
    _must_be_free(draft)
    change = _noted(draft, by=by)
    log.info("partner_change_proposed", change=str(change.pk), kind=draft.kind, by=by.pk)
    return change


@atomic_within(Deadline.PAGE)
def confirm_partner_change(change: PartnerChange, *, by: User, now: datetime) -> Carried:
    """Carry a proposal out.

    Raises ApprovedByOneself for who proposed it, PartnerChangeDecided, NotFound,
    PartnerStateUnchanged, PartnerCodeTaken, OutletTaken, PartnerHasLogin, UsernameTaken.
    """
    locked = _decided(change, Decision.CONFIRMED, by=by, now=now)
    match PartnerChangeKind(locked.kind):
        case PartnerChangeKind.NEW_PARTNER:
            _make_partner(locked)
        case PartnerChangeKind.TERMS:
            _set_terms(locked)
        case PartnerChangeKind.OPEN_PARTNER:
            _switch(_locked_partner(locked.partner), is_active=True)
        case PartnerChangeKind.NEW_COUNTER:
            return _make_login(locked, Role.POST_AGENT)
        case PartnerChangeKind.NEW_LOGIN:
            return _make_login(locked, Role.PARTNER)
        case PartnerChangeKind.OPEN_COUNTER:
            _switch(_locked_outlet(locked.outlet), is_active=True)
        case PartnerChangeKind.NEW_PASSWORD:
            return _renew_password(locked, by=by, now=now)
    return Carried()


@atomic_within(Deadline.PAGE)
def refuse_partner_change(change: PartnerChange, *, by: User, now: datetime) -> PartnerChange:
    """Put a proposal aside; who made it may do so too. Raises PartnerChangeDecided, NotFound."""
    return _decided(change, Decision.REFUSED, by=by, now=now)


@atomic_within(Deadline.PAGE)
def close_partner(partner: PaymentPartner, said: Said) -> None:
    """Take nothing from this partner any more: every session of its counters ends now.

    Raises NotFound for who has no say, PartnerStateUnchanged.
    """
    _must_have_a_say(said.by)
    locked = _locked_partner(partner)
    _switch(locked, is_active=False)
    end_terminals(User.objects.filter(pk__in=locked.outlets.values("user")))
    _did(
        PartnerDraft(kind=PartnerChangeKind.CLOSE_PARTNER, reason=said.reason, partner=locked), said
    )


@atomic_within(Deadline.PAGE)
def close_counter(outlet: PostAgent, said: Said) -> None:
    """Take nothing from this counter any more: every session of it ends now.

    By who looks after it. Raises NotFound for others, PartnerStateUnchanged.
    """
    if said.by is None or not looks_after(outlet, said.by):
        raise NotFound
    locked = _locked_outlet(outlet)
    _switch(locked, is_active=False)
    end_terminals(User.objects.filter(pk=locked.user_id))
    _did(
        PartnerDraft(kind=PartnerChangeKind.CLOSE_COUNTER, reason=said.reason, outlet=locked), said
    )


@atomic_within(Deadline.PAGE)
def edit_counter(outlet: PostAgent, new: NewName, said: Said) -> None:
    """Another name or branch for a counter.

    Raises NotFound for who has no say, and for a partner's own login, which is of no branch.
    """
    _must_have_a_say(said.by)
    locked = _locked_outlet(outlet)
    if not locked.is_counter:
        raise NotFound
    locked.name, locked.branch = new.name, new.branch
    locked.save(update_fields=["name", "branch"])
    draft = PartnerDraft(
        kind=PartnerChangeKind.EDIT_COUNTER,
        reason=said.reason,
        outlet=locked,
        name=new.name,
        branch=new.branch,
    )
    _did(draft, said)


def _must_have_a_say(by: User | None) -> None:
    """Partners are the national office's matter. Raises NotFound for everybody else."""
    if by is None or by.role != Role.NATIONAL:
        raise NotFound


def _must_be_free(draft: PartnerDraft) -> None:
    """What is new has names that nobody has. Asked again, by constraints, when it is confirmed."""
    partners = PaymentPartner.objects.filter(code=draft.code)
    if draft.kind == PartnerChangeKind.NEW_PARTNER and partners.exists():
        raise PartnerCodeTaken
    if draft.kind not in WITH_LOGIN:
        return
    if PostAgent.objects.filter(partner=draft.partner, outlet_code=draft.code).exists():
        raise _place_taken(draft.code)
    if User.objects.filter(username=draft.username).exists():
        raise UsernameTaken


def _noted(draft: PartnerDraft, *, by: User, decided_at: datetime | None = None) -> PartnerChange:
    """The row; with `decided_at`, of what one person did alone."""
    is_done = decided_at is not None
    with refusing(
        partner_change_once_open_per_partner=PartnerChangeOpen,
        partner_change_once_open_per_counter=PartnerChangeOpen,
    ):
        return PartnerChange.objects.create(
            kind=draft.kind,
            partner=draft.partner,
            outlet=draft.outlet,
            code=draft.code,
            name=draft.name,
            admin_fee=draft.admin_fee,
            cutoff_time=draft.cutoff_time,
            username=draft.username,
            branch=draft.branch,
            reason=draft.reason,
            proposed_by=by,
            decision=Decision.CONFIRMED if is_done else "",
            decided_by=by if is_done else None,
            decided_at=decided_at,
        )


def _did(draft: PartnerDraft, said: Said) -> None:
    """Keep what one person did alone, and why."""
    if said.by is None:
        raise NotFound
    change = _noted(draft, by=said.by, decided_at=said.at)
    log.warning("partner_change_done", change=str(change.pk), kind=draft.kind, by=said.by.pk)


def _decided(
    change: PartnerChange, decision: Decision, *, by: User, now: datetime
) -> PartnerChange:
    """The proposal with its decision, which a second one finds made."""
    _must_have_a_say(by)
    locked = PartnerChange.objects.select_for_update(no_key=True).get(pk=change.pk)
    if locked.decided_at is not None:
        raise PartnerChangeDecided
    locked.decision, locked.decided_by, locked.decided_at = decision, by, now
    with refusing(partner_change_opening_needs_second_person=ApprovedByOneself):
        locked.save(update_fields=["decision", "decided_by", "decided_at"])
    log.info("partner_change_decided", change=str(locked.pk), decision=decision, by=by.pk)
    return locked


def _locked_partner(partner: PaymentPartner | None) -> PaymentPartner:
    if partner is None:
        raise AssertionError("partner_change_names_its_target")
    return PaymentPartner.objects.select_for_update(no_key=True).get(pk=partner.pk)


def _locked_outlet(outlet: PostAgent | None) -> PostAgent:
    if outlet is None:
        raise AssertionError("partner_change_names_its_target")
    return PostAgent.objects.select_for_update(no_key=True).get(pk=outlet.pk)


def _switch(row: PaymentPartner | PostAgent, *, is_active: bool) -> None:
    if row.is_active is is_active:
        raise PartnerStateUnchanged
    row.is_active = is_active
    row.save(update_fields=["is_active"])


def _make_partner(change: PartnerChange) -> None:
    fee, cutoff = _terms(change)
    with refusing(payments_paymentpartner_code_key=PartnerCodeTaken):
        PaymentPartner.objects.create(
            code=change.code, name=change.name, admin_fee=fee, cutoff_time=cutoff
        )


def _set_terms(change: PartnerChange) -> None:
    partner = _locked_partner(change.partner)
    partner.name = change.name
    partner.admin_fee, partner.cutoff_time = _terms(change)
    partner.save(update_fields=["name", "admin_fee", "cutoff_time"])


def _terms(change: PartnerChange) -> tuple[int, time]:
    if change.admin_fee is None or change.cutoff_time is None:
        raise AssertionError("partner_change_terms_whole_or_none")
    return change.admin_fee, change.cutoff_time


def _place_taken(outlet_code: str) -> type[DomainError]:
    """Another counter has the code; a login without a code is the partner's own, its only one."""
    return OutletTaken if outlet_code else PartnerHasLogin


def _make_login(change: PartnerChange, role: Role) -> Carried:
    """A counter with its clerks' login, or the partner's own; the first password is in it once."""
    password = one_time_password()
    with refusing(
        perisai_user_username_key=UsernameTaken,
        post_agent_once_per_outlet=_place_taken(change.code),
    ):
        user = User.objects.create_user(change.username, role=role, password=password)
        PostAgent.objects.create(
            user=user,
            partner=_locked_partner(change.partner),
            outlet_code=change.code,
            name=change.name,
            branch=change.branch,
        )
    return Carried(username=user.username, password=password)


def _renew_password(change: PartnerChange, *, by: User, now: datetime) -> Carried:
    outlet = _locked_outlet(change.outlet)
    password = reset_terminal(outlet, Said(by=by, at=now, reason=change.reason))
    return Carried(username=outlet.user.username, password=password)
