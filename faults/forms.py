"""What an agent captures in a day: all kinds of operations, each in its share."""

import io
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from PIL import Image

from perisai.ids import new_id
from tests.phone.advice import Refused
from tests.phone.app import Phone
from tests.phone.files import Picture
from tests.phone.transport import NoAnswer
from tests.phone.wire import instant

VILLAGE: Final = "3515142001"
OLDEST: Final = date(1980, 1, 1)
A_DAY: Final = 100  # people of one birth date
FIRST_SERIAL: Final = 9_900
SPAN: Final = 1_000  # people whom one phone may register
KNOWN_ALREADY: Final = 0.02  # of the forms have the NIK of somebody whom another phone registers
LONG_AGO: Final = 0.03  # of the visits are to anybody whom the phone has ever shown
NEWEST: Final = 5
SIDE: Final = (400, 300)
MONTHS, POOL = 1, 20  # of the codes that a phone asks for
DAY: Final = len("2026-11-20")
HEIRS: Final = ("AHLI SATU", "AHLI DUA", "AHLI TIGA")
TURN: Final = {
    "visit": 300,
    "meet": 180,
    "note": 335,
    "correct": 60,
    "register": 40,
    "hand_out": 10,
    "name_heirs": 15,
    "agree": 20,
    "take_back": 20,
    "close": 5,
    "lose": 14,
    "photograph": 1,
}
Row = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Forms:
    """Draws what is captured next, from what the phone shows; `place` is the phone's own number."""

    phone: Phone
    random: Random
    place: int
    places: int
    first: int
    turn: Mapping[str, int] = field(default_factory=lambda: TURN)
    registered: int = 0
    met: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)
    _rows: dict[str, Row] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)

    def capture(self, many: int) -> None:
        """So many, one after the other, on the rows as they are now."""
        self._rows = dict(self.phone.members())
        self._ids = list(self._rows)
        self.seen += sorted(self._rows.keys() - set(self.seen))
        acts: dict[str, Callable[[], object]] = {
            "visit": self._visit,
            "meet": self._meet,
            "note": self._note,
            "correct": self._correct,
            "register": self._register,
            "hand_out": self._hand_out,
            "name_heirs": self._name_heirs,
            "agree": self._agree,
            "take_back": self._take_back,
            "close": self._close,
            "lose": self._lose,
            "photograph": self._photograph,
        }
        for name in self.random.choices(list(self.turn), list(self.turn.values()), k=many):
            acts[name]()

    @property
    def _now(self) -> str:
        """What the phone's clock shows."""
        return instant(self.phone.clock())

    def _visit(self) -> None:
        """Somebody of her own, perhaps registered a moment ago, perhaps long given up."""
        known = self._ids + self.made[-NEWEST:]
        if self.random.random() < LONG_AGO or not known:
            known = self.seen
        if known:
            said = {"member_id": self.random.choice(known), "unpaid_since": None}
            data = said | {"channel": "visit", "contact": "not_home"}
            self.phone.capture("follow_up.attempt", data, entity_id=str(new_id()))

    def _meet(self) -> None:
        """A prospect met for the first time, or once more."""
        data = {
            "name": "Bu Contoh",
            "village_code": VILLAGE,
            "ecosystem": "pasar",
            "occupation": "DES01",
            "outcome": self.random.choice(["interested", "no_money_now", "unreachable"]),
        }
        if self.met and self.random.random() < 0.5:
            known = self.random.choice(self.met)
            self.phone.capture("prospect.record", data, entity_id=known, base_rev=1)
            return
        self.met.append(str(new_id()))
        self.phone.capture("prospect.record", data, entity_id=self.met[-1])

    def _note(self) -> None:
        self.phone.capture("device.note", {"code": "other", "text": "uji"})

    def _lose(self) -> None:
        """A place whose operation the phone has lost."""
        data = {"reason": "storage_lost", "lost_op_id": str(new_id())}
        self.phone.capture("void", data)

    def _correct(self) -> None:
        """Another address, on the revision that the phone shows; in one go often an old one."""
        if self._ids:
            key = self.random.choice(self._ids)
            said = {"address_line": f"Dusun {self.random.randrange(10**6)}"}
            data = {"group": "contact", "set": said}
            self.phone.capture(
                "member.correct", data, entity_id=key, base_rev=self._rows[key]["rev"]
            )

    def _register(self, months: int | None = None) -> None:
        """Somebody new, or somebody whom another phone registers too."""
        number = self.first + self.place * SPAN + self.registered
        if self.random.random() < KNOWN_ALREADY:
            number = self.first + self.random.randrange(self.places) * SPAN
        elif self.registered < SPAN:
            self.registered += 1
        else:
            return
        member_id, form = str(new_id()), form_of(number, given_at=self._now)
        op_id = self.phone.register(form, member_id=member_id, months=months)
        self.made.append(member_id)
        op = self.phone.outbox.op(op_id)
        if months is not None and op is not None:
            self.slips.append(op.body["data"]["bill_code"])

    def _hand_out(self) -> None:
        """A form whose member takes a slip to a counter; with signal the pool is filled."""
        with suppress(NoAnswer, Refused):
            self.phone.fill_pool(MONTHS, POOL)
        if self.phone.codes.left().get(MONTHS):
            self._register(MONTHS)

    def _name_heirs(self) -> None:
        """Another list, on the revision that the phone shows."""
        if self._ids:
            key = self.random.choice(self._ids)
            heirs = [{"name": self.random.choice(HEIRS), "relation": "child"}]
            rev = self._rows[key]["rev"]
            self.phone.capture("heir.set", {"heirs": heirs}, entity_id=key, base_rev=rev)

    def _agree(self) -> None:
        """To photographs, by somebody of hers."""
        if self._ids:
            given = form_of(0, given_at=self._now)["consent"] | {"purposes": ["photo"]}
            data = given | {"member_id": self.random.choice(self._ids)}
            self.phone.capture("consent.record", data, entity_id=str(new_id()))

    def _take_back(self) -> None:
        """What somebody agreed to, of hers or of those whom she once had: nobody refuses that."""
        if self.seen:
            said = {"member_id": self.random.choice(self.seen), "asked_at": self._now}
            data = said | {"purposes": [self.random.choice(["reminders", "registration"])]}
            self.phone.capture("consent.withdraw", data, entity_id=str(new_id()))

    def _close(self) -> None:
        """A member leaves, or has died; a later form may open her again."""
        if self._ids:
            key = self.random.choice(self._ids)
            reason = self.random.choice(["withdrawn", "deceased"])
            data = {"reason": reason, "on": self._now[:DAY]}
            rev = self._rows[key]["rev"]
            self.phone.capture("member.close", data, entity_id=key, base_rev=rev)

    def _photograph(self) -> None:
        """The card of somebody of her own: of these bytes there are no others."""
        if self._ids:
            about_id = self.random.choice(self._ids)
            content = photograph(self.random)
            picture = Picture(content=content, about="member", about_id=about_id, role="ktp")
            self.phone.attach(picture)


def form_of(number: int, *, given_at: str) -> dict[str, Any]:
    """The registration of the invented man of a number."""
    born_on = OLDEST + timedelta(days=number // A_DAY)
    return {
        "nik": f"351514{born_on:%d%m%y}{FIRST_SERIAL + number % A_DAY}",
        "full_name": "PESERTA CONTOH",
        "birth_date": born_on.isoformat(),
        "sex": "male",
        "village_code": VILLAGE,
        "address_line": "Dusun Contoh",
        "no_phone_reason": "tidak punya",
        "occupations": [{"code": "DES01", "is_main": True}],
        "income_monthly": 900_000,
        "programmes": ["JKK", "JKM"],
        "consent": {
            "purposes": ["registration"],
            "text_version": "2026-09-id",
            "language": "id",
            "method": "signature",
            "given_at": given_at,
        },
    }


def photograph(random: Random) -> bytes:
    """A picture of noise: large for its size, and like no other one."""
    noise = random.randbytes(SIDE[0] * SIDE[1] * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", SIDE, noise).save(out, "JPEG")
    return out.getvalue()
