"""Perisai agents and the villages they look after."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from perisai import clock
from perisai.ids import new_id
from perisai.models.branch import Branch, Office
from perisai.models.region import Village
from perisai.models.scope import of_office
from perisai.models.tracked import tracked
from perisai.models.user import User
from perisai.privacy import EncryptedTextField


class AgentState(models.TextChoices):
    """Whether an agent works: suspended agents may only push, ended ones nothing."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


class AgentQuerySet(models.QuerySet["Agent"]):
    """Sentences about agents."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor his branch, everyone else nobody."""
        return of_office(self, user, branch="office__branch")

    def working(self) -> Self:
        """Agents who may register and follow up."""
        return self.filter(state=AgentState.ACTIVE)


@tracked(without=["phone_index", "created_at"])
class Agent(models.Model):
    """One Perisai agent: the owner of one book of members."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=20, unique=True, help_text="Login, e.g. PRS-3515-0042.")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="agent")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="agents")
    name = EncryptedTextField(label="agent.name", padded=True)
    phone = EncryptedTextField(label="agent.phone", null=True, blank=True)
    phone_index = models.BinaryField(max_length=16, null=True, blank=True)
    state = models.CharField(max_length=10, choices=AgentState, default=AgentState.ACTIVE)
    appointed_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    is_indonesian = models.BooleanField(
        default=True, db_default=True, help_text="Seen on the card at the appointment (R29)."
    )
    is_bpjs_staff = models.BooleanField(
        default=False, db_default=False, help_text="Who is employed there cannot work (R29)."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AgentQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AgentState.values), name="agent_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=AgentState.ENDED, ended_on__isnull=False)
                | (~Q(state=AgentState.ENDED) & Q(ended_on__isnull=True)),
                name="agent_ended_with_a_day",
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("appointed_on")),
                name="agent_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(phone__isnull=True, phone_index__isnull=True)
                | Q(phone__isnull=False, phone_index__isnull=False),
                name="agent_phone_is_indexed",
            ),
            models.UniqueConstraint(
                fields=["phone_index"],
                condition=Q(state=AgentState.ACTIVE),
                name="agent_phone_once_among_active",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def branch(self) -> Branch:
        """The branch that looks after this agent's office."""
        return self.office.branch

    def village_codes(self) -> list[str]:
        """Codes of the villages that this agent looks after, in order."""
        return sorted(self.villages.current().values_list("village_id", flat=True))

    def timezone(self) -> str:
        """IANA name of the zone of the first of those villages, else the official one (R38)."""
        first = self.villages.current().order_by("village_id")
        zones = first.values_list("village__district__regency__province__timezone", flat=True)
        return zones.first() or str(clock.official_zone())


class AgentVillageQuerySet(models.QuerySet["AgentVillage"]):
    """Sentences about agents' areas."""

    def current(self) -> Self:
        """Villages that are looked after now."""
        return self.filter(to_on__isnull=True)


@tracked()
class AgentVillage(models.Model):
    """A village that an agent looks after (wilayah binaan), from one day to another."""

    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="villages")
    village = models.ForeignKey(Village, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField(null=True, blank=True, help_text="Null: since the appointment.")
    to_on = models.DateField(null=True, blank=True, help_text="Last day; null: still.")

    objects = AgentVillageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agent", "village"],
                condition=Q(to_on__isnull=True),
                name="agent_village_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(to_on__isnull=True)
                | Q(from_on__isnull=True)
                | Q(to_on__gte=F("from_on")),
                name="agent_village_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.village_id}"
