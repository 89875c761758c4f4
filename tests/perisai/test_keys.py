"""The life of master keys: canaries, rotation, retirement, `manage.py keys`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.utils import ProgrammingError
from django.test import Client
from pytest_django.fixtures import Settings

from enrollment.models import Member, Sex
from perisai.ids import new_id
from perisai.models import Agent, KeyCanary
from perisai.models.tracked import version_model
from perisai.privacy import DecryptionFailed, Sealed
from perisai.privacy.keyring import KeyInUse, UnknownKey, read_ring
from perisai.services.keys import (
    activate_key,
    add_key,
    canaries_open,
    plant_canaries,
    retire_key,
    rotate_fields,
)
from retention.models import Attempt, AttemptChannel, Contact
from tests.perisai.rings import key, lay, ring, use_rings
from tests.perisai.rows import stored_agent, unsaved_agent, write_bytes

DAY = date(2026, 11, 20)

pytestmark = pytest.mark.django_db


@pytest.fixture
def remembered(rings: Path) -> Path:
    """A test's own rings, known to the database."""
    KeyCanary.objects.all().delete()
    plant_canaries()
    return rings


def silent(_model: type[Model], _rows: int) -> None:
    """Progress that nobody reads."""


def key_ids() -> list[int]:
    """The keys of all agents' names."""
    found = Agent.objects.order_by("number").values_list("name", flat=True)
    return [cast("Sealed[str]", sealed).key_id for sealed in found]


def told(*arguments: str) -> str:
    """What `manage.py keys` prints."""
    out = StringIO()
    call_command("keys", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def attempt_with_note(agent: Agent) -> Attempt:
    """An append-only row with an encrypted column."""
    member = Member.objects.create(
        branch=agent.branch,
        nik="3300005111900001",
        nik_index=bytes(16),
        full_name="Orang Percobaan",
        birth_date=date(1990, 11, 11),
        sex=Sex.MALE,
        regency_code="1671",
        kpj="90000000001",
        registered_on=DAY,
    )
    return Attempt.objects.create(
        op_id=new_id(),
        member=member,
        agent=agent,
        channel=AttemptChannel.VISIT,
        contact=Contact.MET_MEMBER,
        note="Sedang panen",
        tried_at=datetime(2026, 11, 20, tzinfo=UTC),
    )


def test_migrate_remembers_the_keys_of_this_installation() -> None:
    assert KeyCanary.objects.count() == 3
    assert canaries_open()


def test_wrong_ring_is_not_ready(rings: Path) -> None:
    assert not canaries_open()


def test_process_with_the_wrong_ring_gets_no_traffic(rings: Path, client: Client) -> None:
    refused = client.get("/health/ready")
    assert (refused.status_code, refused.json()["broken"]) == (503, ["keys"])
    (rings / "field.json").unlink()
    assert client.get("/health/ready").json()["broken"] == ["keys"]


def test_ring_that_lost_a_known_key_is_not_ready(remembered: Path) -> None:
    assert canaries_open()
    KeyCanary.objects.create(purpose="field", key_id=2, value=bytes(32))
    assert not canaries_open()


def test_database_that_knows_no_key_is_not_ready(remembered: Path) -> None:
    KeyCanary.objects.filter(purpose="index").delete()
    assert not canaries_open()


def test_canary_once_planted_never_changes(remembered: Path) -> None:
    before = list(KeyCanary.objects.order_by("pk").values_list("pk", "value"))
    lay(remembered / "field.json", ring("field"))
    plant_canaries()
    assert list(KeyCanary.objects.order_by("pk").values_list("pk", "value")) == before
    assert not canaries_open()


def test_new_key_writes_nothing_until_it_is_activated(remembered: Path) -> None:
    stored_agent("PRS-1")
    assert add_key("field", created=DAY) == 2
    stored_agent("PRS-2")
    activate_key(2)
    stored_agent("PRS-3")
    assert key_ids() == [1, 1, 2]
    assert canaries_open()
    assert KeyCanary.objects.filter(purpose="field").count() == 2


def test_first_key_starts_a_ring_that_works(rings: Path) -> None:
    (rings / "field.json").unlink()
    assert add_key("field", created=DAY) == 1
    assert stored_agent().name == "Siti Aminah Percobaan"


def test_activation_of_an_unknown_key_changes_nothing(remembered: Path) -> None:
    before = (remembered / "field.json").read_text()
    with pytest.raises(UnknownKey):
        activate_key(2)
    assert (remembered / "field.json").read_text() == before


def history_of_agents() -> QuerySet[Any]:
    """The copies that the triggers of `Agent` keep."""
    model = version_model(Agent)
    assert model is not None
    copies: QuerySet[Any] = model._default_manager.all()
    return copies


def test_rotation_leaves_no_old_key_and_reads_the_same(remembered: Path) -> None:
    for n in range(3):
        stored_agent(f"PRS-{n}", name=f"Orang {n}")
    copies = history_of_agents()
    add_key("field", created=DAY)
    activate_key(2)
    assert rotate_fields(limit=None, progress=silent) == 3 + 3  # the rows, and their history
    assert key_ids() == [2, 2, 2]
    assert [name.key_id for name in copies.values_list("name", flat=True)] == [2, 2, 2]
    assert sorted(copy.name for copy in copies) == ["Orang 0", "Orang 1", "Orang 2"]
    names = [agent.name for agent in Agent.objects.order_by("number")]
    assert names == ["Orang 0", "Orang 1", "Orang 2"]
    assert rotate_fields(limit=None, progress=silent) == 0


def test_rotation_goes_on_where_it_was_cut_short(
    remembered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("perisai.services.keys.ROWS_PER_COMMIT", 2)
    for n in range(5):
        stored_agent(f"PRS-{n}")
    add_key("field", created=DAY)
    activate_key(2)
    steps: list[int] = []
    assert rotate_fields(limit=3, progress=lambda _model, rows: steps.append(rows)) == 3
    assert (steps, sorted(key_ids())) == ([2, 1], [1, 1, 2, 2, 2])
    assert rotate_fields(limit=None, progress=silent) == 2 + 5  # the history comes after the rows
    assert key_ids() == [2] * 5


def test_rotation_reaches_append_only_rows_and_leaves_them_guarded(remembered: Path) -> None:
    attempt = attempt_with_note(stored_agent())
    add_key("field", created=DAY)
    activate_key(2)
    assert rotate_fields(limit=None, progress=silent) == 3 + 1
    note = cast("Sealed[str]", Attempt.objects.values_list("note", flat=True).get())
    assert (note.key_id, note.open(attempt.pk)) == (2, "Sedang panen")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"):
        Attempt.objects.update(channel=AttemptChannel.PHONE)


def test_rotation_stops_at_a_damaged_value(remembered: Path) -> None:
    write_bytes(stored_agent(), "name", b"\x01\x00\x01" + bytes(40))
    add_key("field", created=DAY)
    activate_key(2)
    with pytest.raises(DecryptionFailed):
        rotate_fields(limit=None, progress=silent)
    assert key_ids() == [1]


def test_saving_a_row_that_an_old_key_made_seals_it_anew(remembered: Path) -> None:
    agent = stored_agent()
    add_key("field", created=DAY)
    activate_key(2)
    agent.save(update_fields=["name"])
    assert key_ids() == [2]


@pytest.mark.parametrize(
    ("key_id", "refusal"), [(1, KeyInUse), (2, KeyInUse), (3, UnknownKey)], ids=str
)
def test_retire_refuses(remembered: Path, key_id: int, refusal: type[Exception]) -> None:
    """Key 1 still opens a value, key 2 is active, key 3 is unknown."""
    stored_agent()
    add_key("field", created=DAY)
    activate_key(2)
    before = (remembered / "field.json").read_text()
    with pytest.raises(refusal):
        retire_key(key_id)
    assert (remembered / "field.json").read_text() == before
    assert KeyCanary.objects.filter(purpose="field").count() == 2


def test_retired_key_is_gone_from_ring_and_database(remembered: Path) -> None:
    stored_agent(name="Orang")
    add_key("field", created=DAY)
    activate_key(2)
    rotate_fields(limit=None, progress=silent)
    retire_key(1)
    assert list(read_ring(remembered / "field.json", "field").keys) == [2]
    assert canaries_open()
    assert Agent.objects.get().name == "Orang"


def test_command_leads_a_key_through_its_life(remembered: Path) -> None:
    stored_agent()
    today = read_ring(remembered / "field.json", "field").keys[1].created
    assert told("new", "field") == "field key 2 added\n"
    assert told("activate", "2") == "field key 2 is active\n"
    assert told("rotate", "--field", "--limit", "5") == "2 rows encrypted anew\n"
    assert told("retire", "1") == "field key 1 is retired\n"
    assert told("list").splitlines()[1] == f"index 1 {today} active"
    assert told("new", "index") == "index key 2 added\n"


def test_list_shows_no_key(remembered: Path) -> None:
    secret = key(1, "active")
    lay(remembered / "field.json", ring("field", secret))
    assert told("list").splitlines()[0] == "field 1 2026-11-20 active"
    assert secret["key"] not in told("list")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("activate", "7"), "the field ring has no key 7"),
        (("retire", "1"), "key 1 makes new values: activate another one first"),
        (("retire", "7"), "the field ring has no key 7"),
    ],
)
def test_command_refuses_in_one_line(
    remembered: Path, arguments: tuple[str, ...], line: str
) -> None:
    with pytest.raises(CommandError) as refused:
        told(*arguments)
    assert (str(refused.value), refused.value.returncode) == (line, 1)


