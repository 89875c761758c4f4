"""What was taken in a time, and on a terminal's day."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import DatabaseError, IntegrityError, connection, transaction

from payments.models import Payment, PaymentPartner, PostAgent
from payments.services.reports import ON_THEIR_WAY
from perisai import deadlines
from perisai.deadlines import LONGEST_SECONDS, Deadline, within
from perisai.models import Role
from perisai.services.tokens import issue_terminal_token
from tests.factories.payments import (
    NOW,
    PaymentPartnerFactory,
    PostAgentFactory,
    bill_for,
    cared_for_member,
    paid,
)
from tests.factories.perisai import PASSWORD, AgentFactory, BranchFactory, UserFactory
from tests.fixtures import Caller
from tests.payments.counters import INQUIRIES, PAYMENTS, TERMINAL, Counter, new_key, notice
from tests.statements import counted, run_sql

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("worked_day")]
DAY = "/api/v1/pospay/terminal/day"
BEGIN = NOW.replace(hour=0)
END = BEGIN + timedelta(days=1)
SOON = NOW + timedelta(minutes=1)


def ask(caller: Caller, **changes: Any) -> Any:
    """A report of the worked day, a minute after its payments unless `at` is another time."""
    at = changes.pop("at", SOON)
    query = {"from": BEGIN.isoformat(), "to": END.isoformat()} | changes
    said = {name: value for name, value in query.items() if value is not None}
    with time_machine.travel(at, tick=False):
        return caller.get(f"{PAYMENTS}?{urlencode(said)}")


def walk(caller: Caller, **changes: Any) -> list[dict[str, Any]]:
    """Every page of a report."""
    pages = [ask(caller, **changes).json()]
    while pages[-1]["next"]:
        pages.append(ask(caller, cursor=pages[-1]["next"], **changes).json())
    return pages


def numbers(pages: list[dict[str, Any]]) -> list[str]:
    """The receipt numbers, in the order of the pages."""
    return [row["receipt_no"] for page in pages for row in page["results"]]


def take_back(payment: Payment) -> None:
    """The one thing that may be said of a payment later."""
    Payment.objects.filter(pk=payment.pk).update(reversed_at=NOW + timedelta(minutes=5))


def constraint_of(broken: IntegrityError) -> str:
    """Which constraint refused."""
    cause: Any = broken.__cause__
    return str(cause.diag.constraint_name)


def own_login(counter: Counter) -> Caller:
    """The partner's own login, at a terminal."""
    user = UserFactory.create(role=Role.PARTNER)
    PostAgentFactory.create(user=user, partner=counter.outlet.partner, outlet_code="")
    token, _ends = issue_terminal_token(user, "KANTOR")
    return Caller(token)


