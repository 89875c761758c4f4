"""Look-ups with SQL built once bring what the ORM brings."""

from threading import Thread
from typing import Any

import pytest
from django.db import connection, models

from payments.api.authentication import CounterAuthentication, counter_of
from payments.models import PostAgent
from payments.services.counters import COUNTER_OF_DIGEST
from perisai.ids import new_id
from perisai.models import Device, DeviceToken, User
from perisai.models.prepared import IsOneOf, Prepared, PreparedRows
from perisai.services.tokens import TOKEN_OF_DIGEST, issue_device_token, issue_terminal_token
from tests.factories.payments import PostAgentFactory
from tests.factories.perisai import DeviceFactory
from tests.statements import counted

pytestmark = pytest.mark.django_db


def values_of(row: models.Model) -> dict[str, Any]:
    """Every column of an instance."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_row_and_what_it_points_to_come_as_by_the_orm() -> None:
    device = DeviceFactory.create()
    issue_device_token(device)
    by_orm = DeviceToken.objects.select_related("user", "device").get(device=device)

    with counted() as statements:
        found = TOKEN_OF_DIGEST.first(by_orm.digest)
        assert found is not None
        user, held = found.user, found.device

    assert len(statements) == 1
    assert isinstance(user, User)
    assert isinstance(held, Device)
    assert values_of(found) == values_of(by_orm)
    assert values_of(user) == values_of(by_orm.user)
    assert values_of(held) == values_of(device.__class__.objects.get(pk=device.pk))
    assert not found._state.adding


def test_a_reference_that_is_empty_stays_empty() -> None:
    outlet = PostAgentFactory.create()
    issue_terminal_token(outlet.user, "POS-1")
    digest = DeviceToken.objects.get(user=outlet.user).digest

    found = TOKEN_OF_DIGEST.first(digest)

    assert found is not None
    assert found.device is None
    assert found.user == outlet.user


def digest_of(outlet: PostAgent) -> str:
    """The digest of a new token of a counter."""
    issue_terminal_token(outlet.user, "POS-1")
    return str(DeviceToken.objects.get(user=outlet.user).digest)


def test_each_value_brings_its_own_row_and_an_unknown_one_none() -> None:
    outlets = PostAgentFactory.create_batch(2)

    found = [COUNTER_OF_DIGEST.first(digest_of(outlet)) for outlet in outlets]

    assert found == outlets
    assert [one.partner for one in found if one] == [outlet.partner for outlet in outlets]
    assert COUNTER_OF_DIGEST.first("") is None


def test_token_of_a_counter_brings_login_and_counter_by_one_statement() -> None:
    outlet = PostAgentFactory.create()
    digest = digest_of(outlet)
    by_orm = DeviceToken.objects.select_related("user").get(digest=digest)

    with counted() as statements:
        found = CounterAuthentication().found(digest)
        assert found is not None
        user, counter = found.user, counter_of(found)
        assert counter is not None
        assert counter.partner == outlet.partner

    assert len(statements) == 1
    assert counter == outlet
    assert values_of(found) == values_of(by_orm)
    assert values_of(user) == values_of(by_orm.user)
    assert not found._state.adding


def test_token_of_somebody_else_brings_no_counter() -> None:
    device = DeviceFactory.create()
    issue_device_token(device)

    found = CounterAuthentication().found(DeviceToken.objects.get(device=device).digest)

    assert found is not None
    assert found.device == device
    assert counter_of(found) is None


@pytest.mark.django_db(transaction=True)
def test_another_thread_reads_on_its_own_connection() -> None:
    outlet = PostAgentFactory.create()
    digest = digest_of(outlet)
    COUNTER_OF_DIGEST.first(digest)
    found: list[Any] = []

    def read() -> None:
        found.append(COUNTER_OF_DIGEST.first(digest))
        connection.close()

    thread = Thread(target=read)
    thread.start()
    thread.join()

    assert found == [outlet]


def test_a_look_up_by_two_values_is_refused() -> None:
    two = Prepared(lambda name: User.objects.filter(username=name, language="id"), example="")

    with pytest.raises(TypeError, match="one value"):
        two.first("siapa")


DEVICES_OF = PreparedRows(
    lambda agent_id, ids: (
        Device.objects.filter(IsOneOf("pk", ids), agent=agent_id, label="")
        .order_by("pk")
        .values_list("pk", "app_version")
    ),
    agent_id=new_id(),
    ids=[new_id()],
)


@pytest.mark.parametrize("number", [0, 1, 7])
def test_rows_of_many_come_by_one_statement_with_one_parameter_for_all(number: int) -> None:
    device = DeviceFactory.create(label="")
    own = [device, *DeviceFactory.create_batch(number, agent=device.agent, label="")][:number]
    foreign = DeviceFactory.create(label="")
    ids = [one.pk for one in (*own, foreign)]

    with counted() as statements:
        found = DEVICES_OF.all(agent_id=device.agent_id, ids=ids)

    assert found == sorted((one.pk, one.app_version) for one in own)
    assert len(statements) == 1


def test_rows_by_a_value_that_the_statement_does_not_ask_for_are_refused() -> None:
    every = PreparedRows(lambda ids: Device.objects.values_list("pk"), ids=[new_id()])

    with pytest.raises(TypeError, match="each of its values"):
        every.all(ids=[])
