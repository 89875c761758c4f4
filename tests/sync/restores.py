"""Two phones and a counter before a backup, after it, and when the server is back from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.core.management import call_command

from enrollment.models import Consent, Member, MemberChange
from payments.models import (
    CorrectionKind,
    CoverMonth,
    LateMoney,
    Payment,
    ReservedCode,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    request_correction,
)
from payments.services.late_corrections import late_details
from payments.services.late_notices import LateNotice
from perisai import clock
from perisai.ids import new_id
from perisai.models import Agent, Role, StoredFile
from perisai.services.tokens import issue_terminal_token
from retention.models import Attempt
from sync.models import Operation, Upload
from sync.services.book import open_book
from sync.services.upload_checks import check_next
from tests.factories.enrollment import (
    EligibleAgentFactory,
    in_book,
    registration_data,
)
from tests.factories.payments import PostAgentFactory, imported_member
from tests.factories.perisai import UserFactory
from tests.fixtures import Caller
from tests.machines.sync_world import fresh_minute
from tests.payments.counters import PAYMENTS, Counter, new_key, notice
from tests.payments.late import finance
from tests.payments.ledger import balances, months_of
from tests.phone.advice import Do
from tests.phone.app import Phone
from tests.phone.files import Picture
from tests.sync.lines import Line, app_of, log_in
from tests.sync.photos import photo

LARGE: Final = photo("besar", side=(640, 420))
SMALL: Final = photo("satu", side=(64, 48))
SHOWN: Final = ("name", "rev", "paid_through", "attempts", "files")
COUNTED: Final = (Member, MemberChange, Consent, Attempt, Operation, Upload)
MOST_ROUNDS: Final = 4
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a counter sent under a key, and was told of for good."""

    body: Mapping[str, Any]
    key: str


