"""Who may register people: the conditions of R29, judged at the instant of capture."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists
from django.utils.translation import gettext_lazy as _

from enrollment.ages import completed_years
from enrollment.cover import is_running
from enrollment.models import AgentMembership
from enrollment.services.rules import age_limits
from perisai.clock import official_date
from perisai.models import Agent, OfficeContract
from perisai.services.standing import standing_at


class Shortfall(models.TextChoices):
    """A condition of R29 that is not met, in the rule's order."""

    NOT_INDONESIAN = "not_indonesian", _("bukan warga negara Indonesia")
    UNDER_AGE = "under_age", _("belum cukup umur")
    NO_OWN_MEMBERSHIP = "no_own_membership", _("belum menjadi peserta sendiri")
    NO_OFFICE_CONTRACT = "no_office_contract", _("wadah tanpa kontrak yang berlaku")
    OWN_COVER_NOT_RUNNING = "own_cover_not_running", _("iuran sendiri menunggak")
    IS_BPJS_STAFF = "is_bpjs_staff", _("pegawai BPJS Ketenagakerjaan")
    NOT_ACTIVE = "not_active", _("tidak aktif sebagai agen")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """The judgement at an instant, with every condition that is not met."""

    shortfalls: tuple[Shortfall, ...] = ()

    @property
    def is_eligible(self) -> bool:
        """Whether the agent may submit; else she may pull and draft, and drafts are kept."""
        return not self.shortfalls


def eligibility_of(agent: Agent, *, at: datetime) -> Eligibility:
    """Judge an agent at the instant of capture, corrected by the clock offset.

    Office, contract and state are those of that instant; her own cover is what is known now of
    that day, so that a payment which came late still counts.
    """
    on = official_date(at)
    standing = standing_at(agent, at)
    contracts = OfficeContract.objects.filter(office=standing.office_id).valid_on(on)
    members = AgentMembership.objects.filter(agent=agent).valid_on(on).select_related("member")
    own: Any = members.annotate(has_contract=Exists(contracts)).first()
    met = {
        Shortfall.NOT_INDONESIAN: agent.is_indonesian,
        Shortfall.NO_OFFICE_CONTRACT: contracts.exists() if own is None else own.has_contract,
        Shortfall.IS_BPJS_STAFF: not agent.is_bpjs_staff,
        Shortfall.NOT_ACTIVE: standing.is_active,
    }
    missing = {word for word, is_met in met.items() if not is_met}
    missing.update(_of_own_membership(own, on=on))
    return Eligibility(shortfalls=tuple(word for word in Shortfall if word in missing))


def _of_own_membership(own: AgentMembership | None, *, on: date) -> Iterator[Shortfall]:
    """Her age is that of her own member row: nobody's birth date is kept twice."""
    if own is None:
        yield Shortfall.NO_OWN_MEMBERSHIP
        return
    if completed_years(own.member.birth_date, on) < age_limits().minimum:
        yield Shortfall.UNDER_AGE
    if not is_running(own.member.paid_through, closed_on=own.member.closed_on, as_of=on):
        yield Shortfall.OWN_COVER_NOT_RUNNING
