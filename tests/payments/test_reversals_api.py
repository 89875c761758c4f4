"""POST pospay/reversals: by reference or by our id, once, and only at the counter that took it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from payments.models import Payment, Reversal
from payments.services.checks import run_checks
from tests.factories.payments import NOW, PostAgentFactory, cared_for_member
from tests.payments.counters import Counter, comparable, new_key, notice
from tests.payments.ledger import money_rows, months_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def money_adds_up(db: None) -> Any:
    """After each case check_money must pass."""
    yield
    assert not [result.code for result in run_checks() if result.breaks]


def took(counter: Counter) -> dict[str, Any]:
    """A payment of one month, as the counter was answered."""
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    answer = counter.pay(notice(bill))
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


Naming = Callable[[dict[str, Any]], dict[str, Any]]
BY_REFERENCE: Naming = lambda payment: {"reference": payment["reference"]}  # noqa: E731
BY_ID: Naming = lambda payment: {"payment_id": payment["id"]}  # noqa: E731


@pytest.mark.parametrize("named", [BY_REFERENCE, BY_ID], ids=["reference", "payment_id"])
def test_payment_is_taken_back(named: Naming, counter: Counter) -> None:
    payment = took(counter)

    answer = counter.reverse(named(payment) | {"reason": "wrong_member"})

    assert answer.status_code == 200
    body = answer.json()
    assert body == {
        "state": "reversed",
        "payment_id": payment["id"],
        "reversed_at": "2026-11-20T10:00:00+07:00",
    }
    assert "Idempotency-Replayed" not in answer.headers
    status = counter.get(f"/api/v1/pospay/payments/{payment['id']}").json()
    assert (status["state"], status["reversed_at"]) == ("reversed", body["reversed_at"])


def test_p46_second_reversal_is_answered_as_the_first(counter: Counter) -> None:
    payment, key = took(counter), new_key()
    body = {"reference": payment["reference"], "reason": "wrong_amount"}
    first = counter.reverse(body, key)

    answers = [counter.reverse(body, key), counter.reverse(body)]

    assert [(one.status_code, one.json()) for one in answers] == [(200, first.json())] * 2
    assert [one.headers["Idempotency-Replayed"] for one in answers] == ["true", "true"]
    assert Reversal.objects.count() == 1


def test_p47_reversal_of_an_unknown_reference_refuses_its_payment(counter: Counter) -> None:
    member = cared_for_member()
    body = notice(counter.inquire(kpj=member.kpj).json())

    recorded = counter.reverse({"reference": body["reference"], "reason": "timeout"})
    refused = counter.pay(body)

    assert recorded.status_code == 200
    assert recorded.json() == {"state": "recorded", "payment_id": None}
    assert refused.status_code == 409
    problem = refused.json()
    assert (problem["code"], problem["retry"]) == ("reversed_before_posting", "new_key")
    assert (Payment.objects.count(), months_of(member)) == (0, [])


def test_p48_window_is_closed_after_the_cut_off(counter: Counter) -> None:
    payment = took(counter)
    rows = money_rows()

    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        answer = counter.reverse({"payment_id": payment["id"], "reason": "wrong_member"})

    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["retry"]) == ("reversal_window_closed", "never")
    assert money_rows() == rows


def test_p48_later_payment_of_the_member_blocks(counter: Counter) -> None:
    member = cared_for_member()
    first, _second = (
        counter.pay(notice(counter.inquire(kpj=member.kpj).json(), confirm_repeat=True)).json()
        for _ in range(2)
    )
    rows = money_rows()

    answer = counter.reverse({"reference": first["reference"], "reason": "wrong_member"})

    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "reversal_blocked_by_later_payment"
    assert problem["retry"] == "never"
    assert (money_rows(), months_of(member)) == (rows, ["2026-11", "2026-12"])


def test_other_counters_and_partners_are_answered_as_for_a_payment_that_is_not(
    counter: Counter,
) -> None:
    payment = took(counter)
    neighbour = Counter(PostAgentFactory.create(partner=counter.outlet.partner))
    rows = money_rows()

    for stranger in (neighbour, Counter()):
        unknown, foreign = (
            [
                comparable(stranger.reverse({"payment_id": str(one), "reason": "timeout"}))
                for one in (uuid4(), payment["id"])
            ],
            [
                stranger.reverse({"reference": one, "reason": "timeout"}).content
                for one in (f"TIDAK-ADA-{stranger.outlet.pk}", payment["reference"])
            ],
        )
        assert unknown[0] == unknown[1]
        assert unknown[0][0] == 404
        assert foreign[0] == foreign[1]

    assert money_rows() == rows
    assert Payment.objects.get().reversed_at is None


def test_key_of_another_reversal_tells_nothing_of_it(counter: Counter) -> None:
    first, second, key = took(counter), took(counter), new_key()
    counter.reverse({"reference": first["reference"], "reason": "timeout"}, key)

    answer = counter.reverse({"reference": second["reference"], "reason": "timeout"}, key)

    assert answer.status_code == 422
    assert answer.json()["code"] == "key_reused"
    assert first["id"] not in answer.content.decode()
    assert Reversal.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"reference": "REF-1"}, "/reason", "missing_field"),
        ({"reference": "REF-1", "reason": "correction"}, "/reason", "invalid_field"),
        ({"reference": "REF 1", "reason": "timeout"}, "/reference", "invalid_field"),
        ({"payment_id": "42", "reason": "timeout"}, "/payment_id", "invalid_field"),
        ({"reason": "timeout"}, "/non_field_errors", "invalid_field"),
        (
            {"reason": "timeout", "reference": "REF-1", "payment_id": str(uuid4())},
            "/non_field_errors",
            "invalid_field",
        ),
        ({"reason": "timeout", "reference": "REF-1", "amount": 1}, "/amount", "unknown_field"),
    ],
    ids=["no-reason", "office-reason", "blank", "no-id", "nothing", "both", "unknown"],
)
def test_body_of_another_shape_is_refused(
    body: dict[str, Any], pointer: str, code: str, counter: Counter
) -> None:
    answer = counter.reverse(body)

    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == code
    assert [fault["pointer"] for fault in problem["errors"]] == [pointer]
    assert Reversal.objects.count() == 0


@pytest.mark.parametrize("key", ["", "pendek", "k" * 65])
def test_reversal_needs_a_key(key: str, counter: Counter) -> None:
    answer = counter.reverse({"reference": "REF-1", "reason": "timeout"}, key)

    assert answer.status_code == 400
    assert Reversal.objects.count() == 0
