"""Encrypted model fields, on rows in the database."""

import json
import pickle
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import models, transaction
from django.db.models import Model
from django.test.utils import isolate_apps
from rest_framework.utils.encoders import JSONEncoder

from perisai.ids import new_id
from perisai.models import Agent, Role, User
from perisai.privacy import (
    DecryptionFailed,
    EncryptedField,
    EncryptedJSONField,
    EncryptedTextField,
    Sealed,
    UnboundValue,
    seal_text,
)
from sync.models import Conflict
from tests.perisai.rows import NAME, stored_agent, stored_bytes, unsaved_agent, write_bytes

pytestmark = pytest.mark.django_db


def test_table_holds_ciphertext_and_the_attribute_reads_plain() -> None:
    agent = stored_agent()
    held = stored_bytes(agent, "name")
    assert held is not None
    assert (held[0], len(held), NAME.encode() in held) == (2, 63, False)
    assert agent.name == NAME


def test_attribute_reads_plain_before_and_after_the_first_save() -> None:
    agent = unsaved_agent()
    assert agent.name == NAME
    agent.save()
    assert agent.name == NAME
    agent.refresh_from_db()
    assert agent.name == NAME
    assert Agent.objects.only("number").get().name == NAME


def test_loaded_row_keeps_nothing_plain() -> None:
    agent = stored_agent()
    assert agent.name == NAME
    assert repr(agent.__dict__["name"]) == "<encrypted>"
    assert NAME.encode() not in pickle.dumps(agent)


def test_null_stays_null_and_the_empty_string_is_encrypted() -> None:
    agent = stored_agent(name="")
    held = stored_bytes(agent, "name")
    assert stored_bytes(agent, "phone") is None
    assert agent.phone is None
    assert held is not None
    assert len(held) == 47
    assert agent.name == ""
    assert Agent.objects.filter(phone__isnull=True, name__isnull=False).count() == 1


def test_save_changes_what_was_assigned_and_nothing_else() -> None:
    agent = stored_agent()
    before = stored_bytes(agent, "name")
    agent.phone, agent.phone_index = "+6281200000001", b"i" * 16
    agent.save()
    assert stored_bytes(agent, "name") == before
    again = Agent.objects.get()
    assert (again.name, again.phone) == (NAME, "+6281200000001")


def test_bulk_create_works() -> None:
    agents = [unsaved_agent(f"PRS-1671-000{n}", name=f"Orang {n}") for n in range(3)]
    Agent.objects.bulk_create(agents)
    assert [agent.name for agent in Agent.objects.order_by("number")] == [
        "Orang 0",
        "Orang 1",
        "Orang 2",
    ]
    assert len({stored_bytes(agent, "name") for agent in agents}) == 3


def test_values_are_sealed_until_opened_by_name() -> None:
    agent = stored_agent()
    row = cast("dict[str, Any]", Agent.objects.values("pk", "name").get())
    sealed = row["name"]
    assert isinstance(sealed, Sealed)
    assert (str(sealed), repr(sealed), f"{sealed}") == ("<encrypted>",) * 3
    assert sealed.open(agent.pk) == NAME
    with pytest.raises(DecryptionFailed):
        sealed.open(uuid4())
    with pytest.raises(TypeError):
        json.dumps(row["name"])
    with pytest.raises(TypeError):
        json.dumps(row["name"], cls=JSONEncoder)


def test_values_list_of_json_opens_parsed() -> None:
    details = {"fields": ["nik"], "n": 1}
    case = Conflict.objects.create(
        kind="duplicate", entity="member", entity_id=new_id(), agent=stored_agent(), details=details
    )
    found = cast("Sealed[Any]", Conflict.objects.values_list("details", flat=True).get())
    assert found.open(case.pk) == details
    assert Conflict.objects.get().details == details


def test_text_sealed_for_copy_reads_through_the_field() -> None:
    agent = stored_agent()
    write_bytes(agent, "name", seal_text("agent.name", agent.pk, "Lewat COPY", padded=True))
    assert Agent.objects.get().name == "Lewat COPY"


@pytest.mark.parametrize("change", ["row", "field"])
def test_swapped_ciphertext_fails_and_is_never_shown_as_empty(change: str) -> None:
    agent, other = stored_agent("PRS-1671-0001"), stored_agent("PRS-1671-0002", name="Lain")
    if change == "row":
        write_bytes(agent, "name", cast("bytes", stored_bytes(other, "name")))
    else:
        write_bytes(agent, "name", seal_text("agent.phone", agent.pk, "+6281200000001"))
    loaded = Agent.objects.get(pk=agent.pk)
    with pytest.raises(DecryptionFailed):
        _ = loaded.name
    with pytest.raises(DecryptionFailed):
        _ = Agent.objects.only("number").get(pk=agent.pk).name