def test_report_is_walked_by_pages_in_the_order_of_posting(counter: Counter) -> None:
    taken = [
        paid(cared_for_member(), counter.outlet, now=NOW + timedelta(seconds=number // 2))
        for number in range(7)
    ]
    paid(cared_for_member(), PostAgentFactory.create(partner=counter.outlet.partner))
    take_back(taken[2])

    pages = walk(counter, limit=3)

    in_order = sorted(taken, key=lambda payment: (payment.posted_at, payment.pk))
    assert numbers(pages) == [payment.receipt_no for payment in in_order]
    assert [page["count_on_page"] for page in pages] == [3, 3, 1]
    assert [page["sum_on_page"] for page in pages] == [25_200, 25_200, 8_400]
    rows = {row["id"]: row for page in pages for row in page["results"]}
    assert rows[str(taken[2].pk)]["state"] == "reversed"
    assert rows[str(taken[2].pk)]["reversed_at"] == "2026-11-20T10:05:00+07:00"


def test_rows_of_a_report_are_those_of_the_status(counter: Counter) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj, months=3).json()
    posted = counter.pay(notice(bill)).json()
    agent = AgentFactory.create()
    together = bill_for(*[cared_for_member(agent) for _ in range(3)])
    several = counter.pay(notice({"bill_code": together.code, "payable": together.payable})).json()

    body = ask(counter).json()

    assert body == {
        "next": None,
        "complete_until": (SOON - ON_THEIR_WAY).isoformat(),
        "count_on_page": 2,
        "sum_on_page": 33_600 + 25_200,
        "results": sorted([posted, several], key=lambda row: (row["posted_at"], row["id"])),
    }
    assert several["member"] is None


def test_period_holds_its_first_instant_and_not_its_last(counter: Counter) -> None:
    payment = paid(cared_for_member(), counter.outlet)

    ending = ask(counter, **{"from": (NOW - timedelta(days=1)).isoformat(), "to": NOW.isoformat()})
    beginning = ask(counter, **{"from": "2026-11-20T03:00:00Z"})

    assert numbers([ending.json()]) == []
    assert numbers([beginning.json()]) == [payment.receipt_no]


def test_payment_that_waited_for_locks_is_in_the_next_report(counter: Counter) -> None:
    """It has its time before it waits: a page that ends after that time must not end the report."""
    first = paid(cared_for_member(), counter.outlet)
    meanwhile = NOW + ON_THEIR_WAY + timedelta(seconds=1)
    page = ask(counter, at=meanwhile, to=meanwhile.isoformat()).json()
    waited = paid(cared_for_member(), counter.outlet, now=NOW + timedelta(seconds=1))

    following = ask(counter, **{"from": page["complete_until"]}).json()

    assert numbers([page]) == [first.receipt_no]
    assert numbers([following]) == [waited.receipt_no]


@pytest.mark.parametrize("seconds", [0, 29, 30, 31])
def test_newest_seconds_are_in_no_report_yet(counter: Counter, seconds: int) -> None:
    paid(cared_for_member(), counter.outlet)
    at = NOW + timedelta(seconds=seconds)

    body = ask(counter, at=at).json()

    assert ON_THEIR_WAY.total_seconds() == 30
    assert body["complete_until"] == (at - ON_THEIR_WAY).isoformat()
    assert body["count_on_page"] == (1 if seconds == 31 else 0)


def test_report_of_what_is_over_is_complete_and_of_what_is_to_come_holds_nothing(
    counter: Counter,
) -> None:
    payment = paid(cared_for_member(), counter.outlet)
    tomorrow = {"from": END.isoformat(), "to": (END + timedelta(days=1)).isoformat()}

    over = ask(counter, at=SOON + ON_THEIR_WAY, to=SOON.isoformat()).json()
    to_come = ask(counter, **tomorrow).json()

    assert (over["complete_until"], numbers([over])) == (SOON.isoformat(), [payment.receipt_no])
    assert (to_come["complete_until"], to_come["results"]) == (END.isoformat(), [])


def test_any_page_costs_the_same_statements(counter: Counter) -> None:
    for number in range(12):
        paid(cared_for_member(), counter.outlet, now=NOW + timedelta(seconds=number))

    costs = []
    for limit in (1, 12):
        with counted() as statements:
            ask(counter, limit=limit)
        costs.append(len(statements))

    assert costs == [3, 3]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"from": None}, "missing_field", "/from"),
        ({"to": None}, "missing_field", "/to"),
        ({"from": "2026-11-20T00:00:00"}, "invalid_field", "/from"),
        ({"from": "2026-11-20"}, "invalid_field", "/from"),
        ({"to": "kemarin"}, "invalid_field", "/to"),
        ({"to": BEGIN.isoformat()}, "invalid_field", "/to"),
        ({"to": (BEGIN + timedelta(days=31, seconds=1)).isoformat()}, "invalid_field", "/to"),
        ({"limit": 0}, "invalid_field", "/limit"),
        ({"limit": 501}, "invalid_field", "/limit"),
        ({"limit": "semua"}, "invalid_field", "/limit"),
    ],
    ids=str,
)
def test_odd_reports_are_refused(
    counter: Counter, changes: dict[str, Any], code: str, pointer: str
) -> None:
    answer = ask(counter, **changes)

    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["retry"]) == (422, code, "never")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_thirty_one_days_are_a_report(counter: Counter) -> None:
    assert ask(counter, to=(BEGIN + timedelta(days=31)).isoformat()).status_code == 200


