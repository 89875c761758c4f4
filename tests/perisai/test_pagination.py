"""Lists by key: stable while rows come and go, and no cursor but ours."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.core import signing
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from perisai.api.pagination import KeysetPagination, after, keys_of
from perisai.errors import CursorInvalid
from perisai.models import Branch, Device
from tests.factories.perisai import AgentFactory, BranchFactory, DeviceFactory
from tests.fixtures import LogIn

pytestmark = pytest.mark.django_db


class TwoByName(KeysetPagination):
    """Names repeat; the code does not."""

    ordering = ("-name", "code")
    page_size = 2


def page(address: str, path: str = "/api/v1/contoh") -> tuple[list[str], str | None]:
    """Codes of one page, and the address of the next."""
    request = Request(APIRequestFactory().get(address or path))
    paginator = TwoByName()
    rows = paginator.paginate_queryset(Branch.objects.order_by(), request)
    data: dict[str, Any] = paginator.get_paginated_response([row.code for row in rows]).data
    return data["results"], data["next"]


@pytest.fixture
def _branches() -> None:
    for code, name in [("1", "a"), ("2", "b"), ("3", "b"), ("4", "b"), ("5", "c")]:
        BranchFactory.create(code=code, name=name)


@pytest.mark.usefixtures("_branches")
def test_pages_equal_the_whole() -> None:
    address, seen = "/api/v1/contoh?state=active", []
    pages = 0
    while address:
        codes, following = page(address)
        seen += codes
        pages += 1
        address = following or ""
        assert following is None or "state=active" in following
    assert (seen, pages) == (["5", "2", "3", "4", "1"], 3)


@pytest.mark.usefixtures("_branches")
def test_rows_that_come_or_go_meanwhile_move_no_other_row() -> None:
    _codes, following = page("")
    Branch.objects.filter(code="2").delete()
    BranchFactory.create(code="0", name="d")
    assert following is not None
    assert page(following)[0] == ["3", "4"]


@pytest.mark.usefixtures("_branches")
def test_a_page_is_one_statement(django_assert_num_queries: Any) -> None:
    _codes, following = page("")
    assert following is not None
    with django_assert_num_queries(1):
        page(following)


@pytest.mark.usefixtures("_branches")
@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ö",
        "a" * 5_000,
        signing.dumps(["b", "2"]),
        signing.dumps(["b"], salt="/api/v1/contoh|-name,code"),
        signing.dumps(5, salt="/api/v1/contoh|-name,code"),
        signing.dumps(["b", "2"], salt="/api/v1/lain|-name,code"),
    ],
    ids=["noise", "letters", "long", "no salt", "short", "number", "other list"],
)
def test_no_cursor_but_ours(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        page(f"/api/v1/contoh?cursor={cursor}")


def test_invalid_cursor_is_400_over_http(log_in: LogIn) -> None:
    answer = log_in(AgentFactory.create()).get("/api/v1/devices?cursor=x")
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_invalid")


def test_fifty_rows_a_page_over_http(log_in: LogIn) -> None:
    client = log_in(AgentFactory.create())
    DeviceFactory.create_batch(50, agent=client.agent)
    first = client.get("/api/v1/devices").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (50, 1, None)
    assert Device.objects.count() == 51


def test_keys_are_plain_json() -> None:
    row = {
        "on": date(2026, 1, 2),
        "at": datetime(2026, 1, 2, 3, 4, 5, 678_901, UTC),
        "id": UUID(int=7),
        "n": 3,
        "s": "x",
    }
    assert keys_of(row, ["on", "-at", "id", "n", "s"]) == [
        "2026-01-02",
        "2026-01-02T03:04:05.678901+00:00",
        "00000000-0000-0000-0000-000000000007",
        3,
        "x",
    ]
    with pytest.raises(TypeError):
        keys_of({"id": 1.5}, ["id"])


def test_condition_names_every_column_of_the_order() -> None:
    assert str(after(("-a", "b"), ["x", 2])) == (
        "(OR: ('a__lt', 'x'), (AND: ('a', 'x'), ('b__gt', 2)))"
    )