@pytest.fixture
def committed_rings(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Rings of a transactional test, which must leave the canaries of the installation."""
    known = list(KeyCanary.objects.all())
    monkeypatch.setattr("perisai.privacy.keyring.SECONDS_BETWEEN_LOOKS", 0.0)
    use_rings(settings, tmp_path)
    yield
    KeyCanary.objects.all().delete()
    KeyCanary.objects.bulk_create(known)


@pytest.mark.django_db(transaction=True)
def test_rotation_beside_writers_of_this_process(
    committed_rings: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers and readers go on; every value stays readable; no old key is left at the end."""
    monkeypatch.setattr("perisai.services.keys.ROWS_PER_COMMIT", 3)
    agents = [unsaved_agent(f"PRS-{n:02}", name=f"Orang {n}") for n in range(12)]
    Agent.objects.bulk_create(agents)
    add_key("field", created=DAY)
    activate_key(2)

    def write(ids: list[UUID]) -> list[str]:
        try:
            for pk in ids:
                agent = Agent.objects.get(pk=pk)
                agent.name = f"{agent.name}!"
                agent.save(update_fields=["name"])
            return [Agent.objects.get(pk=pk).name for pk in ids]
        finally:
            connection.close()

    def rotate() -> int:
        try:
            return rotate_fields(limit=None, progress=silent)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=3) as pool:
        rotating = pool.submit(rotate)
        halves = [pool.submit(write, [agent.pk for agent in agents[n::2]]) for n in range(2)]
        written = [name for half in halves for name in half.result()]
        assert rotating.result() <= 12 + 12

    assert sorted(written) == sorted(f"Orang {n}!" for n in range(12))
    assert key_ids() == [2] * 12
