"""The eve's evening: what a sweep notes, what supervisors hear and do, who takes over whom."""

from datetime import date, datetime, time, timedelta
from typing import Final

from enrollment.models import HandOverProposal
from enrollment.services.hand_over_proposals import confirm_hand_over
from perisai.clock import official_zone
from perisai.models import Branch, User
from retention.models import Escalation, EscalationReason, SettledAs
from retention.services.escalation import escalate, settle_escalation
from retention.services.hand_out import HandOut, propose_hand_out
from retention.services.sponsor_cliffs import raise_sponsor_alerts
from retention.services.sweep import open_follow_ups, regencies_to_sweep
from seeds.demo.plan import BRANCHES, BranchPlan

EVENING: Final = time(19)
WHY_DEALT: Final = "Agennya tidak bertugas; kunjungan dibagi menurut wilayah dan beban kerja."


def keep_members(*, as_of: date) -> dict[str, int]:
    """Sweep once more, tell the supervisors, and let each do one thing of a kind.

    Returns how many of each there are.
    """
    eve = as_of - timedelta(days=1)
    now = datetime.combine(eve, EVENING, tzinfo=official_zone())
    codes = list(regencies_to_sweep(eve))
    opened = sum(open_follow_ups(code, as_of=eve) for code in codes)
    ending = raise_sponsor_alerts(as_of=eve)
    told = moved = 0
    for plan in BRANCHES:
        told += _tell(plan, eve=eve, now=now)
        moved += _deal_out(plan, now=now)
    return {
        "follow-ups": opened,
        "sponsors' ends": ending,
        "escalations": told,
        "handed over": moved,
    }


def _tell(plan: BranchPlan, *, eve: date, now: datetime) -> int:
    """What nobody came for; the supervisor sees to the first of these."""
    branch = Branch.objects.get(code=plan.code)
    told = escalate(branch.pk, as_of=eve)
    waiting = Escalation.objects.filter(branch=branch, reason=EscalationReason.NO_ATTEMPT)
    first = waiting.open(as_of=eve).order_by("follow_up__member").first()
    if first is not None:
        supervisor = User.objects.get(username=plan.supervisor)
        settle_escalation(first.pk, SettledAs.VISIT_PLANNED, by=supervisor, now=now)
    return told


def _deal_out(plan: BranchPlan, *, now: datetime) -> int:
    """Visits of the branch's pool are dealt out; one proposal is meant, the others wait."""
    branch = Branch.objects.get(code=plan.code)
    supervisor = User.objects.get(username=plan.supervisor)
    wanted = HandOut(branch_id=branch.pk, reason=WHY_DEALT, only_visits=True, by=supervisor)
    propose_hand_out(wanted, now=now)
    dealt = HandOverProposal.objects.visible_to(supervisor).dealt()
    first = dealt.order_by("to_agent__number").first()
    if first is None:
        return 0
    return confirm_hand_over(first.pk, by=supervisor, now=now).member_count
