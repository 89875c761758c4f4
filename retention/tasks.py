"""Nudges for sweep, reminders and alerts: what is due is read from the database, not told."""

from datetime import date

from celery import shared_task

from perisai import clock
from retention.services.escalation import branches_to_escalate, escalate
from retention.services.hand_out import propose_by_night
from retention.services.idle_warnings import warn_agents
from retention.services.payer_reminders import remind_payers
from retention.services.reminders import plan_reminders, regencies_to_remind
from retention.services.sponsor_cliffs import raise_sponsor_alerts
from retention.services.sweep import open_follow_ups, regencies_to_sweep


@shared_task
def sweep() -> None:
    """Beat, three times a night: the next round makes a lost or killed one good."""
    today = clock.today()
    for code in regencies_to_sweep(today):
        sweep_regency.delay(code, today.isoformat())


@shared_task
def sweep_regency(regency_code: str, as_of: str) -> None:
    """One regency of a day (ISO 8601); safe to run twice and beside itself."""
    open_follow_ups(regency_code, as_of=date.fromisoformat(as_of))


@shared_task
def remind() -> None:
    """Beat, hourly: regencies whose day began, or whose plan was lost or killed."""
    for code in regencies_to_remind(clock.now()):
        remind_regency.delay(code)


@shared_task
def remind_regency(regency_code: str) -> None:
    """Plan one regency's present day; safe to run late, twice and beside itself."""
    plan_reminders(regency_code, now=clock.now())


@shared_task
def tell_of_sponsors() -> None:
    """Beat, twice a night: sponsors whose term ends; safe to run late, twice and beside itself."""
    raise_sponsor_alerts(as_of=clock.today())


@shared_task
def tell_payers() -> None:
    """Beat, twice a morning: payers whose members owe the month; safe to run late and twice."""
    remind_payers(as_of=clock.today())


@shared_task
def escalate_all() -> None:
    """Beat, twice a night after the sweep: each branch on its own, so that none waits for one."""
    today = clock.today().isoformat()
    for branch_id in branches_to_escalate():
        escalate_branch.delay(branch_id, today)


@shared_task
def warn_all() -> None:
    """Beat, daily: an agent is warned once a month, and the next day makes a lost round good."""
    today = clock.today().isoformat()
    for branch_id in branches_to_escalate():
        warn_branch.delay(branch_id, today)


@shared_task
def warn_branch(branch_id: int, as_of: str) -> None:
    """Agents of one branch who brought nothing for months (ISO 8601 day); safe to run twice."""
    warn_agents(branch_id, as_of=date.fromisoformat(as_of))


@shared_task
def hand_out_all() -> None:
    """Beat, once a night after the escalations: each branch on its own."""
    for branch_id in branches_to_escalate():
        hand_out_branch.delay(branch_id)


@shared_task
def hand_out_branch(branch_id: int) -> None:
    """Propose who looks after whom nobody visits; supervisors confirm. Safe to run twice."""
    propose_by_night(branch_id, now=clock.now())


@shared_task
def escalate_branch(branch_id: int, as_of: str) -> None:
    """What one branch's supervisor must know on a day (ISO 8601); safe to run twice."""
    escalate(branch_id, as_of=date.fromisoformat(as_of))
