"""What two persons do to money, and what a night does by itself, beside the model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from payments.models import (
    Bill,
    Correction,
    CorrectionKind,
    JournalEntry,
    LateMoney,
    Payment,
    Release,
)
from payments.services.bridge_correction import Bridge
from payments.services.bridging import request_bridge
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    refuse_correction,
    request_correction,
)
from payments.services.credit_correction import SUFFIX
from payments.services.suspense import REFUSALS, retry_suspense
from perisai.errors import DomainError
from perisai.models import Role
from tests.factories.perisai import UserFactory
from tests.machines.effects import took_effect
from tests.machines.late_steps import note_payment
from tests.machines.merge_steps import spoken_kpj
from tests.machines.money_facts import Answer, Gift, Late
from tests.machines.money_people import day_of
from tests.machines.money_steps import Steps, Word, lines_of

T = TypeVar("T")
UNRELEASED = {refusal.code for refusal in REFUSALS.values()} | {"member_not_found"}


@dataclass(kw_only=True, eq=False)
class Wish:
    """What one person asked for: a payment taken back, suspense released, or credit taken back."""

    id: UUID
    kind: CorrectionKind
    payment: UUID | None = None
    late: Late | None = None
    person: UUID | None = None
    gift: Gift | None = None
    is_decided: bool = False


class Office:
    """Two persons of finance, and two supervisors of the sponsor's branch."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        branch = steps.sponsor.office.branch
        self.supervisors = [
            UserFactory.create(role=Role.SUPERVISOR, branch=branch) for _ in range(2)
        ]
        self.first, self.second = (UserFactory.create(role=Role.FINANCE) for _ in range(2))
        self.wishes: list[Wish] = []

    def waiting(self) -> list[Late]:
        """Money in suspense."""
        return [late for late in self.steps.money.late.values() if late.rest]

    def untried(self) -> list[Late]:
        """Money that a night may try again."""
        return [late for late in self.waiting() if not late.is_settled]

    def ask_reversal(self, payment: UUID) -> Wish | None:
        """That a payment be taken back, whoever took it and whenever."""
        row = Payment.objects.get(pk=payment)
        draft = CorrectionDraft(kind=CorrectionKind.REVERSAL, reason="salah orang", payment=row)
        return self._ask(draft, Wish(id=payment, kind=draft.kind, payment=payment))

    def ask_release(self, late: Late, person: UUID, *, is_credit: bool) -> Wish | None:
        """That what waits of late money be a member's: her months, or her credit."""
        kpj = spoken_kpj(self.steps, person)
        draft = CorrectionDraft(
            kind=CorrectionKind.RELEASE,
            reason="pemiliknya datang",
            entry=LateMoney.objects.get(pk=late.id).suspense,
            details={"number": kpj, "is_credit": is_credit},
        )
        owner = person if is_credit else None
        return self._ask(draft, Wish(id=person, kind=draft.kind, late=late, person=owner))

    def ask_credit_back(self, gift: Gift) -> Wish | None:
        """That credit go back into suspense."""
        entry = JournalEntry.objects.get(pk=gift.entry)
        draft = CorrectionDraft(kind=CorrectionKind.CREDIT, reason="salah orang", entry=entry)
        return self._ask(draft, Wish(id=next(iter(gift.shares)), kind=draft.kind, gift=gift))

    def _ask(self, draft: CorrectionDraft, wish: Wish) -> Wish | None:
        expected = self._stands_against(wish)
        if wish.kind == CorrectionKind.RELEASE and expected in UNRELEASED:
            expected = None  # judged when it is confirmed
        if expected is None and any(self._is_of_the_same(one, wish) for one in self.wishes):
            expected = "correction_open"
        word = None
        try:
            wish.id = request_correction(draft, by=self.first).pk
        except DomainError as refusal:
            word = refusal.code
        assert word == expected, (word, expected)
        if word is not None:
            return None
        self.wishes.append(wish)
        return wish

    def _is_of_the_same(self, one: Wish, other: Wish) -> bool:
        is_open = not one.is_decided and one.kind == other.kind
        return is_open and (one.payment, one.late, one.gift) == (
            other.payment,
            other.late,
            other.gift,
        )

    def bridge(self, people: Sequence[UUID], *, at: int) -> str | None:
        """The sponsor's money is late: a bill of all that is missing; its code, if it is made."""
        steps = self.steps
        found = (steps.money.people[one].why_no_bridge(day_of(steps.now)) for one in people)
        refusals = set[str]().union(*found)
        asked = self._asked_bridge(people)
        if isinstance(asked, str):
            assert asked in refusals, (asked, refusals)
            return None
        assert refusals == set(), refusals
        self._agree(asked, at=at)
        bill = Bill.objects.get(bridge=asked)
        lines = steps.money.lines_across(people, now=steps.now)
        assert lines_of(bill) == lines
        steps.money.note_quote(bill.code, lines, partner=None, now=steps.now)
        assert bill.expires_at == steps.money.quotes[bill.code].expires_at
        took_effect("bridge")
        return bill.code

    def _asked_bridge(self, people: Sequence[UUID]) -> Correction | Word:
        bridge = Bridge(
            payer_id=self.steps.sponsor.pk, member_ids=tuple(people), document="SP2D 17/2026"
        )
        by, now = self.supervisors[0], self.steps.now
        try:
            return request_bridge(bridge, reason="dana terlambat", by=by, now=now)
        except DomainError as refusal:
            return refusal.code

    def _agree(self, asked: Correction, *, at: int) -> None:
        second, now = self.supervisors[1], self.steps.now

        def confirmed() -> Correction:
            return confirm_correction(asked.pk, by=second, now=now)

        if self.steps.broken(confirmed, at=at) is None:
            confirmed()

    def refuse(self, wish: Wish) -> None:
        """Nothing happens, and the money can be asked for again."""
        self.steps.has_acted = True
        if not wish.is_decided:
            refuse_correction(wish.id, by=self.second, now=self.steps.now)
            wish.is_decided = True
            took_effect("refusal")

    def confirm(self, wish: Wish, *, at: int = 0) -> Word:
        """Decide; the connection may break at a statement, then it is tried again."""
        now = self.steps.now
        word = self.steps.broken(lambda: self._confirmed(wish), at=at)
        if word is None:
            word = self._confirmed(wish)
        expected = "correction_decided" if wish.is_decided else self._stands_against(wish)
        if wish.kind == CorrectionKind.RELEASE and wish.person is None and expected is None:
            assert word in UNRELEASED | {"done"}, word
        else:
            assert word == (expected or "done"), (word, expected, now)
        if word == "done":
            wish.is_decided = True
            took_effect(str(wish.kind))
            self._note(wish)
        return word

    def _confirmed(self, wish: Wish) -> Word:
        try:
            confirm_correction(wish.id, by=self.second, now=self.steps.now)
        except DomainError as refusal:
            return refusal.code
        return "done"

    def _stands_against(self, wish: Wish) -> str | None:
        money = self.steps.money
        if wish.payment is not None:
            taken = money.taken[wish.payment]
            return "bill_reversed" if taken.is_reversed else money.keeps_it_for_all(taken)
        if wish.gift is not None:
            gift = wish.gift
            is_spent = any(money.people[one].credit < own for one, own in gift.shares.items())
            return "credit_taken_back" if gift.is_back else "credit_spent" if is_spent else None
        return self._keeps_suspended(wish)

    def _keeps_suspended(self, wish: Wish) -> str | None:
        """Why suspense is not released; whether months fit is not asked."""
        late, money = wish.late, self.steps.money
        assert late is not None
        if not late.rest:
            return "suspense_released"
        if money.is_tombstoned(late.partner, late.reference):
            return "reversed_before_posting"
        if wish.person is not None and money.counted(wish.person).is_closed(day_of(self.steps.now)):
            return "member_closed"
        return None

    def _note(self, wish: Wish) -> None:
        if wish.payment is not None:
            self.steps.money.note_reversal(wish.payment)
        elif wish.gift is not None:
            self._note_credit_back(wish.gift)
        elif wish.late is not None:
            self._note_releases(wish.late, Correction.objects.get(pk=wish.id))

    def _note_credit_back(self, gift: Gift) -> None:
        money, late, amount = self.steps.money, gift.late, sum(gift.shares.values())
        gift.is_back = True
        for one, share in gift.shares.items():
            money.people[one].credit -= share
        if not gift.is_surplus:
            money.move_rest(late, amount)
            return
        row = LateMoney.objects.get(partner=late.partner, reference=late.reference + SUFFIX)
        waiting = Late(
            id=row.pk,
            partner=late.partner,
            reference=row.reference,
            content=(late.content[0], amount),
            payment=None,
            shares={},
            rest=0,
            is_settled=True,
        )
        money.late[late.partner, row.reference] = waiting
        money.move_rest(waiting, amount)

    def _note_releases(self, late: Late, correction: Correction | None) -> None:
        """Each rupiah that left suspense paid for somebody's next months, or is her credit."""
        found = Release.objects.filter(suspense__late_money=late.id, correction=correction)
        fresh = [one for one in found.order_by("pk") if one.pk not in self.steps.released]
        assert fresh
        for release in fresh:
            self.steps.released.add(release.pk)
            self.steps.money.move_rest(late, -release.amount)
            if release.payment_id is not None:
                note_payment(self.steps, release.payment_id, held=late)
                self._note_answer(late, release.payment_id)
            elif release.member_id is not None:
                self._note_gift(late, release)
        late.is_settled = True
        assert late.rest == LateMoney.objects.rest_of(late.id)

    def _note_answer(self, late: Late, payment: UUID) -> None:
        """The first payment under the partner's own reference is what its key stands for."""
        of_partner, answers = (late.partner, late.reference), self.steps.money.answers
        if self.steps.money.taken[payment].reference == late.reference:
            answers[of_partner] = Answer(content=late.content, word="posted", payment=payment)

    def _note_gift(self, late: Late, release: Release) -> None:
        assert release.member_id is not None
        shares = {release.member_id: release.amount}
        self.steps.money.people[release.member_id].credit += release.amount
        gift = Gift(entry=release.entry_id, late=late, shares=shares, is_surplus=False)
        self.steps.money.gifts.append(gift)

    def try_again(self) -> None:
        """A night: what waits whole, and was never released, may have found its owner."""
        self.steps.has_acted = True
        tried = {one.id: one for one in self.untried()}
        number = retry_suspense(lambda: self.steps.now)
        found = Release.objects.filter(correction=None).exclude(pk__in=self.steps.released)
        owners = set(found.values_list("suspense__late_money", flat=True))
        assert (len(owners), owners <= tried.keys()) == (number, True)
        for money_id in sorted(owners):
            self._note_releases(tried[money_id], None)
            assert tried[money_id].rest == 0


def chosen(many: Sequence[T], which: int) -> T:
    """One of them, whatever the number."""
    return many[which % len(many)]
