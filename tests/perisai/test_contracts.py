"""R29: contracts of offices, one at a time, also when two write at once."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection

from perisai.errors import ContractNumberTaken, ContractsOverlap, DaysOutOfOrder, NotFound
from perisai.models import Office, OfficeContract, Role, User
from perisai.services.contracts import ContractTerms, add_contract, end_contract
from tests.factories.perisai import OfficeFactory, UserFactory

pytestmark = pytest.mark.django_db
YEAR = ContractTerms(number="K-1", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))


@pytest.fixture
def office() -> Office:
    return OfficeFactory.create(contract=None)


def supervisor_of(office: Office) -> User:
    return UserFactory.create(role=Role.SUPERVISOR, branch=office.branch)


def test_contract_ends_on_a_day_which_still_counts(office: Office) -> None:
    by = supervisor_of(office)
    contract = add_contract(office, YEAR, by=by)
    for _ in range(2):
        end_contract(contract, on=date(2026, 10, 31), by=by)
    assert OfficeContract.objects.valid_on(date(2026, 10, 31)).get() == contract
    assert not OfficeContract.objects.valid_on(date(2026, 11, 1)).exists()


def test_refused_contracts_change_nothing(office: Office) -> None:
    by = supervisor_of(office)
    contract = add_contract(office, YEAR, by=by)
    later = ContractTerms(number="K-2", valid_from=date(2027, 1, 1))
    add_contract(office, later, by=by)
    with pytest.raises(ContractsOverlap):
        end_contract(contract, on=date(2027, 1, 1), by=by)
    with pytest.raises(DaysOutOfOrder):
        end_contract(contract, on=date(2025, 12, 31), by=by)
    with pytest.raises(ContractNumberTaken):
        add_contract(OfficeFactory.create(branch=office.branch, contract=None), YEAR, by=by)
    with pytest.raises(NotFound):
        end_contract(contract, on=date(2026, 6, 30), by=UserFactory.create(role=Role.SUPERVISOR))
    contract.refresh_from_db()
    assert (contract.valid_to, OfficeContract.objects.count()) == (date(2026, 12, 31), 2)


@pytest.mark.django_db(transaction=True)
def test_of_ten_contracts_at_once_one_is_written(office: Office) -> None:
    by = supervisor_of(office)
    start, outcomes = Barrier(10), []

    def write(number: int) -> None:
        start.wait()
        try:
            terms = ContractTerms(number=f"K-{number}", valid_from=date(2026, 1, 1 + number))
            add_contract(office, terms, by=by)
            outcomes.append("added")
        except ContractsOverlap:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [Thread(target=write, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", *["refused"] * 9]
    assert OfficeContract.objects.count() == 1