def test_row_copied_under_a_new_key_is_refused_until_assigned_in_plain() -> None:
    agent = stored_agent()
    copied = Agent.objects.get()
    copied.pk = new_id()
    copied.number = "PRS-1671-0009"
    copied.user = User.objects.create_user("PRS-1671-0009", role=Role.AGENT)
    with pytest.raises(DecryptionFailed), transaction.atomic():
        copied.save(force_insert=True)
    assert Agent.objects.count() == 1
    copied.name = agent.name
    copied.save(force_insert=True)
    assert Agent.objects.get(pk=copied.pk).name == NAME


def test_update_without_instance_raises() -> None:
    agent = stored_agent()
    before = stored_bytes(agent, "name")
    sealed = Agent.objects.values_list("name", flat=True).get()
    for value in (NAME, sealed, b"bytes", models.F("phone")):
        with pytest.raises(UnboundValue, match="not update"), transaction.atomic():
            Agent.objects.update(name=value)
    with pytest.raises(UnboundValue, match="not update"), transaction.atomic():
        Agent.objects.bulk_update([agent], ["name"])
    assert stored_bytes(agent, "name") == before


def test_update_to_null_destroys_the_value() -> None:
    agent = stored_agent()
    agent.phone, agent.phone_index = "+6281200000001", b"i" * 16
    agent.save()
    assert Agent.objects.update(phone=None, phone_index=None) == 1
    assert Agent.objects.get().phone is None


@pytest.mark.parametrize(
    "lookup",
    ["name", "name__exact", "name__in", "name__startswith", "name__icontains", "name__length"],
)
def test_search_in_ciphertext_is_refused(lookup: str) -> None:
    with pytest.raises(FieldError, match=r"agent\.name is encrypted"):
        Agent.objects.filter(**{lookup: [NAME]})


@pytest.mark.parametrize("value", [5, b"bytes", models.F("phone"), ["x"]])
def test_text_field_takes_text_alone(value: Any) -> None:
    agent = unsaved_agent()
    agent.name = value
    with pytest.raises(TypeError, match=r"agent\.name holds text"), transaction.atomic():
        agent.save()
    assert Agent.objects.count() == 0


def test_fixture_of_personal_data_is_refused() -> None:
    stored_agent()
    with pytest.raises(UnboundValue, match="no fixture"):
        serializers.serialize("json", Agent.objects.all())


def test_migrations_keep_label_and_padding_under_the_public_name() -> None:
    name, phone = Agent._meta.get_field("name"), Agent._meta.get_field("phone")
    assert name.deconstruct()[1:] == (
        "perisai.privacy.EncryptedTextField",
        [],
        {"label": "agent.name", "padded": True},
    )
    assert phone.deconstruct()[3] == {"label": "agent.phone", "null": True, "blank": True}
    copied = name.clone()
    assert (copied.label, copied.padded, copied.editable) == ("agent.name", True, False)


@isolate_apps("perisai")
def test_check_refuses_a_bad_label_and_a_key_known_too_late() -> None:
    class Late(Model):  # noqa: DJ008
        word = EncryptedTextField(label="nodot")

        class Meta:
            app_label = "perisai"

    class Good(Model):  # noqa: DJ008
        id = models.UUIDField(primary_key=True)
        body = EncryptedJSONField(label="good.body")

        class Meta:
            app_label = "perisai"

    class Child(Model):  # noqa: DJ008
        good = models.OneToOneField(Good, primary_key=True, on_delete=models.PROTECT)
        word = EncryptedTextField(label="child.word")

        class Meta:
            app_label = "perisai"

    def faults(model: type[Model], field: str) -> list[str | None]:
        found = model._meta.get_field(field)
        assert isinstance(found, EncryptedField)
        return [fault.id for fault in found.check()]

    assert faults(Late, "word") == ["perisai.E007", "perisai.E007"]
    assert faults(Good, "body") == faults(Child, "word") == []


def test_row_whose_key_is_no_uuid_is_refused() -> None:
    agent = unsaved_agent()
    agent.pk = cast("UUID", str(agent.pk))
    with pytest.raises(UnboundValue, match="needs its UUID"), transaction.atomic():
        agent.save(force_insert=True)
    assert Agent.objects.count() == 0
