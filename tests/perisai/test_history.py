"""Hand-edited rows: each change is kept, by whatever way it came, with who was at work."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import ProgrammingError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from config.celery import app
from config.middleware import CauseMiddleware
from payments.services.outcomes import Posted
from payments.services.posting import pay
from perisai.history import Cause, caused_by, deed, remembered, writes_to_tracked
from perisai.models import Agent, AgentState, Branch, Office, Role, User
from perisai.models.tracked import version_model
from perisai.privacy import DecryptionFailed
from perisai.services.histories import changes_of
from tests.factories.payments import (
    NOW,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    command_for,
)
from tests.factories.perisai import AgentFactory, BranchFactory, OfficeFactory, UserFactory
from tests.statements import counted, run_sql

pytestmark = pytest.mark.django_db


def events_of(record: Any) -> list[Any]:
    model = version_model(type(record))
    assert model is not None
    return list(model._default_manager.filter(pgh_obj=record.pk).order_by("pgh_id"))


def test_each_change_is_kept_with_the_row_as_it_became() -> None:
    branch = BranchFactory.create(name="Kantor Satu")
    branch.name = "Kantor Dua"
    branch.save(update_fields=["name"])
    branch.delete()
    assert [(event.pgh_label, event.name) for event in _all_of(Branch)] == [
        ("insert", "Kantor Satu"),
        ("update", "Kantor Dua"),
        ("delete", "Kantor Dua"),
    ]


def _all_of(model: Any) -> list[Any]:
    events = version_model(model)
    assert events is not None
    return list(events._default_manager.order_by("pgh_id"))


def test_raw_sql_update_is_recorded() -> None:
    office = OfficeFactory.create(name="Wadah Satu")
    run_sql(f"UPDATE perisai_office SET name = 'Wadah Tiga' WHERE id = {office.pk}")  # noqa: S608
    assert [event.name for event in events_of(office)] == ["Wadah Satu", "Wadah Tiga"]


def test_bulk_update_is_recorded_row_by_row() -> None:
    offices = OfficeFactory.create_batch(3)
    Office.objects.update(kind="foundation")
    assert [[e.kind for e in events_of(one)] for one in offices] == [
        ["cooperative", "foundation"]
    ] * 3


def test_a_change_of_what_is_left_out_is_no_change() -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    user.set_password("kata-sandi-baru-sekali")
    user.save(update_fields=["password"])
    User.objects.filter(pk=user.pk).update(last_login="2026-11-20T00:00:00Z")
    Office.objects.filter(pk=OfficeFactory.create().pk).update(kind="cooperative")
    assert [event.pgh_label for event in events_of(user)] == ["insert"]
    assert [event.pgh_label for event in _all_of(Office)] == ["insert"]
    names = {field.name for field in version_model(User)._meta.fields}
    assert not names & {"password", "last_login"}


def test_copies_are_append_only() -> None:
    office = OfficeFactory.create()
    event = events_of(office)[0]
    for change in (event.delete, lambda: type(event).objects.update(name="lain")):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            change()
    assert [one.name for one in events_of(office)] == [office.name]


def test_copied_ciphertexts_open_with_label_and_original_key() -> None:
    agent = AgentFactory.create(name="WULAN CONTOH", phone="+6281200001234", phone_index=b"x" * 16)
    agent.name = "WULAN LAIN"
    agent.save(update_fields=["name"])
    first, second = events_of(agent)
    assert (first.name, second.name, second.phone) == (
        "WULAN CONTOH",
        "WULAN LAIN",
        "+6281200001234",
    )
    assert isinstance(first.pgh_obj_id, UUID)
    first.pgh_obj_id = AgentFactory.create().pk
    with pytest.raises(DecryptionFailed):
        assert first.name


def test_context_names_actor_way_and_deed_and_nothing_else() -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    office = OfficeFactory.create()
    with caused_by(lambda: Cause(channel="admin", actor_id=user.pk)), deed("rename", reason="typo"):
        office.name = "Wadah Baru"
        office.save(update_fields=["name"])
    assert [event.pgh_context for event in events_of(office)] == [
        None,
        {"channel": "admin", "actor": user.pk, "act": "rename", "reason": "typo"},
    ]


def test_context_of_a_request_holds_no_path_query_or_body() -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    office = OfficeFactory.create()

    def view(request: Any) -> Any:
        request.user = user
        Office.objects.filter(pk=office.pk).update(name="Wadah Baru")

    request = RequestFactory().post("/admin/rahasia/?q=3515144107850003", {"nik": "rahasia"})
    CauseMiddleware(view)(request)
    assert events_of(office)[-1].pgh_context == {"channel": "admin", "actor": user.pk}


def test_context_in_task() -> None:
    office = OfficeFactory.create()

    @app.task(name="tests.rename")
    def rename(pk: str) -> None:
        Office.objects.filter(pk=pk).update(name="Wadah Tugas")

    try:
        rename.apply(args=(str(office.pk),))
    finally:
        app.tasks.pop("tests.rename")
    context = events_of(office)[-1].pgh_context
    assert (context["channel"], context["task"]) == ("task", "tests.rename")
    assert str(office.pk) not in {str(value) for value in context.values()}


@pytest.mark.django_db(transaction=True)
def test_context_is_told_outside_a_transaction_and_ends_with_its_own() -> None:
    office = OfficeFactory.create()
    with caused_by(lambda: Cause(channel="command", task="import")):
        Office.objects.filter(pk=office.pk).update(name="Wadah Satu")
    Office.objects.filter(pk=office.pk).update(name="Wadah Dua")
    contexts = [event.pgh_context for event in events_of(office)]
    assert contexts == [None, {"channel": "command", "task": "import"}, None]


def test_reading_and_untracked_writing_cost_no_statement_more() -> None:
    agent = AgentFactory.create()
    with caused_by(lambda: Cause(channel="api")), counted() as statements:
        Agent.objects.select_for_update().get(pk=agent.pk)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE sync_outbox SET acked_version = 1")
    assert len(statements) == 2
    assert not writes_to_tracked("INSERT INTO payments_payment (x) SELECT 1")
    assert not writes_to_tracked("UPDATE perisai_agentx SET x = 1")
    assert writes_to_tracked('WITH x AS (UPDATE "perisai_agent" SET state = 1) SELECT 1')


def test_text_of_many_rows_is_kept_by_no_process() -> None:
    """As many texts as there are numbers of rows, each as long as its rows are many."""
    kept = remembered.cache_info().currsize
    for rows in (2_000, 2_001):
        assert writes_to_tracked(" ".join(["INSERT INTO perisai_agent VALUES", *["(%s),"] * rows]))
    assert remembered.cache_info().currsize == kept


def test_posting_tells_nothing_to_any_history() -> None:
    member, outlet = cared_for_member(), PostAgentFactory.create()
    bill = bill_for(member)
    with (
        caused_by(lambda: Cause(channel="api")),
        CaptureQueriesContext(connection) as told,
        time_machine.travel(NOW, tick=False),
    ):
        assert isinstance(pay(command_for(bill, outlet), now=NOW), Posted)
    assert [query["sql"] for query in told if "pghistory" in query["sql"]] == []


def test_history_tells_what_became_different() -> None:
    user = UserFactory.create(role=Role.NATIONAL)
    agent = AgentFactory.create()
    agent.state, agent.ended_on = AgentState.ENDED, date(2026, 11, 20)
    with caused_by(lambda: Cause(channel="admin", actor_id=user.pk)):
        agent.save(update_fields=["state", "ended_on"])
    newest, oldest = changes_of(agent)
    assert (newest.label, newest.actor, oldest.label, oldest.actor) == (
        "update",
        user.username,
        "insert",
        "",
    )
    assert {(one.column, one.before, one.after) for one in newest.differences} == {
        ("state", "active", "ended"),
        ("ended_on", None, date(2026, 11, 20)),
    }
    with counted() as statements:
        changes_of(agent)
    assert len(statements) == 2


def test_row_that_no_trigger_saw_has_no_changes() -> None:
    """As rows are that were there before their history was."""
    assert changes_of(Branch(pk=987_654_321)) == []
