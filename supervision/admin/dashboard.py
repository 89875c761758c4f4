"""The first page: a branch's numbers, agent by agent, and the day's money for who reads it all."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from enrollment.services.cover_days import cover_day
from perisai import clock
from perisai.models import Branch, User
from supervision.admin.agent_reviews import waiting_reviews
from supervision.admin.escalations import waiting_escalations
from supervision.admin.money_checks import MoneyCheckRunAdmin, run_badge
from supervision.admin.showing import TONES, name_for
from supervision.admin.sponsors import waiting_sponsors
from supervision.admin.subject_requests import waiting_requests
from supervision.admin.words import CHANNELS, say
from supervision.services.dashboard import BranchNumbers, branch_numbers
from supervision.services.money_today import money_today
from supervision.services.scope import branches_visible_to

BRANCH = "branch"


def dashboard_context(request: HttpRequest) -> dict[str, Any]:
    """What the first page shows: a branch to who sees people, the day's money to who reads it."""
    user = request.user
    if not isinstance(user, User):
        return {}
    money = {"money": _money()} if user.role in MoneyCheckRunAdmin.readers else {}
    branches = list(branches_visible_to(user))
    chosen = _chosen(branches, request.GET.get(BRANCH, ""))
    if chosen is None:
        return {"branches": branches} | money
    numbers = branch_numbers(chosen.pk, day=cover_day(clock.today()))
    return {
        "branches": branches,
        "branch": chosen,
        "numbers": numbers,
        "lines": [
            {"line": line, "name": name_for(user, line.agent.name)} for line in numbers.lines
        ],
        "tiles": _tiles(numbers),
        "waiting": [
            *waiting_requests(user),
            *waiting_escalations(user, chosen),
            *waiting_reviews(chosen),
            *waiting_sponsors(user, chosen),
        ],
    } | money


def _money() -> dict[str, object]:
    found = money_today(clock.today(), now=clock.now())
    lines = [(say(CHANNELS, code), taken) for code, taken in found.by_channel.items()]
    check = found.last_check
    return {
        "day": found.day,
        "lines": [*lines, (_("dibatalkan"), found.reversed)],
        "suspended": found.suspended,
        "check": check,
        "check_badge": run_badge(check) if check else "",
    }


def _chosen(branches: list[Branch], code: str) -> Branch | None:
    """The branch of a code, or the first one: another's code is as good as none."""
    return next((branch for branch in branches if branch.code == code), next(iter(branches), None))


def _tiles(numbers: BranchNumbers) -> list[dict[str, object]]:
    return [
        {"state": state, "label": state.label, "count": count, "tone": TONES.get(state, "quiet")}
        for state, count in numbers.cover.items()
    ]
