"""What machines may ask, on a port of their own: metrics, and how the work stands.

The port is the one that the listening socket has, so no header can pretend it. It leads to nothing
else, and nothing of this is on the port that the proxy leads to. No figure is about a person.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.utils import timezone
from django_prometheus.exports import ExportToDjangoView
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from perisai import clock
from perisai.privacy import KeyRingError, key_provider
from perisai.privacy.keyring import RING_PURPOSES
from supervision.services.machinery import Machinery, last_look

Answer = Callable[[HttpRequest], HttpResponse]
READING: Final = frozenset({"GET", "HEAD"})


class MetricsPortMiddleware:
    """The first of all: what comes by the port for machines goes no further."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.pages: dict[str, Answer] = {"/metrics": metrics, "/health/work": work}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if request.META.get("SERVER_PORT") != settings.METRICS_PORT:
            return self.get_response(request)
        page = self.pages.get(request.path)
        if page is None or request.method not in READING:
            return HttpResponseNotFound()
        return page(request)


def metrics(request: HttpRequest) -> HttpResponse:
    """What the web processes counted, and our own gauges."""
    counted = ExportToDjangoView(request)
    own = CollectorRegistry()
    own.register(WorkCollector())
    body = counted.content + generate_latest(own)
    return HttpResponse(body, content_type=counted["Content-Type"])


def work(_request: HttpRequest) -> JsonResponse:
    """The same gauges for people with a console; 503 while the database does not answer."""
    found = look()
    if found is None:
        return JsonResponse({"database": "down"}, status=503)
    queues = found.queues
    beat_seconds = seconds_since(found, found.beat_at)
    return JsonResponse(
        {
            "database": "up",
            "broker": "down" if queues is None else "up",
            "queues": None if queues is None else queues.waiting,
            "taken": None if queues is None else queues.taken,
            "beat_seconds": beat_seconds,
            "outbox": {
                "waiting": found.outbox.waiting,
                "oldest_seconds": found.outbox.oldest_seconds(found.seen_at),
                "dead_letters": found.outbox.dead,
            },
            "sweep": {"day": found.day.isoformat(), "regencies_left": found.unswept},
        }
    )


def look() -> Machinery | None:
    """The figures of the last seconds; None while the database does not answer."""
    try:
        return last_look.get(now=timezone.now(), today=clock.today())
    except DatabaseError:
        return None


def seconds_since(found: Machinery, instant: Any) -> float | None:
    """How long ago something was; None: never."""
    return None if instant is None else max((found.seen_at - instant).total_seconds(), 0.0)


class WorkCollector(Collector):
    """Our own gauges, from figures that are a few seconds old at most."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Whatever is known; without the database only what needs none."""
        yield from _keys()
        found = look()
        yield _one("database_up", "1 while the database answers.", found is not None)
        if found is not None:
            yield from _queues(found)
            yield from _work(found)
            yield from _people(found)


def _queues(found: Machinery) -> Iterator[GaugeMetricFamily]:
    queues = found.queues
    yield _one("broker_up", "1 while the broker answers.", queues is not None)
    if queues is not None:
        waiting = "Messages that wait, by queue."
        yield _by("queue_length", waiting, "queue", queues.waiting)
        yield _one("queue_taken", "Messages that workers hold unfinished.", queues.taken)
    seconds = seconds_since(found, found.beat_at)
    if seconds is not None:
        said = "Seconds since schedule, broker and a worker were last seen to hold together."
        yield _one("beat_seconds", said, seconds)


def _work(found: Machinery) -> Iterator[GaugeMetricFamily]:
    outbox, suspense = found.outbox, found.suspense
    yield _one("outbox_waiting", "Messages that are not sent.", outbox.waiting)
    oldest = outbox.oldest_seconds(found.seen_at)
    yield _one("outbox_oldest_seconds", "How long the oldest unsent message waits.", oldest)
    yield _one("outbox_dead_letters", "Messages that were given up.", outbox.dead)
    yield _one(
        "operations_parked", "Phones' operations that a fault of ours stopped.", found.parked
    )
    yield _one("sweep_regencies_left", "Regencies not swept today.", found.unswept)
    yield _one("suspense_notices", "Notices of money without an owner.", suspense.count)
    yield _one("suspense_rupiah", "Money without an owner.", suspense.rupiah)
    decide = "Payments held for a code that two persons must decide on."
    yield _one("held_for_a_person", decide, suspense.for_a_person)
    age = seconds_since(found, suspense.oldest) or 0.0
    yield _one("suspense_oldest_seconds", "How long the oldest of it waits.", age)


def _people(found: Machinery) -> Iterator[GaugeMetricFamily]:
    failed = "Logins that failed in the last quarter of an hour, by step."
    yield _by("failed_logins", failed, "step", found.failed_logins)
    yield _one("reveals", "Masked data shown today.", found.reveals.shown)
    yield _one("reveals_people", "How many people they were shown to.", found.reveals.people)
    yield _one("reveals_most", "The most that were shown to one person.", found.reveals.most)
    phones = "Lost phones that may still hold a book."
    yield _one("phones_lost_holding", phones, found.phones_given_up)


def _keys() -> Iterator[GaugeMetricFamily]:
    try:
        active = {ring: key_provider().active_id(ring) for ring in RING_PURPOSES}
    except KeyRingError:
        return
    yield _by("key_id", "Which key makes new values, by ring.", "ring", active)


def _one(name: str, said: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"perisai_{name}", said, value=float(value))


def _by(name: str, said: str, label: str, values: Any) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"perisai_{name}", said, labels=[label])
    for key, value in values.items():
        family.add_metric([str(key)], float(value))
    return family
