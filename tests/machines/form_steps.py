"""What agents write down offline: forms, corrections, visits, heirs, consents, people met."""

from datetime import timedelta
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import rule

from perisai import clock
from perisai.ids import new_id
from tests.factories.enrollment import consent_data, registration_data
from tests.machines.sync_phones import WHICH, WHO, Phones
from tests.phone.wire import instant

VILLAGE: Final = "3515142001"
HEIRS: Final = ("SATU", "DUA")
NOT_A_NIK: Final = "3515149999999999"
REASONS: Final = ("withdrawn", "withdrawn", "moved_to_pu", "deceased", "duplicate")
PURPOSES: Final = (["reminders"], ["photo"], ["registration", "reminders"])
WRITTEN: Final = ("heirs", "agrees", "takes_back", "meets", "meets_again", "notes", "loses")


class FormSteps(Phones):
    """Captures, which need no network."""

    def __init__(self) -> None:
        super().__init__()
        self.consents: list[str] = []  # ids that phones have made, also of visits
        self.visits: list[str] = []

    @rule(who=WHO, number=st.integers(1, 4), was_met=st.booleans())
    def register(self, who: int, number: int, was_met: bool = False) -> None:  # noqa: FBT001, FBT002  drawn by name
        """One of four people, perhaps known already, perhaps to the other agent, perhaps met."""
        member_id = str(new_id())
        met = sorted(self._of(who).phone.book.rows("prospect"))[:1] if was_met else []
        said = {"prospect_id": met[0]} if met else {}
        data = registration_data(number, **said)
        if self._captured(who, "member.register", data, member_id):
            self.made.append(member_id)

    @rule(who=WHO)
    def mend_a_form(self, who: int) -> None:
        """A form was refused for its NIK: the right one in its place, about the same person."""
        phone = self._of(who).phone
        ops = phone.outbox.all_ops()
        mended = {op.body.get("replaces") for op in ops}
        for op in ops:
            is_wrong = op.body["data"].get("nik") == NOT_A_NIK and not op.is_open
            if is_wrong and op.op_id not in mended:
                right = registration_data(5)["nik"]
                with self._unless_locked(self._of(who)):
                    phone.correct_refused(op.op_id, {**op.body["data"], "nik": right})
                return

    @rule(
        who=WHO,
        which=WHICH,
        group=st.sampled_from(["contact", "work", "identity", "programme"]),
        value=st.integers(1, 3),
    )
    def correct(self, who: int, which: int, group: str, value: int) -> None:
        """A field of one group, on the revision that the phone knows."""
        wanted: dict[str, Any] = {
            "contact": {"address_line": f"Dusun {value}"},
            "work": {"income_monthly": 900_000 + value * 100_000},
            "identity": {"full_name": f"BUDI CONTOH {'I' * value}"},
            "programme": {"programmes": ["JKK", "JKM", "JHT"][: 2 + value % 2]},
        }
        key, row = self._known(who, which)
        data = {"group": group, "set": wanted[group]}
        self._captured(who, "member.correct", data, key, base_rev=row.get("rev", 1))

    @rule(who=WHO, which=WHICH, contact=st.sampled_from(["met_member", "not_home"]))
    def attempt(self, who: int, which: int, contact: str) -> None:
        """A visit, with a promise if somebody was met."""
        key, row = self._known(who, which)
        paid = row.get("paid_through")
        data: dict[str, Any] = {"member_id": key, "channel": "visit", "contact": contact}
        data["unpaid_since"] = _month_after(paid) if paid else None
        if contact == "met_member":
            promise = clock.today() + timedelta(days=5)
            data |= {"decision": "promised", "promise_on": promise.isoformat()}
        self.visits.append(str(new_id()))
        self._captured(who, "follow_up.attempt", data, self.visits[-1])

    @rule(who=WHO, which=WHICH, reason=st.sampled_from(REASONS))
    def close(self, who: int, which: int, reason: str = "withdrawn") -> None:
        """She does not want it any more, or died; a later form opens whom it may again."""
        key, row = self._known(who, which)
        data = {"reason": reason, "on": clock.today().isoformat()}
        if reason == "duplicate":
            data["duplicate_of"] = self._known(who, which + 1)[0]
        self._captured(who, "member.close", data, key, base_rev=row.get("rev", 1))

    @rule(who=WHO, which=WHICH, value=st.integers(0, 2), what=st.sampled_from(WRITTEN))
    def write(self, who: int, which: int, value: int, what: str) -> None:
        """Heirs, consents given and taken back, people who are no members yet, the phone itself."""
        kind, key, data, base_rev = self._written(who, which, value, what)
        self._captured(who, kind, data, key, base_rev=base_rev)

    def _written(
        self, who: int, which: int, value: int, what: str
    ) -> tuple[str, str, dict[str, Any], int | None]:
        """Kind, record, data, and the revision that an edit was made on."""
        key, row = self._known(who, which)
        now = instant(self._of(who).time())
        if what == "heirs":
            heirs = [{"name": f"AHLI {one}", "relation": "child"} for one in HEIRS[:value]]
            return "heir.set", key, {"heirs": heirs}, row.get("rev", 1)
        if what == "agrees":
            self.consents.append(str(new_id()))
            data = consent_data(purposes=PURPOSES[value]) | {"member_id": key}
            return "consent.record", self.consents[-1], data, None
        if what == "takes_back":
            data = {"member_id": key, "purposes": PURPOSES[value], "asked_at": now}
            return "consent.withdraw", str(new_id()), data, None
        if what in {"meets", "meets_again"}:
            return self._met(who, which, value, is_again=what == "meets_again")
        if what == "notes":
            return "device.note", str(new_id()), {"code": "other", "text": "uji"}, None
        return "void", str(new_id()), {"reason": "unreadable", "lost_op_id": str(new_id())}, None

    def _met(
        self, who: int, which: int, value: int, *, is_again: bool
    ) -> tuple[str, str, dict[str, Any], int | None]:
        """Somebody met for the first time, or one of whom the phone shows, once more."""
        data = {
            "name": f"BU CONTOH {'I' * (value + 1)}",
            "village_code": VILLAGE,
            "ecosystem": "pasar",
            "occupation": "DES01",
            "outcome": ("interested", "no_money_now", "unreachable")[value],
        }
        rows = self._of(who).phone.book.rows("prospect")
        if is_again and rows:
            key = sorted(rows)[which % len(rows)]
            return "prospect.record", key, data, rows[key]["rev"]
        return "prospect.record", str(new_id()), data, None


def _month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
