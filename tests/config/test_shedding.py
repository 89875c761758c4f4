"""What a busy process sheds, in which order, and what it never sheds."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from config import shedding
from config.shedding import Load, SheddingMiddleware, burden_of
from perisai.burdens import DELTA, LIST, UNCHANGED, WALK, Burden, must_bear
from perisai.errors import Unavailable

ASK = RequestFactory()
CURSOR = {"cursor": "eyJiIjoi"}
CALLS: list[tuple[HttpRequest, Burden | None]] = [
    (ASK.get("/api/v1/members"), LIST),
    (ASK.post("/api/v1/members/search"), LIST),
    (ASK.get("/api/v1/follow-ups"), LIST),
    (ASK.get("/api/v1/me/numbers"), LIST),
    (ASK.get("/api/v1/sync/changes"), WALK),
    (ASK.get("/api/v1/sync/changes", CURSOR), DELTA),
    (ASK.get("/api/v1/sync/changes", CURSOR, headers={"If-None-Match": '"k-1-1"'}), UNCHANGED),
    (ASK.post("/api/v1/sync"), None),
    (ASK.get("/api/v1/sync"), None),
    (ASK.post("/api/v1/pospay/payments"), None),
    (ASK.post("/api/v1/auth/login"), None),
    (ASK.patch("/api/v1/attachments/1"), None),
    (ASK.get("/admin/"), None),
    (ASK.get("/health/live"), None),
]
NAMES = [f"{request.method} {request.path} {n}" for n, (request, _) in enumerate(CALLS)]


@pytest.mark.parametrize(("request_", "burden"), CALLS, ids=NAMES)
def test_calls_are_told_apart_by_their_heads(request_: HttpRequest, burden: Burden | None) -> None:
    assert burden_of(request_) is burden


def test_a_moment_with_every_thread_taken_is_no_load() -> None:
    load = Load(4)
    assert [load.begin(0.0) for _ in range(4)] == [0.0] * 4
    assert load.begin(0.5) < LIST.most_load


def test_threads_at_work_for_seconds_are_load_and_rest_takes_it_away() -> None:
    load = Load(2)
    load.begin(0.0)
    load.begin(0.0)
    busy = load.begin(30.0)
    for _ in range(3):
        load.end(30.0)
    rested = load.begin(60.0)
    assert busy > UNCHANGED.most_load
    assert rested < 0.01


def test_half_of_the_threads_at_work_sheds_nothing() -> None:
    load = Load(4)
    load.begin(0.0)
    load.begin(0.0)
    assert load.begin(600.0) < LIST.most_load


def test_a_clock_that_stands_still_or_runs_back_changes_nothing() -> None:
    load = Load(1)
    load.begin(10.0)
    assert load.begin(10.0) == load.begin(9.0) == 0.0


@pytest.fixture
def instants(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock says; its last word stays."""
    said = [0.0]
    monkeypatch.setattr(shedding, "monotonic", lambda: said[-1])
    return said


@pytest.fixture
def busy(settings: Settings) -> SheddingMiddleware:
    """A process with two threads, both at work for as long as the test says."""
    settings.WEB_THREADS = 2
    shed = SheddingMiddleware(lambda request: HttpResponse("answered"))
    assert shed.load is not None
    shed.load.begin(0.0)
    shed.load.begin(0.0)
    return shed


@pytest.mark.parametrize(
    ("seconds", "shed_then"),
    [
        (3.0, set()),
        (6.5, {"list"}),
        (9.0, {"list", "walk"}),
        (12.0, {"list", "walk", "delta"}),
        (60.0, {"list", "walk", "delta", "unchanged"}),
    ],
)
def test_the_order_of_shedding(
    busy: SheddingMiddleware, instants: list[float], seconds: float, shed_then: set[str]
) -> None:
    found = set()
    for request, burden in CALLS:
        instants.append(seconds)
        answer = busy(request)
        if answer.status_code == 503:
            assert burden is not None
            found.add(burden.name)
            assert answer.headers["Content-Type"] == "application/problem+json"
            after = int(answer.headers["Retry-After"])
            assert burden.seconds <= after <= 2 * burden.seconds
            assert b'"code": "unavailable"' in answer.content
    assert found == shed_then


def test_without_a_number_of_threads_nothing_is_shed(settings: Settings) -> None:
    settings.WEB_THREADS = 0
    shed = SheddingMiddleware(lambda request: HttpResponse("answered"))
    assert [shed(request).status_code for request, _ in CALLS] == [200] * len(CALLS)


def _judging_walks(request: HttpRequest) -> HttpResponse:
    """A view that sees only after a look what it is asked for."""
    try:
        must_bear(WALK)
    except Unavailable:
        return HttpResponse("no walk")
    return HttpResponse("walked")


def test_a_view_is_told_how_busy_its_process_is(
    busy: SheddingMiddleware, instants: list[float]
) -> None:
    busy.get_response = _judging_walks
    push = ASK.post("/api/v1/sync")
    instants.append(3.0)
    assert busy(push).content == b"walked"
    instants.append(60.0)
    answer = busy(push)
    assert (answer.status_code, answer.content) == (200, b"no walk")
    must_bear(WALK)  # what is no call is never shed
