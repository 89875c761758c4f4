"""Reading the data of an operation: types and limits, every fault with its place."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db.models import TextChoices

from perisai.errors import FieldError, Invalid
from sync.op_data import OpData

ID = "01a1ec6f-9ca0-7a10-8c00-0000000001a7"


class Colour(TextChoices):
    RED = "red"
    BLUE = "blue"


def said(value: Any) -> OpData:
    return OpData(members={"x": value})


def read_all(data: OpData) -> list[Any]:
    """Every kind of reading of one member."""
    return [
        data.text("x", longest=5),
        data.digits("x", least=1, most=5),
        data.integer("x"),
        data.flag("x"),
        data.choice("x", Colour),
        data.day("x"),
        data.instant("x"),
        data.uuid("x"),
        data.inside("x"),
        data.objects("x", most=2),
        data.words("x", Colour, most=2),
        data.texts("x", longest=5, most=2),
    ]


@pytest.mark.parametrize("data", [OpData(members={}), said(None)], ids=["absent", "null"])
def test_absent_and_null_are_not_said_and_no_fault(data: OpData) -> None:
    assert read_all(data) == ["", "", None, False, None, None, None, None, None, [], (), ()]
    data.finish()


def test_what_is_said_well_is_read() -> None:
    assert said(" e\u0301 ").text("x", longest=5) == "\u00e9"
    assert said("012").digits("x", least=3, most=3) == "012"
    assert said(7).integer("x", least=7, most=7) == 7
    assert OpData(members={"x": True}).flag("x") is True
    assert said("red").choice("x", Colour) is Colour.RED
    assert said("2026-02-28").day("x") == date(2026, 2, 28)
    noon = datetime(2026, 11, 20, 5, tzinfo=UTC)
    assert said("2026-11-20T12:00:00.000+07:00").instant("x") == noon
    assert said(ID).uuid("x") == UUID(ID)
    assert said(["blue", "red", "blue"]).words("x", Colour, most=3) == (Colour.BLUE, Colour.RED)
    assert said(["a", "b", "a"]).texts("x", longest=1, most=3) == ("a", "b")


@pytest.mark.parametrize(
    ("value", "reading", "code"),
    [
        pytest.param(5, lambda d: d.text("x", longest=9), "type", id="number as text"),
        pytest.param("abc", lambda d: d.text("x", longest=2), "too_long", id="long"),
        pytest.param("a\nb", lambda d: d.text("x", longest=9), "characters_not_allowed", id="line"),
        pytest.param(
            "a\ud800", lambda d: d.text("x", longest=9), "characters_not_allowed", id="surrogate"
        ),
        pytest.param(
            "a\u2067b", lambda d: d.text("x", longest=9), "characters_not_allowed", id="direction"
        ),
        pytest.param("12", lambda d: d.digits("x", least=3, most=3), "digits_required", id="few"),
        pytest.param(
            "٣٤٥", lambda d: d.digits("x", least=3, most=3), "digits_required", id="not 0-9"
        ),
        pytest.param(True, lambda d: d.integer("x"), "type", id="flag as number"),
        pytest.param(1.0, lambda d: d.integer("x"), "type", id="float"),
        pytest.param(2**53 + 1, lambda d: d.integer("x"), "out_of_range", id="beyond 2^53"),
        pytest.param(3, lambda d: d.integer("x", most=2), "out_of_range", id="above the most"),
        pytest.param(1, lambda d: d.flag("x"), "type", id="number as flag"),
        pytest.param("green", lambda d: d.choice("x", Colour), "unknown_choice", id="choice"),
        pytest.param("2026-02-30", lambda d: d.day("x"), "date_required", id="no such day"),
        pytest.param("2026-W08-1", lambda d: d.day("x"), "date_required", id="week date"),
        pytest.param(
            "2026-11-20T12:00:00", lambda d: d.instant("x"), "instant_required", id="no offset"
        ),
        pytest.param(
            "0001-01-01T00:00:00+07:00", lambda d: d.instant("x"), "out_of_range", id="year 1"
        ),
        pytest.param("noon", lambda d: d.instant("x"), "instant_required", id="no instant"),
        pytest.param("x" * 36, lambda d: d.uuid("x"), "id_required", id="id"),
        pytest.param([], lambda d: d.inside("x"), "type", id="list as object"),
        pytest.param({}, lambda d: d.objects("x", most=2), "type", id="object as list"),
        pytest.param([{}] * 3, lambda d: d.objects("x", most=2), "too_many", id="three"),
        pytest.param(["red", 1], lambda d: d.words("x", Colour, most=2), "type", id="mixed"),
        pytest.param(
            ["green"], lambda d: d.words("x", Colour, most=2), "unknown_choice", id="word"
        ),
        pytest.param(
            ["abc"], lambda d: d.texts("x", longest=2, most=2), "too_long", id="long word"
        ),
    ],
)
def test_what_is_said_badly_is_a_fault_and_reads_as_not_said(
    value: Any, reading: Any, code: str
) -> None:
    data = said(value)
    assert not reading(data)
    with pytest.raises(Invalid) as caught:
        data.finish()
    assert caught.value.errors == (FieldError(pointer="/data/x", code=code),)


@pytest.mark.parametrize("value", [None, "", " ", "\t\u2003\n"])
def test_a_required_member_that_is_absent_is_a_fault(value: Any) -> None:
    data = said(value)
    assert not data.has("x")
    assert data.faults == [FieldError(pointer="/data/x", code="required")]


def test_faults_inside_are_told_with_the_others_and_their_place() -> None:
    data = OpData(members={"a": 1, "list": [{}, {"b": 2}], "one": {"c": 3}})
    data.text("a", longest=1)
    data.objects("list", most=2)[1].text("b", longest=1)
    inside = data.inside("one")
    assert inside is not None
    inside.text("c", longest=1)
    with pytest.raises(Invalid) as caught:
        data.finish()
    pointers = [fault.pointer for fault in caught.value.errors]
    assert pointers == ["/data/a", "/data/list/1/b", "/data/one/c"]


def test_a_representation_shows_no_personal_datum() -> None:
    assert "Budi" not in repr(OpData(members={"name": "Budi"}))