def test_cursor_goes_on_in_its_own_time_and_for_its_own_caller(counter: Counter) -> None:
    for number in range(2):
        paid(cared_for_member(), counter.outlet, now=NOW + timedelta(seconds=number))
    cursor = ask(counter, limit=1).json()["next"]

    asked = [
        ask(counter, cursor=cursor + "x"),
        ask(counter, cursor=cursor, to=(END + timedelta(days=1)).isoformat()),
        ask(Counter(), cursor=cursor),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [
        (400, "cursor_invalid")
    ] * 3
    same_time = {"from": BEGIN.astimezone(UTC).isoformat(), "to": END.astimezone(UTC).isoformat()}
    assert ask(counter, cursor=cursor, **same_time).status_code == 200


def test_partners_own_login_reads_all_its_counters_and_takes_nothing(counter: Counter) -> None:
    colleague = PostAgentFactory.create(partner=counter.outlet.partner)
    taken = [paid(cared_for_member(), outlet) for outlet in (counter.outlet, colleague)]
    foreign = paid(cared_for_member(), PostAgentFactory.create())
    own = own_login(counter)

    seen = numbers(walk(own))
    one = own.get(f"{PAYMENTS}/{taken[1].pk}")
    named = own.get(f"{PAYMENTS}?reference={taken[0].reference}")

    assert sorted(seen) == sorted(payment.receipt_no for payment in taken)
    assert (one.status_code, named.status_code) == (200, 200)
    assert own.get(f"{PAYMENTS}/{foreign.pk}").status_code == 404
    refused = [
        own.post(INQUIRIES, {"kpj": cared_for_member().kpj}),
        own.post(PAYMENTS, {}, headers={"Idempotency-Key": "kunci-mitra-00000001"}),
        own.get(f"{PAYMENTS}/{taken[0].pk}/receipt"),
        own.get(DAY),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4
    assert Payment.objects.count() == 3


def test_partners_own_login_logs_in_as_a_clerk_does() -> None:
    user = UserFactory.create(role=Role.PARTNER)
    PostAgentFactory.create(user=user, outlet_code="")
    body = {"username": user.username, "password": PASSWORD, "terminal_id": "KANTOR"}

    answer = Caller().post("/api/v1/pospay/login", body)

    assert answer.status_code == 200
    assert ask(Caller(answer.json()["token"])).status_code == 200


def test_partner_without_a_row_logs_in_nowhere() -> None:
    user = UserFactory.create(role=Role.PARTNER)
    body = {"username": user.username, "password": PASSWORD, "terminal_id": "KANTOR"}

    answer = Caller().post("/api/v1/pospay/login", body)

    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize(
    ("role", "code"), [(Role.POST_AGENT, ""), (Role.PARTNER, "50111"), (Role.FINANCE, "50111")]
)
def test_row_without_a_counter_is_a_partners_alone(role: Role, code: str) -> None:
    user = UserFactory.create(role=role)

    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        PostAgentFactory.create(user=user, outlet_code=code)

    assert constraint_of(broken.value) == "post_agent_fits_its_login"


def test_partners_own_login_is_of_no_branch() -> None:
    user, branch = UserFactory.create(role=Role.PARTNER), BranchFactory.create()

    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        PostAgentFactory.create(user=user, outlet_code="", branch=branch)

    assert constraint_of(broken.value) == "post_agent_has_an_outlet"


def test_login_of_a_counter_stays_one() -> None:
    outlet = PostAgentFactory.create()

    with pytest.raises(IntegrityError), transaction.atomic():
        PostAgent.objects.filter(pk=outlet.pk).update(outlet_code="")


def test_terminal_day_is_that_of_the_contract(counter: Counter) -> None:
    partner = PaymentPartnerFactory.create()
    counter = Counter(PostAgentFactory.create(partner=partner))
    answers = []
    for months in (1, 2, 3):
        bill = counter.inquire(kpj=cared_for_member().kpj, months=months).json()
        answers.append(counter.pay(notice(bill)).json())
    token, _ends = issue_terminal_token(counter.outlet.user, "POS-50111-03")
    bill = counter.inquire(kpj=cared_for_member().kpj).json()
    headers = {"Idempotency-Key": new_key()}
    assert Caller(token).post(PAYMENTS, notice(bill), headers=headers).status_code == 201
    take_back(Payment.objects.get(pk=answers[0]["id"]))

    answer = counter.get(DAY)

    assert answer.status_code == 200
    assert answer.json() == {
        "date": "2026-11-20",
        "terminal_id": TERMINAL,
        "paid": {"count": 3, "amount": 8_400 + 16_800 + 33_600, "fee": 7_500},
        "reversed": {"count": 1, "amount": 8_400, "fee": 2_500},
        "to_hand_over": 16_800 + 33_600 + 5_000,
        "last": answers[2],
    }


def test_payment_is_in_the_drawer_of_its_token_whatever_terminal_it_names(
    counter: Counter,
) -> None:
    bill = counter.inquire(kpj=cared_for_member().kpj).json()

    answer = counter.pay(notice(bill, terminal_id="POS-99999-99"))

    assert answer.status_code == 201
    assert Payment.objects.get().terminal == TERMINAL
    assert counter.get(DAY).json()["to_hand_over"] == 8_400 + 2_500


def test_terminal_day_is_the_official_one(counter: Counter) -> None:
    for at in ("2026-11-19T23:59:59+07:00", "2026-11-20T00:00:00+07:00"):
        with time_machine.travel(datetime.fromisoformat(at), tick=False):
            bill = counter.inquire(kpj=cared_for_member().kpj).json()
            assert counter.pay(notice(bill, paid_at=at)).status_code == 201

    yesterday, today = counter.get(f"{DAY}?date=2026-11-19").json(), counter.get(DAY).json()

    assert [day["paid"]["count"] for day in (yesterday, today)] == [1, 1]
    assert yesterday["last"]["posted_at"] == "2026-11-19T23:59:59+07:00"


def test_terminal_day_of_nothing_and_of_no_day(counter: Counter) -> None:
    empty = counter.get(f"{DAY}?date=0001-01-01").json()
    odd = [counter.get(f"{DAY}?date={day}") for day in ("2026-11-21", "9999-12-31", "kemarin")]

    assert (empty["paid"], empty["to_hand_over"], empty["last"]) == (
        {"count": 0, "amount": 0, "fee": 0},
        0,
        None,
    )
    assert [(answer.status_code, answer.json()["code"]) for answer in odd] == [
        (422, "invalid_field")
    ] * 3


def test_terminal_day_costs_six_statements(counter: Counter) -> None:
    paid(cared_for_member(), counter.outlet)

    with counted() as statements:
        counter.get(DAY)

    assert len(statements) <= 6, statements


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deadline", [Deadline.POSTING, Deadline.CORRECTION])
def test_no_transaction_books_longer_than_reports_wait(
    deadline: Deadline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert timedelta(seconds=LONGEST_SECONDS) < ON_THEIR_WAY
    monkeypatch.setattr(deadlines, "LONGEST_SECONDS", 1)

    def book_slowly() -> None:
        with within(deadline):
            PaymentPartnerFactory.create(code="terlalu-lama")
            for _ in range(3):
                run_sql("SELECT pg_sleep(0.6)")

    with pytest.raises(DatabaseError):
        book_slowly()

    connection.close()  # the session has ended
    assert not PaymentPartner.objects.filter(code="terlalu-lama").exists()


@pytest.mark.django_db(transaction=True)
def test_what_books_nothing_may_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "LONGEST_SECONDS", 1)

    with within(Deadline.REPORT):
        for _ in range(2):
            run_sql("SELECT pg_sleep(0.6)")
