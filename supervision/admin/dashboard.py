"""The first page: a branch's numbers, agent by agent."""

from typing import Any

from django.http import HttpRequest

from enrollment.services.cover_days import cover_day
from perisai import clock
from perisai.models import Branch, User
from supervision.admin.showing import TONES, name_for
from supervision.admin.subject_requests import waiting_requests
from supervision.services.dashboard import BranchNumbers, branch_numbers
from supervision.services.scope import branches_visible_to

BRANCH = "branch"


def dashboard_context(request: HttpRequest) -> dict[str, Any]:
    """What the first page shows; money roles, who see no members, get the menu alone."""
    user = request.user
    if not isinstance(user, User):
        return {}
    branches = list(branches_visible_to(user))
    chosen = _chosen(branches, request.GET.get(BRANCH, ""))
    if chosen is None:
        return {"branches": branches}
    numbers = branch_numbers(chosen.pk, day=cover_day(clock.today()))
    return {
        "branches": branches,
        "branch": chosen,
        "numbers": numbers,
        "lines": [
            {"line": line, "name": name_for(user, line.agent.name)} for line in numbers.lines
        ],
        "tiles": _tiles(numbers),
        "waiting": waiting_requests(user),
    }


def _chosen(branches: list[Branch], code: str) -> Branch | None:
    """The branch of a code, or the first one: another's code is as good as none."""
    return next((branch for branch in branches if branch.code == code), next(iter(branches), None))


def _tiles(numbers: BranchNumbers) -> list[dict[str, object]]:
    return [
        {"state": state, "label": state.label, "count": count, "tone": TONES.get(state, "quiet")}
        for state, count in numbers.cover.items()
    ]
