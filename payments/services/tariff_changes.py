"""The tariff and the calendar change by two persons: a new law is a new row (R2-R4, R13)."""

from datetime import datetime
from typing import Final

import structlog
from django.db import IntegrityError, transaction

from payments.errors import TariffProposalDecided, TariffRowKnown, TariffRowUsed
from payments.models import (
    CreditRun,
    Discount,
    DiscountSector,
    ProgrammeRate,
    TariffBracket,
    TariffProposal,
)
from payments.services.discount_credit import ask_for_credit
from payments.services.holidays import change_days
from payments.services.price_cuts import CREDITED, rate_code, table_code
from payments.services.tariff_checks import must_be_possible, must_fit_on_paper, rows_of
from payments.tariff import DiscountRow, RateRow
from payments.tariff_drafts import (
    BracketTable,
    HolidayChange,
    TariffChange,
    Withdrawal,
    as_details,
    kind_of,
    of_details,
)
from payments.tariff_sheets import faulty
from perisai.clock import official_date
from perisai.deadlines import Deadline, atomic_within
from perisai.errors import ApprovedByOneself, NotFound, refusing
from perisai.models import Decision, Role, User
from perisai.services.reference_files import publish

log = structlog.get_logger(__name__)

PROPOSERS: Final = frozenset({Role.FINANCE, Role.NATIONAL})
CONFIRMERS: Final = frozenset({Role.NATIONAL})
RESTRICT_VIOLATION: Final = "23001"


@atomic_within(Deadline.PAGE)
def propose_change(change: TariffChange, *, source: str, by: User, now: datetime) -> TariffProposal:
    """Note what a law or decree changes; nothing is priced by it yet.

    Raises NotFound for who has no say, and what `must_be_possible` and `must_fit_on_paper` raise.
    """
    if by.role not in PROPOSERS:
        raise NotFound
    if not source.strip():
        raise faulty("/source", "")
    must_be_possible(change, today=official_date(now))
    must_fit_on_paper(change, source.strip())
    proposal = TariffProposal.objects.create(
        kind=kind_of(change), details=as_details(change), source=source.strip(), proposed_by=by
    )
    log.info("tariff_proposed", proposal=proposal.pk, kind=proposal.kind, by=by.pk)
    return proposal


@atomic_within(Deadline.REPORT)
def confirm_change(proposal_id: int, *, by: User, now: datetime) -> TariffProposal:
    """Mean it: the rows are written, and every price from now on knows them.

    Raises NotFound, TariffProposalDecided, ApprovedByOneself, and what `must_be_possible` raises,
    since things may have changed meanwhile.
    """
    proposal = _decided(proposal_id, Decision.CONFIRMED, by=by, now=now)
    change = change_of(proposal)
    must_be_possible(change, today=official_date(now))
    must_fit_on_paper(change, proposal.source)
    with refusing(
        tariff_bracket_once_per_start_and_income=TariffRowKnown,
        programme_rate_once_per_start=TariffRowKnown,
        payments_discount_code_key=TariffRowKnown,
    ):
        _write(change, proposal, now=now)
    publish("holidays" if isinstance(change, HolidayChange) else "tariff", now=now)
    log.info("tariff_changed", proposal=proposal.pk, kind=proposal.kind, by=by.pk)
    return proposal


@atomic_within(Deadline.PAGE)
def refuse_change(proposal_id: int, *, by: User, now: datetime) -> TariffProposal:
    """Put a proposal aside; who made it may do so too. Raises NotFound, TariffProposalDecided."""
    proposal = _decided(proposal_id, Decision.REFUSED, by=by, now=now)
    log.info("tariff_refused", proposal=proposal.pk, by=by.pk)
    return proposal


def change_of(proposal: TariffProposal) -> TariffChange:
    """What a proposal says."""
    return of_details(proposal.kind, proposal.details)


def _decided(proposal_id: int, decision: Decision, *, by: User, now: datetime) -> TariffProposal:
    """The proposal with its decision, which a second one finds made."""
    locked = TariffProposal.objects.visible_to(by).select_for_update(no_key=True)
    proposal = locked.filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound
    is_own = proposal.proposed_by_id == by.pk
    takes_back = is_own and decision == Decision.REFUSED
    if by.role not in CONFIRMERS and not takes_back:
        raise NotFound
    if proposal.decided_at is not None:
        raise TariffProposalDecided
    proposal.decision, proposal.decided_by, proposal.decided_at = decision, by, now
    with refusing(tariff_proposal_needs_second_person=ApprovedByOneself):
        proposal.save(update_fields=["decision", "decided_by", "decided_at"])
    return proposal


def _write(change: TariffChange, proposal: TariffProposal, *, now: datetime) -> None:
    match change:
        case BracketTable():
            _write_table(change, proposal, now=now)
        case RateRow():
            _write_rate(change, now=now)
        case DiscountRow():
            _write_discount(change, proposal, now=now)
        case Withdrawal():
            _withdraw(change)
        case HolidayChange():
            change_days(change)


def _withdraw(change: Withdrawal) -> None:
    """Raises TariffRowUsed for what was priced since it was looked at: the trigger says so.

    Its run goes first, so that a batch at work has ended when the trigger looks.
    """
    try:
        with transaction.atomic():
            CreditRun.objects.filter(code=_run_code(change)).delete()
            rows_of(change).delete()
    except IntegrityError as broken:
        if getattr(broken.__cause__, "sqlstate", None) != RESTRICT_VIOLATION:
            raise
        raise TariffRowUsed from broken


def _run_code(change: Withdrawal) -> str:
    if change.valid_from is None:
        return change.code
    if change.programme is None:
        return table_code(change.valid_from)
    return rate_code(change.programme, change.valid_from)


def _write_table(table: BracketTable, proposal: TariffProposal, *, now: datetime) -> None:
    TariffBracket.objects.bulk_create(
        TariffBracket(
            valid_from=row.valid_from,
            min_income=row.min_income,
            base_income=row.base_income,
            verified=table.verified,
            source=proposal.source,
        )
        for row in table.rows
    )
    ask_for_credit(table_code(table.valid_from), now=now)


def _write_rate(rate: RateRow, *, now: datetime) -> None:
    ProgrammeRate.objects.create(
        programme=rate.programme,
        valid_from=rate.valid_from,
        basis_points=rate.basis_points,
        flat_amount=rate.flat_amount,
    )
    if rate.programme in CREDITED:
        ask_for_credit(rate_code(rate.programme, rate.valid_from), now=now)


def _write_discount(row: DiscountRow, proposal: TariffProposal, *, now: datetime) -> None:
    Discount.objects.create(
        code=row.code,
        programmes=sorted(row.programmes),
        sector=row.sector or DiscountSector.ANY,
        month_from=row.month_from,
        month_to=row.month_to,
        percent_off=row.percent_off,
        excluded_payers=sorted(row.excluded_payers),
        legal_basis=proposal.source,
        recorded_at=now,
    )
    ask_for_credit(row.code, now=now)
