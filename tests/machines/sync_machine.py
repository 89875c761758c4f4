"""Phones on bad lines, payments, hand-overs, decisions and months in any order, beside the claims.

Each history begins from one world and is rolled back at its end.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import time_machine
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from enrollment.models import Member
from enrollment.services.handover import hand_over
from payments.models import Bill, Payment
from payments.services.billing import BillOrder, make_bill
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, BillReused, Posted
from payments.services.posting import pay
from payments.services.reversal import reverse
from perisai import clock
from perisai.errors import DomainError
from perisai.ids import new_id
from perisai.models import RevokedReason, WipeOrder
from perisai.services.lost_devices import Revocation, revoke_device
from retention.services.sweep import open_follow_ups
from sync.models import CaseState, Conflict
from sync.services.decide import Word, decide
from tests.factories.enrollment import registration_data
from tests.factories.payments import command_for, reversal_of
from tests.machines import sync_claims as claims
from tests.machines.crashes import connection_lost_at
from tests.machines.sync_world import BEGIN, Handset, World, fresh_minute
from tests.phone.advice import Refused
from tests.phone.app import Locked
from tests.phone.exchange import CHANGES, read

MOST_HANDSETS = 4
SIZES = [600, 2_000, 256 * 1024]  # one row, two, all
WHO = st.integers(0, MOST_HANDSETS - 1)
WHICH = st.integers(0, 6)
MOODS = st.lists(st.sampled_from(["ok", "ok", "lost", "deaf", "twice", "late", "cut"]), max_size=3)
CURSOR_CODES = {"cursor_invalid", "cursor_expired", "epoch_changed"}


class SyncMachine(RuleBasedStateMachine):
    """The rules are what happens to phones, members and money; the claims are in sync_claims."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        # Logins need a transaction of their own; as in a TestCase, this block stands for none.
        self.example._from_testcase = True  # type: ignore[attr-defined]
        self.example.__enter__()
        self.traveller = time_machine.travel(BEGIN, tick=False)
        self.coordinates = self.traveller.start()
        self.handsets = self.world.handsets()
        self.made: list[str] = []  # ids of members that phones have made
        self.payments: list[Payment] = []
        self.cursors: list[tuple[UUID, str]] = []
        self.has_acted = True

    def teardown(self) -> None:
        """The lines heal; then everything must be true."""
        try:
            self._heal_and_prove()
        finally:
            self.traveller.stop()
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    @rule(who=WHO, number=st.integers(1, 4))
    def register(self, who: int, number: int) -> None:
        """One of four people, perhaps known already, perhaps to the other agent."""
        member_id = str(new_id())
        if self._captured(who, "member.register", registration_data(number), member_id):
            self.made.append(member_id)

    @rule(who=WHO, which=WHICH, group=st.sampled_from(["contact", "work"]), value=st.integers(1, 3))
    def correct(self, who: int, which: int, group: str, value: int) -> None:
        """A field of one group, on the revision that the phone knows."""
        wanted: dict[str, Any] = {
            "contact": {"address_line": f"Dusun {value}"},
            "work": {"income_monthly": 900_000 + value * 100_000},
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
        self._captured(who, "follow_up.attempt", data, str(new_id()))

    @rule(who=WHO, which=WHICH)
    def close(self, who: int, which: int) -> None:
        """She does not want it any more; a later form with her NIK opens her again."""
        key, row = self._known(who, which)
        data = {"reason": "withdrawn", "on": clock.today().isoformat()}
        self._captured(who, "member.close", data, key, base_rev=row.get("rev", 1))

    @rule(who=WHO, moods=MOODS)
    def synchronise(self, who: int, moods: list[str]) -> None:
        """A round over a line that loses, repeats, delays and cuts. P9: it moves no money."""
        handset = self._of(who)
        handset.line.will(*moods)
        self._sync(handset)

    @rule(who=WHO, at=st.integers(1, 40))
    def synchronise_with_a_crash(self, who: int, at: int) -> None:
        """The server's connection breaks at a statement; the phone hears of it and comes again."""
        self._sync(self._of(who), breaks=connection_lost_at(at))

    @rule(who=WHO)
    def hear_late_requests(self, who: int) -> None:
        """What was under way for long arrives now."""
        fresh_minute()
        self._of(who).line.deliver_late()

    @rule(who=WHO, size=st.sampled_from(SIZES))
    def change_page_size(self, who: int, size: int) -> None:
        """Pages of another size, from wherever the phone is."""
        self._of(who).phone.loop.fetching.page_bytes = size

    @rule(who=WHO, years=st.sampled_from([-2, 0, 2]))
    def skew_clock(self, who: int, years: int) -> None:
        """The phone's clock is years off; it has contact, or it would be locked."""
        handset = self._of(who)
        handset.skew = timedelta(days=365 * years)
        handset.was_skewed |= bool(years)
        claims.with_lease(handset)

    @rule(who=WHO)
    def restart(self, who: int) -> None:
        """The battery dies."""
        self._of(who).restart()

    @precondition(lambda self: len(self.handsets) < MOST_HANDSETS)
    @rule(who=WHO, keeps_old=st.booleans())
    def another_phone(self, who: int, keeps_old: bool) -> None:  # noqa: FBT001  drawn by name
        """A second phone beside the first; or a reinstall, and the first is never heard again."""
        fresh_minute()
        old = self._of(who)
        old.is_silent = not keeps_old
        self.handsets.append(Handset(old.agent))

    @precondition(lambda self: sum(one.works for one in self.handsets) > 2)
    @rule(who=WHO, order=st.sampled_from([WipeOrder.WIPE, WipeOrder.DRAIN_THEN_WIPE]))
    def revoke(self, who: int, order: WipeOrder) -> None:
        """A phone is lost; it hears so with its next call."""
        handset = self._of(who)
        handset.is_lost = True
        wish = Revocation(reason=RevokedReason.LOST, wipe=order, lost_at=clock.now())
        device = UUID(handset.phone.store.fact("device_id"))
        revoke_device(device, wish, agent_id=handset.agent.pk, now=clock.now())

    @rule(which=WHICH)
    def hand_over(self, which: int) -> None:
        """The supervisor gives a member to the other agent."""
        member = self._member(which)
        with _refusals():
            hand_over(
                [member.pk],
                to_agent=self.world.other(member.agent_id),
                by=self.world.supervisor,
                reason="pembagian ulang",
                now=clock.now(),
            )

    @rule(which=WHICH, word=st.sampled_from(["apply", "merge", "refuse"]))
    def decide_a_case(self, which: int, word: Any) -> None:
        """A person decides one of the open cases, as far as it can be decided so."""
        cases = list(Conflict.objects.filter(state=CaseState.OPEN).order_by("pk"))
        if cases:
            said = Word(decision=word, reason="sudah diperiksa")
            case = cases[which % len(cases)]
            with _refusals():
                decide(case.pk, said, by=self.world.supervisor, now=clock.now())

    @rule(which=WHICH)
    def pay(self, which: int) -> None:
        """She pays her next month at the counter."""
        member = self._member(which)
        assert member.agent_id is not None
        maker = AgentMaker(agent_id=member.agent_id)
        order = BillOrder(maker=maker, member_ids=(member.pk,), months=1)
        made = make_bill(order, now=clock.now())
        if not isinstance(made, BillMade | BillReused):
            return
        bill = Bill.objects.get(pk=made.bill_id)
        said = command_for(bill, self.world.outlet, paid_at=clock.now(), confirm_repeat=True)
        outcome = pay(said, now=clock.now())
        if isinstance(outcome, Posted):
            self.payments.append(Payment.objects.get(pk=outcome.payment_id))

    @precondition(lambda self: self.payments)
    @rule(which=WHICH)
    def take_back(self, which: int) -> None:
        """The counter takes a payment back, if it still may."""
        reverse(reversal_of(self.payments[which % len(self.payments)]), now=clock.now())

    @rule()
    def sweep(self) -> None:
        """A night: follow-ups are in no book."""
        before = claims.versions()
        open_follow_ups("3515", as_of=clock.today())
        assert claims.versions() == before

    @rule(days=st.sampled_from([1, 11, 16, 30]))
    def days_pass(self, days: int) -> None:
        """Until tomorrow, over the edge of a month, or longer than a lease."""
        self.coordinates.shift(timedelta(days=days))

    @rule(who=WHO, which=WHICH, spoils=st.booleans())
    def ask_with_an_odd_cursor(self, who: int, which: int, spoils: bool) -> None:  # noqa: FBT001
        """P10: old, foreign and forged cursors give a refusal, or rows of the own book."""
        fresh_minute()
        handset = self._of(who)
        owner, cursor = self.cursors[which % len(self.cursors)] if self.cursors else (None, "x")
        asked = cursor[:-1] + ("A" if cursor[-1] != "A" else "B") if spoils else cursor
        page: Any = None
        with _refused() as refused:
            page = read(handset.phone.exchange.call("GET", CHANGES, query={"cursor": asked}))
        if refused:
            is_barred = refused[0].status in {401, 403}
            assert refused[0].code in CURSOR_CODES or is_barred
            return
        assert not spoils
        assert owner == handset.agent.pk
        ids = {(change["e"], change["id"]) for change in page["changes"]}
        assert ids <= claims.entries_of(handset.agent.pk).keys()

    @rule(who=WHO, which=WHICH)
    def look_for_anothers(self, who: int, which: int) -> None:
        """P6: a member of somebody else is not found by any call."""
        fresh_minute()
        handset, member = self._of(who), self._member(which)
        with _refused() as refused:
            handset.phone.ask("GET", f"/api/v1/members/{member.pk}")
        if member.agent_id != handset.agent.pk:
            assert refused
            assert refused[0].status in {401, 403, 404}

    @invariant()
    def claims_that_always_hold(self) -> None:
        """P1, P3, P5, P6."""
        if not self.has_acted:
            return
        self.has_acted = False
        claims.p1_nothing_is_lost(self.handsets)
        claims.p3_prefix_after_a_crash()
        claims.p5_p6_rows_are_those_of_the_own_book(self.handsets)

    def _heal_and_prove(self) -> None:
        working = [one for one in self.handsets if one.works]
        for lost in (one for one in self.handsets if one.is_lost):
            lost.heal()
            assert lost.phone.loop.lost.is_wiped or lost.is_locked()
        for _ in range(2):
            for handset in working:
                assert handset.heal().is_done
        claims.p1_nothing_is_lost(self.handsets)
        claims.p2_effects_happen_once(working)
        claims.p3_prefix_after_a_crash()
        for handset in working:
            claims.p4_phones_converge(handset)
            claims.p6_only_my_book(handset)
            claims.p7_every_op_is_answered(handset)
            claims.p13_counts_are_true(handset, self.world.supervisor)
        for handset in working[:2]:
            claims.p14_time_changes_nothing_stored(handset)
        claims.p11_pages_equal_the_whole(working[0], (SIZES[0], SIZES[-1]))

    def _sync(
        self, handset: Handset, *, breaks: AbstractContextManager[None] | None = None
    ) -> None:
        """A round; P9: whatever was pushed, journal and cover are as before."""
        before = claims.money()
        with breaks or nullcontext():
            handset.sync()
        transaction.set_rollback(False)  # the break was no real one: the example goes on
        handset.line.moods.clear()
        assert claims.money() == before
        cursor = handset.phone.book.cursor
        if cursor is not None:
            self.cursors.append((handset.agent.pk, cursor))
        self.has_acted = True

    def _captured(self, who: int, kind: str, data: Any, key: str, **members: Any) -> bool:
        """Saved on a phone, unless it is locked."""
        handset = self._of(who)
        try:
            handset.phone.capture(kind, data, entity_id=key, **members)
        except Locked:
            self._sync(handset)
            return False
        return True

    def _known(self, who: int, which: int) -> tuple[str, Any]:
        """A member that a phone shows, or one that some phone has made."""
        rows = self._of(who).phone.book.rows("member")
        keys = [*sorted(rows), *self.made, str(self.world.members[0])]
        key = keys[which % len(keys)]
        return key, rows.get(key, {})

    def _of(self, who: int) -> Handset:
        """A phone that somebody works with."""
        working = [one for one in self.handsets if one.works]
        return working[who % len(working)]

    def _member(self, which: int) -> Member:
        """Any member who counts."""
        found = list(
            Member.objects.filter(agent__in=self.world.agents, merged_into=None).order_by("pk")
        )
        return found[which % len(found)]


@contextmanager
def _refusals() -> Iterator[None]:
    """What the rules do not allow now changes nothing."""
    try:
        with transaction.atomic():
            yield
    except DomainError:
        return


@contextmanager
def _refused() -> Iterator[list[Refused]]:
    """Notes a refusal."""
    found: list[Refused] = []
    try:
        yield found
    except Refused as refused:
        found.append(refused)


def _month_after(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"