@dataclass(slots=True, kw_only=True)
class Till:
    """A counter, and its partner with a list of what it was told of for good, by reference."""

    counter: Counter = field(default_factory=Counter)
    partner: Caller = field(init=False)
    taken: dict[str, Call] = field(default_factory=dict)
    given_back: dict[str, Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        user = UserFactory.create(role=Role.PARTNER)
        PostAgentFactory.create(user=user, partner=self.counter.outlet.partner, outlet_code="")
        token, _ends = issue_terminal_token(user, "KANTOR")
        self.partner = Caller(token)

    def pay(self, **number: str) -> str:
        """Somebody pays by KPJ or bill code; the reference."""
        quote = self.counter.inquire(**number).json()
        call = Call(body=notice(quote, paid_at=clock.now().isoformat()), key=new_key())
        answer = self.counter.pay(dict(call.body), call.key)
        assert answer.status_code == 201, answer.json()
        reference: str = call.body["reference"]
        self.taken[reference] = call
        return reference

    def give_back(self, reference: str) -> None:
        """A payment is taken back."""
        call = Call(body={"reference": reference, "reason": "wrong_member"}, key=new_key())
        assert self.counter.reverse(dict(call.body), call.key).json()["state"] == "reversed"
        self.given_back[reference] = call

    def missing(self) -> set[str]:
        """What the partner was told of, and our report of the day does not have."""
        begin = clock.now().replace(hour=0, minute=0)
        day = urlencode({"from": begin.isoformat(), "to": (begin + timedelta(days=1)).isoformat()})
        results = self.partner.get(f"{PAYMENTS}?{day}").json()["results"]
        return self.taken.keys() - {one["reference"] for one in results}

    def say_again(self, reference: str) -> tuple[int, str]:
        """The advice of a payment: same key, same content. Status, and state or code."""
        call = self.taken[reference]
        answer = self.counter.pay(dict(call.body) | {"advice": True}, call.key)
        said = answer.json()
        return answer.status_code, said.get("code") or said["state"]

    def give_back_again(self, reference: str) -> str:
        """The same reversal under the same key; what the payment is then."""
        call = self.given_back[reference]
        state: str = self.counter.reverse(dict(call.body), call.key).json()["state"]
        return state

    def late_notice(self, reference: str, *, number: str = "") -> LateNotice:
        """What the partner's list says of a payment, as finance writes it down."""
        body = self.taken[reference].body
        return LateNotice(
            partner_id=self.counter.outlet.partner_id,
            reference=reference,
            number=number or body["bill_code"],
            amount=body["amount"],
            paid_at=datetime.fromisoformat(body["paid_at"]),
            fee=2_500,
        )


class Day:
    """A day in the middle of which a backup is made; ids of people are texts, as phones know them.

    `early` is known to the backup, `late` and `second` are not, `second` was registered by a phone
    that is not known to it either.
    """

    def __init__(self) -> None:
        self.siti: Agent = EligibleAgentFactory.create()
        self.rudi: Agent = EligibleAgentFactory.create(office=self.siti.office)
        open_book(self.rudi.pk)
        self.old = in_book(imported_member(self.siti))
        self.till = Till()
        self.line = Line()
        self.hers = app_of(self.siti, self.line)
        self.early, self.late, self.second = (str(new_id()) for _ in range(3))

    def before(self) -> None:
        """Somebody registers and pays; of a photograph the first piece has arrived."""
        rounds(self.hers)
        self.hers.fill_pool(1, count=5)
        self.hers.capture("member.register", registration_data(1), entity_id=self.early)
        self._visit(self.hers, str(self.old.pk))
        rounds(self.hers)
        self.till.pay(kpj=kpj_of(self.early))
        self.wrong = self.till.pay(kpj=str(self.old.kpj))
        card = Picture(content=LARGE, about="member", about_id=self.early, role="ktp")
        self.card = self.hers.attach(card)
        self.line.will("ok", "ok", "lost")
        assert self.hers.sync().files == 1

    def after(self) -> None:
        """All of this is acknowledged, and will be lost."""
        rounds(self.hers)
        card = Picture(content=SMALL, about="member", about_id=self.late, role="ktp")
        data = registration_data(2)
        self.hers.register(data, member_id=self.late, months=1)
        self.hers.attach(card)
        self._visit(self.hers, self.early)
        said = {"group": "contact", "set": {"address_line": "Dusun Baru"}}
        self.hers.capture("member.correct", said, entity_id=self.early, base_rev=1)
        rounds(self.hers)
        self.hers.fill_pool(1, count=10)
        self.his = app_of(self.rudi)
        data = registration_data(3, months=1)
        self.his.capture("member.register", data, entity_id=self.second)
        self._visit(self.his, self.second)
        rounds(self.his)
        self._pay_and_take_back()
        rounds(self.hers, self.his)

    def come_back(self) -> None:
        """The phones hear of it by themselves; one of them must log in."""
        assert self.his.sync().stopped_by is Do.LOG_IN
        log_in(self.his, self.rudi)
        rounds(self.his, self.hers)

    def facts(self) -> Facts:
        """Everything that anybody was told of, and nothing that may differ."""
        people = {
            key: {name: row[name] for name in SHOWN}
            for phone in (self.hers, self.his)
            for key, row in phone.members().items()
        }
        return {
            "words": {
                one.op_id: (one.result or {}).get("result")
                for phone in (self.hers, self.his)
                for one in phone.outbox.all_ops()
            },
            "files": {
                (file_id, state)
                for phone in (self.hers, self.his)
                for file_id, state in phone.store.db.execute("SELECT id, state FROM file")
            },
            "people": people,
            "months": {key: months_of(Member.objects.get(pk=key)) for key in people},
            "rows": {model.__name__: model.objects.count() for model in COUNTED},
            "pictures": StoredFile.objects.kept().count(),
            "covered": CoverMonth.objects.filter(reversed_at=None).count(),
            "paid": set(Payment.objects.standing().values_list("reference", "amount")),
            "balances": {account: total for account, total in balances().items() if total},
        }

    def pool(self) -> set[str]:
        """The codes that her phone would hand out."""
        found = self.hers.store.db.execute("SELECT code FROM code WHERE op_id IS NULL")
        return {code for (code,) in found}

    def everything_comes_again(self) -> None:
        """All that the phones still hold, and all that the partner ever was told of."""
        for phone in (self.hers, self.his):
            phone.store.db.execute("UPDATE op SET is_open = 1")
            phone.files.doubt()
        for reference in self.till.taken:
            self.till.say_again(reference)
        self.till.give_back_again(self.wrong)
        rounds(self.hers, self.his)

    def _visit(self, phone: Phone, member_id: str) -> None:
        data = {"member_id": member_id, "unpaid_since": None, "channel": "visit"}
        said = data | {"contact": "not_home"}
        phone.capture("follow_up.attempt", said, entity_id=str(new_id()))

    def _pay_and_take_back(self) -> None:
        code = self.hers.members()[self.late]["bill"]["code"]
        self.under_code = self.till.pay(bill_code=code)
        self.by_number = self.till.pay(kpj=kpj_of(self.early))
        unknown = self.his.members()[self.second]["bill"]["code"]
        self.by_lost_bill = self.till.pay(bill_code=unknown)
        self.till.give_back(self.wrong)


def rounds(*phones: Phone) -> None:
    """Until everything is sent, looked at, and proved by the digest of the rows."""
    for phone in phones:
        for _ in range(MOST_ROUNDS):
            fresh_minute()
            outcome = phone.sync()
            while check_next(now=clock.now()):
                pass
            if outcome.is_done and not outcome.files:
                break
        assert (outcome.is_done, outcome.files) == (True, 0), outcome


def begin_again() -> None:
    """What an operator does once the backup is back, before the first process starts."""
    call_command("verify", verbosity=0)
    call_command("new_epoch")


def book_by_hand(said: LateNotice) -> None:
    """One of finance writes down what the partner's list says, another one confirms it."""
    draft = CorrectionDraft(
        kind=CorrectionKind.LATE_POST,
        reason="daftar mitra setelah pemulihan",
        details=late_details(said),
    )
    correction = request_correction(draft, by=finance())
    confirm_correction(correction.pk, by=finance(), now=clock.now())


def give_to(kpj: str, reference: str) -> None:
    """Money that lies in suspense is somebody's: one of finance says whose, another confirms."""
    money = LateMoney.objects.get(reference=reference)
    draft = CorrectionDraft(
        kind=CorrectionKind.RELEASE,
        reason="struk peserta sudah dilihat",
        entry=money.suspense,
        details={"number": kpj, "is_credit": False},
    )
    correction = request_correction(draft, by=finance())
    confirm_correction(correction.pk, by=finance(), now=clock.now())


def kpj_of(member_id: str) -> str:
    """The participant number that a member has now."""
    return str(Member.objects.values_list("kpj", flat=True).get(pk=UUID(member_id)))


def numbers() -> dict[str, str]:
    """Whose each participant number is."""
    return {str(kpj): str(pk) for kpj, pk in Member.objects.values_list("kpj", "pk")}


def known_codes() -> set[str]:
    """The codes that the server has reserved."""
    return set(ReservedCode.objects.values_list("pk", flat=True))
