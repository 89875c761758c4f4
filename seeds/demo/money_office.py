"""What the offices did about money on the eve: corrections, partners, tariff, nightly check."""

from datetime import date, datetime, time, timedelta
from typing import Final

from django.db.models import F

from enrollment.models import Member
from enrollment.programmes import Programme
from payments.models import (
    CorrectionKind,
    LateMoney,
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
from payments.services.credit_runs import grant_discount_credit
from payments.services.money_checks import check_and_keep
from payments.services.partner_changes import (
    PartnerDraft,
    close_partner,
    confirm_partner_change,
    propose_partner_change,
)
from payments.services.tariff_changes import confirm_change, propose_change
from payments.tariff import DiscountRow, PayerKind, Sector
from perisai.clock import official_zone
from perisai.models import User
from perisai.months import add_months, month_of
from perisai.services.agents import Decision
from seeds.demo.offices import FINANCE, NATIONAL, PARTNER_CODE, SECOND_NATIONAL, Passwords
from seeds.demo.plan import BRANCHES, BranchPlan

OPENS_AT: Final = time(14)
CLOSED_CODE: Final = "bayar-percobaan"
PARTNER_LOGIN: Final = "pospay.laporan"
LATE_RELIEF: Final = "keringanan_susulan"


def govern_money(passwords: Passwords, *, as_of: date) -> int:
    """In each branch three corrections, one release asked for; partners; what waits; late relief.

    Returns how many corrections were asked for.
    """
    now = datetime.combine(as_of - timedelta(days=1), OPENS_AT, tzinfo=official_zone())
    asked = sum(_correct(plan, now=now) for plan in BRANCHES) + _ask_for_release()
    _close_a_partner(now=now)
    _open_partners_login(passwords, now=now)
    _propose(now=now)
    _relieve_late(now=now)
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


def _ask_for_release() -> int:
    """Somebody of finance found whose the oldest money in suspense is; a second one is to say so.

    Returns 1; 0 where nothing is suspended.
    """
    money = LateMoney.objects.in_suspense().order_by("pk").first()
    owner = Member.objects.live().filter(paid_through__isnull=False).order_by("pk").first()
    if money is None or owner is None:
        return 0
    request_correction(
        CorrectionDraft(
            kind=CorrectionKind.RELEASE,
            entry=money.suspense,
            details={"number": owner.kpj, "is_credit": False},
            reason="Mitra menyebut dua angka nomor yang tertukar; struknya cocok.",
        ),
        by=_user(FINANCE),
    )
    return 1


def _relieve_late(*, now: datetime) -> None:
    """A discount that was heard of when its month had been paid: the difference is credit (R9)."""
    month = add_months(month_of(now.date()), -2)
    relief = DiscountRow(
        code=LATE_RELIEF,
        programmes=frozenset({Programme.JKK, Programme.JKM}),
        sector=Sector.TRANSPORT,
        month_from=month,
        month_to=month,
        percent_off=60,
        excluded_payers=frozenset({PayerKind.CSR, PayerKind.APBN, PayerKind.APBD}),
    )
    source = "Peraturan percobaan, terlambat diterima"
    proposal = propose_change(relief, source=source, by=_user(FINANCE), now=now)
    confirm_change(proposal.pk, by=_user(NATIONAL), now=now)
    grant_discount_credit(LATE_RELIEF, now=now)


def _open_partners_login(passwords: Passwords, *, now: datetime) -> None:
    """The partner's office reads what all its counters took; with the counters' password."""
    draft = PartnerDraft(
        kind=PartnerChangeKind.NEW_LOGIN,
        partner=PaymentPartner.objects.get(code=PARTNER_CODE),
        name="Bagian Laporan",
        username=PARTNER_LOGIN,
        reason="Laporan harian untuk kantor mitra.",
    )
    _agree(draft, now=now)
    User.objects.filter(username=PARTNER_LOGIN).update(password=passwords.post_agent)


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
