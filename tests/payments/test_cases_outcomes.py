"""The table of outcomes is the whole error model: each cell of REST, and no code beside it."""

from types import ModuleType
from typing import Any, Final

import pytest

from config.openapi import OF_THE_EDGE, statuses
from config.problems import CODES_OF_HTTP
from payments import quote, refusals
from payments.api import callers, counter_views, pospay, reports, reversals
from payments.models import IdempotencyKey, Payment
from payments.services import inquiry, look, posting
from perisai.errors import DomainError
from tests.payments.counters import Counter, notice
from tests.payments.outcomes import OUTCOMES, Outcome, quoted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]

MEMBERS: Final = {"type", "title", "status", "detail", "errors", "code", "retry", "request_id"}
IN_THE_TABLE: Final = {outcome.code for outcome in OUTCOMES}
# What a counter's calls run through: every refusal that one of these modules names may be met.
MODULES: Final = (
    *(pospay, callers, counter_views, reports, inquiry, posting, look, quote, reversals, refusals),
)
NOT_AT_COUNTERS: Final = {
    "bill_not_open": "an agent takes a bill back",
    "nothing_to_bridge": "the office bridges",
    "payer_differs": "an agent bills several members",
    "payer_not_found": "an agent bills several members",
    "too_many_members": "an agent bills several members",
    "income_invalid": "no member can have such an income",
    "programme_unknown": "no member can have such a programme",
}


def provoked(outcome: Outcome, patch: pytest.MonkeyPatch, *, language: str = "id") -> Any:
    """The answer to what leads to an outcome, at a counter of its own."""
    return outcome.provoke(Counter(language=language), patch)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
def test_cell_has_its_status_code_retry_and_headers(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = provoked(outcome, monkeypatch)

    problem = answer.json()
    found = (answer.status_code, problem["code"], problem["retry"])
    assert found == (outcome.status, outcome.code, outcome.retry)
    assert answer["Content-Type"] == "application/problem+json"
    assert {name: answer[name] for name in outcome.headers} == outcome.headers
    assert set(problem) >= MEMBERS
    assert problem["type"] == f"/problems/{outcome.code}"
    assert problem["status"] == outcome.status
    assert problem["request_id"] == answer["X-Request-Id"]
    assert "rahasia" not in answer.content.decode()


@pytest.mark.parametrize("outcome", OUTCOMES, ids=str)
def test_person_reads_it_in_indonesian_and_in_english(
    outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    indonesian, english = (
        provoked(outcome, monkeypatch, language=language).json() for language in ("id", "en")
    )

    assert indonesian["code"] == english["code"]
    assert indonesian["title"] != english["title"]
    if outcome.code != "internal":  # which tells nothing but its request id
        assert indonesian["detail"] != english["detail"]
        assert "" not in {indonesian["detail"], english["detail"]}


def test_posted_quoted_and_replayed() -> None:
    counter = Counter()
    bill = quoted(counter)
    body = notice(bill)
    first, again = (counter.pay(body, "kunci-tabel-00000001") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert not first.has_header("Idempotency-Replayed")
    assert again["Idempotency-Replayed"] == "true"
    assert counter.inquire(bill_code=quoted(counter)["bill_code"]).status_code == 200


@pytest.mark.parametrize(
    "outcome",
    [
        outcome
        for outcome in OUTCOMES
        if outcome.status in {400, 401, 403, 429} or outcome.status >= 500
    ],
    ids=str,
)
def test_what_may_heal_uses_up_no_key(outcome: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    provoked(outcome, monkeypatch)

    assert not IdempotencyKey.objects.filter(operation="pay").exists()
    assert Payment.objects.count() == 0


def named_by(module: ModuleType) -> set[str]:
    """The codes of the refusals that a module names; of the catalogue, those that keys keep."""
    if module is refusals:
        return {*refusals._REMEMBERED, *refusals._WITH_WORDS}
    found = [kind for kind in vars(module).values() if isinstance(kind, type)]
    return {kind.code for kind in found if issubclass(kind, DomainError) and "code" in vars(kind)}


def test_no_code_is_missing_from_the_table_and_none_is_invented() -> None:
    named = {code for module in MODULES for code in named_by(module)}
    of_http = {code for code, _title in CODES_OF_HTTP.values()}

    assert len(named) > 20
    assert named - IN_THE_TABLE == NOT_AT_COUNTERS.keys() & named
    assert of_http | (OF_THE_EDGE.keys() - {"invalid_envelope"}) <= IN_THE_TABLE
    assert {outcome.code: outcome.status for outcome in OUTCOMES}.items() <= statuses().items()
