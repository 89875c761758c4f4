"""What the offices did about money on the eve: corrections, partners, the nightly check."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import F

from enrollment.programmes import Programme
from payments.models import (
    CorrectionKind,
    PartnerChangeKind,
    Payment,
    PaymentPartner,
)
from payments.services.corrections import (
    CorrectionDraft,
    confirm_correction,
    refuse_correction,
    request_correction,
)
from payments.services.money_checks import check_and_keep
from payments.services.partner_changes import (
    PartnerDraft,
    close_partner,
    confirm_partner_change,
    propose_partner_change,
)
from payments.services.tariff_changes import propose_change
from payments.tariff import DiscountRow
from perisai.clock import official_zone
from perisai.models import User
from perisai.months import add_months
from perisai.services.agents import Decision
from seeds.demo.offices import FINANCE, NATIONAL, PARTNER_CODE, SECOND_NATIONAL
from seeds.demo.plan import BRANCHES, BranchPlan

OPENS_AT: Final = time(14)
CLOSED_CODE: Final = "bayar-percobaan"


def govern_money(*, as_of: date) -> int:
    """In each branch three corrections; a partner that was closed; proposals that wait.

    Returns how many corrections were asked for.
    """
    now = datetime.combine(as_of - timedelta(days=1), OPENS_AT, tzinfo=official_zone())
    asked = sum(_correct(plan, now=now) for plan in BRANCHES)
    _close_a_partner(now=now)
    _propose(now=now)
    check_and_keep()
    return asked


def _correct(plan: BranchPlan, *, now: datetime) -> int:
    """Of three members' newest payments one stays asked for, one is taken back, one is not."""
    supervisor, finance = _user(plan.supervisor), _user(FINANCE)
    decide = (None, confirm_correction, refuse_correction)
    newest = Payment.objects.filter(
        outlet__user__username=plan.outlet.code,
        reversed_at=None,
        bill__member_count=1,
        cover_months__month=F("cover_months__member__paid_through"),
        cover_months__member__closed_on=None,
    )
    before = newest.filter(posted_at__lt=now - timedelta(days=2)).order_by("-posted_at", "-id")
    asked = 0
    for payment, decision in zip(before[: len(decide)], decide, strict=False):
        correction = request_correction(
            CorrectionDraft(
                kind=CorrectionKind.REVERSAL,
                payment=payment,
                reason="Iuran dibayarkan untuk orang lain; bukti ada di kantor cabang.",
            ),
            by=supervisor,
        )
        if decision is not None:
            decision(correction.pk, by=finance, now=now)
        asked += 1
    return asked


def _close_a_partner(*, now: datetime) -> None:
    """A partner with a counter, opened by two persons and closed by one."""
    reason = "Perjanjian kerja sama untuk uji coba."
    _agree(
        PartnerDraft(
            kind=PartnerChangeKind.NEW_PARTNER,
            code=CLOSED_CODE,
            name="Bayar Percobaan",
            admin_fee=2_000,
            cutoff_time=time(16),
            reason=reason,
        ),
        now=now,
    )
    partner = PaymentPartner.objects.get(code=CLOSED_CODE)
    _agree(
        PartnerDraft(
            kind=PartnerChangeKind.NEW_COUNTER,
            partner=partner,
            code="CB-001",
            name="Kios Percobaan",
            username="cb-001",
            reason=reason,
        ),
        now=now,
    )
    stop = Decision(by=_user(NATIONAL), at=now, reason="Laporan harian tidak dikirim dua hari.")
    close_partner(partner, stop)


def _agree(draft: PartnerDraft, *, now: datetime) -> None:
    change = propose_partner_change(draft, by=_user(NATIONAL))
    confirm_partner_change(change, by=_user(SECOND_NATIONAL), now=now)


def _propose(*, now: datetime) -> None:
    """What waits for a second person: another fee, and a discount."""
    partner = PaymentPartner.objects.get(code=PARTNER_CODE)
    draft = PartnerDraft(
        kind=PartnerChangeKind.TERMS,
        partner=partner,
        name=partner.name,
        admin_fee=2_000,
        cutoff_time=partner.cutoff_time,
        reason="Biaya loket turun menurut adendum perjanjian.",
    )
    propose_partner_change(draft, by=_user(NATIONAL))
    begins = date(now.year + 1, 1, 1)
    relief = DiscountRow(
        code="keringanan_percobaan",
        programmes=frozenset({Programme.JKK, Programme.JKM}),
        sector=None,
        month_from=begins,
        month_to=add_months(begins, 2),
        percent_off=10,
        excluded_payers=frozenset(),
    )
    propose_change(relief, source="Rancangan peraturan, percobaan", by=_user(FINANCE), now=now)


def _user(username: str) -> User:
    return User.objects.get(username=username)
