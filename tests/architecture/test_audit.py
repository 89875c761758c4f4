"""Every model is audited once: an append-only fact, a row with a history, or listed with why."""

from typing import Any

import pgtrigger
import pytest
from django.db.models import Model

from perisai.models.tracked import Version, version_model
from tests.architecture.tree import models as our_models

BEFORE = pgtrigger.Before
LISTED = {
    # What a reference file says; the file and its edition are in the repository.
    "perisai.Province": "reference data, loaded from a file of an edition",
    "perisai.Regency": "reference data, loaded from a file of an edition",
    "perisai.District": "reference data, loaded from a file of an edition",
    "perisai.Village": "reference data, loaded from a file of an edition",
    "perisai.LegacyRegionCode": "reference data, loaded from a file of an edition",
    "perisai.ReferenceLoad": "says which file is loaded",
    "enrollment.Occupation": "reference data, loaded from a file of an edition",
    "enrollment.ConsentText": "reference data, loaded from a file of an edition",
    "enrollment.DueDate": "computed from the holidays, which have a history",
    "payments.JournalAccount": "brought by a migration",
    # Where something stands; what moved it is a fact elsewhere.
    "perisai.Device": "its logins are events, its revocations logged; it moves with every call",
    "perisai.DeviceToken": "a digest; ends with the device's state",
    "perisai.LoginCode": "one asking with its tries; purged after a day",
    "perisai.KeyCanary": "recognises a key; nobody edits it",
    "perisai.OutboxMessage": "a message on its way; purged",
    "perisai.Pulse": "when a part of the machinery was last seen; says nothing of anybody",
    "perisai.RelayPause": "ends by its own time; who lifted it stands in the row; purged",
    "perisai.TotpDevice": "made, confirmed and reset by its own services, which log; a secret",
    "perisai.RecoveryCode": "spent once, the row says when",
    "perisai.ImportPiece": "a piece of a file that waits to be read; emptied then",
    "perisai.StagedRow": "a line of a file that waits to be loaded; emptied then",
    "sync.Book": "versions, raised by facts",
    "sync.BookEntry": "places of rows, raised by facts",
    "sync.Epoch": "one row, changed by a restore, logged",
    "sync.Outbox": "where a device stands",
    "sync.Acknowledgement": "an instant, written once with the Outbox; purged with the drops",
    "sync.Upload": "where a file on its way stands; its declaration is kept",
    "sync.UploadPiece": "bytes on their way; deleted once the file is whole",
    "sync.OperationNeed": "what a kept operation waits for",
    "sync.Conflict": "decided once, by whom and when in the row itself",
    "enrollment.Member": "MemberChange and the operations are its audit",
    "enrollment.MemberOccupation": "part of the member's data",
    "enrollment.Prospect": "the operations that made it are its audit; deleted when it ends (R41)",
    "enrollment.Heir": "part of the member's data",
    "enrollment.Assignment": "dated by day; ended, never edited",
    "enrollment.Registration": "one form with its verdict; the operation keeps it",
    "payments.CreditRun": "how far the credit of a discount is given; its entries are facts",
    "retention.PoolMember": "no table of its own",
    "retention.SweepRun": "the mark of a run",
}


def triggers(model: type[Model]) -> list[Any]:
    """All that stand on a model's table: its own, and those that keep its history."""
    return list(getattr(model._meta, "triggers", ()))


def guards(model: type[Model]) -> list[Any]:
    """Triggers of ours that refuse something before it happens."""
    return [one for one in triggers(model) if one.when == BEFORE or is_protection(one)]


def is_protection(trigger: Any) -> bool:
    """pgtrigger's own refusal; it stands before by itself."""
    return isinstance(trigger, pgtrigger.Protect)


def is_fact(model: type[Model]) -> bool:
    """Whether triggers stand before its updates and before its deletions."""
    words = " ".join(str(trigger.operation) for trigger in guards(model))
    return "UPDATE" in words and "DELETE" in words


def how(model: type[Model]) -> str:
    """The one way in which a model is audited; empty: none."""
    if version_model(model) is not None:
        return "tracked"
    if model._meta.label in LISTED:
        return "listed"
    return "fact" if issubclass(model, Version) or is_fact(model) else ""


def test_every_model_is_fact_tracked_or_listed() -> None:
    """A new model of ours: triggers against change, `@tracked()`, or its reason in the list."""
    assert [model._meta.label for model in our_models() if not how(model)] == []


def test_no_model_is_listed_that_has_a_history_or_is_gone() -> None:
    ways = {model._meta.label: how(model) for model in our_models()}
    assert [label for label in LISTED if ways.get(label) != "listed"] == []


@pytest.mark.parametrize("model", [m for m in our_models() if version_model(m)], ids=str)
def test_a_history_keeps_each_way_of_change_and_is_append_only(model: type[Model]) -> None:
    kept = version_model(model)
    assert kept is not None
    words = {
        str(trigger.operation) for trigger in triggers(model) if trigger.when == pgtrigger.After
    }
    assert {"INSERT", "UPDATE", "DELETE"} <= words
    assert is_fact(kept)
