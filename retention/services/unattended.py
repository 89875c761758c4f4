"""Why no working agent looks after members: what became of their agents, as a person decided it.

A review that found her without result deactivates an agent (R31), which suspends her with the day
of the earliest return; that day tells it apart from other suspensions.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models import Member
from perisai.models import AgentEvent, AgentEventKind, AgentState


class Unattended(StrEnum):
    """What became of a member's agent."""

    NOBODY = "nobody"
    ENDED = "ended"
    RESTING = "resting"
    SUSPENDED = "suspended"


SAID: Final[Mapping[Unattended, Promise]] = {
    Unattended.NOBODY: _("Tanpa agen yang bekerja: dibagi menurut wilayah dan beban kerja."),
    Unattended.ENDED: _("Keagenan berakhir: kunjungannya dibagi menurut wilayah dan beban kerja."),
    Unattended.RESTING: _(
        "Agen dinonaktifkan setelah tinjauan tanpa hasil: kunjungannya dibagi menurut wilayah dan"
        " beban kerja."
    ),
    Unattended.SUSPENDED: _(
        "Agen ditangguhkan: kunjungannya dibagi menurut wilayah dan beban kerja."
    ),
}
"""How a proposal of the night gives its reason."""


def why_unattended(members: Iterable[UUID]) -> dict[UUID, Unattended]:
    """Of members whom no working agent looks after, by what became of her. One statement."""
    suspensions = AgentEvent.objects.filter(agent=OuterRef("agent"), kind=AgentEventKind.SUSPENDED)
    last = suspensions.order_by("-at", "-id")
    found = Member.objects.filter(pk__in=list(members)).annotate(
        returns_from=Subquery(last.values("return_from")[:1])
    )
    rows = found.values_list("pk", "agent__state", "returns_from")
    return {pk: _why(state, returns_from) for pk, state, returns_from in rows}


def _why(state: str | None, returns_from: date | None) -> Unattended:
    match state:
        case AgentState.ENDED:
            return Unattended.ENDED
        case AgentState.SUSPENDED:
            return Unattended.RESTING if returns_from else Unattended.SUSPENDED
        case _:
            return Unattended.NOBODY
