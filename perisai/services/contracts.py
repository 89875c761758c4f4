"""Contracts of offices: begun and ended, one at a time (R29)."""

from dataclasses import dataclass
from datetime import date

import structlog

from perisai.deadlines import Deadline, atomic_within
from perisai.errors import ContractNumberTaken, ContractsOverlap, DaysOutOfOrder, refusing
from perisai.models import Office, OfficeContract, User
from perisai.services.agents import must_be_own_office

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """What stands on the paper; `valid_to` is the last day, None where none was agreed."""

    number: str
    valid_from: date
    valid_to: date | None = None


@atomic_within(Deadline.PAGE)
def add_contract(office: Office, terms: ContractTerms, *, by: User) -> OfficeContract:
    """Write a contract down, one at a time for an office.

    Raises ContractsOverlap, ContractNumberTaken, DaysOutOfOrder, and NotFound for an office of
    another branch.
    """
    must_be_own_office(office, by)
    _lock(office.pk)
    with refusing(
        office_contract_one_at_a_time=ContractsOverlap,
        office_contract_days_in_order=DaysOutOfOrder,
        perisai_officecontract_number_key=ContractNumberTaken,
    ):
        contract = OfficeContract.objects.create(
            office=office,
            number=terms.number.strip(),
            valid_from=terms.valid_from,
            valid_to=terms.valid_to,
        )
    log.info("contract_added", contract=contract.pk, by=by.pk)
    return contract


@atomic_within(Deadline.PAGE)
def end_contract(contract: OfficeContract, *, on: date, by: User) -> OfficeContract:
    """Let a contract end on a day, its last; what was captured by then still counts. Repeatable.

    Raises DaysOutOfOrder for a day before its first, ContractsOverlap where the longer contract
    would reach into the next, and NotFound for one of another branch.
    """
    _lock(contract.office_id)
    rows = OfficeContract.objects.select_related("office").select_for_update(
        of=("self",), no_key=True
    )
    locked = rows.get(pk=contract.pk)
    must_be_own_office(locked.office, by)
    locked.valid_to = on
    with refusing(
        office_contract_one_at_a_time=ContractsOverlap,
        office_contract_days_in_order=DaysOutOfOrder,
    ):
        locked.save(update_fields=["valid_to"])
    log.info("contract_ended", contract=contract.pk, by=by.pk)
    return locked


def _lock(office_id: int) -> None:
    """Two rows that exclude each other, written at once, would wait for each other for ever."""
    Office.objects.select_for_update(no_key=True).get(pk=office_id)
