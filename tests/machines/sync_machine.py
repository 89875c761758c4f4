"""Phones on bad lines, payments, hand-overs, decisions and months in any order, beside the claims.

Each history begins from one world and is rolled back at its end. What phones capture is in
form_steps, code_steps and file_steps, what must be true in sync_claims, sync_words, sync_effects.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from enrollment.services.handover import hand_over
from payments.models import Bill, Payment
from payments.services.billing import BillOrder, make_bill
from payments.services.binding import bind_waiting
from payments.services.makers import AgentMaker
from payments.services.outcomes import BillMade, BillReused, Posted
from payments.services.posting import pay
from payments.services.reversal import reverse
from perisai import clock
from perisai.models import RevokedReason, WipeOrder
from perisai.services.lost_devices import Revocation, revoke_device
from retention.services.sweep import open_follow_ups
from seeds.reference import HOLIDAY_YEARS
from sync.models import CaseState, Conflict, Upload
from sync.services.decide import Word, decide
from sync.services.upload_checks import expire_uploads
from sync.services.waiting import give_up_waiting
from tests.factories.payments import command_for, reversal_of
from tests.machines import sync_claims as claims
from tests.machines import sync_effects as effects
from tests.machines.code_steps import CodeSteps
from tests.machines.crashes import connection_lost_at
from tests.machines.file_steps import FileSteps, look_at_all
from tests.machines.sync_phones import MOST_HANDSETS, WHICH, WHO, refusals, refused
from tests.machines.sync_words import p7_every_op_is_answered
from tests.machines.sync_world import Handset, fresh_minute
from tests.phone.advice import Do
from tests.phone.carrying import ATTACHMENTS
from tests.phone.exchange import CHANGES, read

SIZES = [600, 2_000, 256 * 1024]  # one row, two, all
LONGEST_LEASE = timedelta(days=14)
LAST_DAY = date(HOLIDAY_YEARS.stop - 1, 1, 1)  # a year before the last due date that is published
MOODS = st.lists(st.sampled_from(["ok", "ok", "lost", "deaf", "twice", "late", "cut"]), max_size=3)
CURSOR_CODES = {"cursor_invalid", "cursor_expired", "epoch_changed"}


class SyncMachine(CodeSteps, FileSteps):
    """The rules are what happens to phones, members and money."""

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
        with refusals():
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
            with refusals():
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

    @rule(which=WHICH)
    def take_back(self, which: int) -> None:
        """The counter takes a payment back, if there is one and it still may.

        What is drawn hangs on no outcome: ids order members, and are others in each run.
        """
        if self.payments:
            reverse(reversal_of(self.payments[which % len(self.payments)]), now=clock.now())

    @rule()
    def night(self) -> None:
        """Follow-ups, which are in no book; codes, files, and what has waited for too long."""
        before = claims.versions()
        open_follow_ups("3515", as_of=clock.today())
        assert claims.versions() == before
        bind_waiting(clock.now)
        look_at_all()
        expire_uploads(now=clock.now())
        give_up_waiting(now=clock.now())
        self.has_acted = True

    @precondition(lambda _self: clock.today() < LAST_DAY)
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
        with refused() as found:
            page = read(handset.phone.exchange.call("GET", CHANGES, query={"cursor": asked}))
        if found:
            is_barred = found[0].status in {401, 403}
            assert found[0].code in CURSOR_CODES or is_barred
            return
        assert not spoils
        assert owner == handset.agent.pk
        ids = {(change["e"], change["id"]) for change in page["changes"]}
        assert ids <= claims.entries_of(handset.agent.pk).keys()

    @rule(who=WHO, which=WHICH)
    def look_for_anothers(self, who: int, which: int) -> None:
        """P6: a member or a file of somebody else is not found by any call."""
        fresh_minute()
        handset, member = self._of(who), self._member(which)
        with refused() as found:
            handset.phone.ask("GET", f"/api/v1/members/{member.pk}")
        if member.agent_id != handset.agent.pk:
            assert found
            assert found[0].status in {401, 403, 404}
        upload = Upload.objects.exclude(agent=handset.agent).first()
        if upload is not None:
            with refused() as found:
                handset.phone.exchange.call("HEAD", f"{ATTACHMENTS}/{upload.pk}")
            assert found[0].status in {401, 403, 404}

    @invariant()
    def claims_that_always_hold(self) -> None:
        """P1, P3, P5, P6, and of files what has arrived."""
        if not self.has_acted:
            return
        self.has_acted = False
        claims.p1_nothing_is_lost(self.handsets)
        claims.p3_prefix_after_a_crash()
        claims.p5_p6_rows_are_those_of_the_own_book(self.handsets)
        effects.arrived_bytes_are_the_first(self.handsets)

    def heal_and_prove(self) -> None:
        """All lines are well, and a night passes; what is known by then is known to all."""
        working = [one for one in self.handsets if one.works]
        for lost in (one for one in self.handsets if one.is_lost):
            if lost.heal().stopped_by is Do.LOG_IN:  # its token has ended: no order comes through
                lost.skew += LONGEST_LEASE
            assert lost.phone.loop.lost.is_wiped or lost.is_locked()
        for handset in working:
            assert handset.heal().is_done
        bind_waiting(clock.now)
        look_at_all()
        for handset in working:
            assert handset.heal().is_done
        claims.p1_nothing_is_lost(self.handsets)
        claims.p2_effects_happen_once(working)
        claims.p3_prefix_after_a_crash()
        for handset in working:
            claims.p4_phones_converge(handset)
            claims.p6_only_my_book(handset)
            effects.p6_files_are_whole(handset)
            p7_every_op_is_answered(handset)
            effects.p9_codes_reach_their_members(handset)
            claims.p13_counts_are_true(handset, self.world.supervisor)
        claims.p14_time_changes_nothing_stored(working[len(self.made) % len(working)])
        claims.p11_pages_equal_the_whole(working[0], (SIZES[0], SIZES[-1]))
        effects.words_have_their_effects()
        effects.p9_money_of_codes_is_posted_once(self)
        effects.bills_are_made_once(self.asked)
