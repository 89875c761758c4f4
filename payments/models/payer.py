"""Who pays for a member."""

from datetime import date
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Q

from enrollment.models import Member
from payments.tariff import PayerKind
from perisai.ids import new_id
from perisai.models import Agent, Office, User
from perisai.models.scope import of_office
from perisai.models.tracked import tracked
from perisai.privacy import EncryptedTextField


class PayerQuerySet(models.QuerySet["Payer"]):
    """Sentences about payers."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor his branch's, others none."""
        return of_office(self, user, branch="office__branch")

    def of_agent(self, agent_id: UUID) -> Self:
        """Those of the agent's office."""
        return self.filter(office__in=Agent.objects.filter(pk=agent_id).values("office"))

    def paying_on(self, day: date) -> Self:
        """Those whose contract covers a day."""
        return self.filter(contract_from__lte=day).exclude(contract_to__lt=day)


@tracked()
class Payer(models.Model):
    """A group, sponsor or budget that pays for members (penyandang dana)."""

    kind = models.CharField(max_length=6, choices=PayerKind)
    name = models.CharField(max_length=100)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    contract_from = models.DateField()
    contract_to = models.DateField(null=True, blank=True)

    objects = PayerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=[k for k in PayerKind.values if k != PayerKind.SELF]),
                name="payer_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(contract_to__isnull=True) | Q(contract_to__gte=F("contract_from")),
                name="payer_contract_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def pays_on(self, day: date) -> bool:
        """Whether the contract covers a day."""
        return self.contract_from <= day and (self.contract_to is None or self.contract_to >= day)


@tracked()
class PayerContact(models.Model):
    """Whom the office reaches at a payer (narahubung): a person's name and number, encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payer = models.OneToOneField(Payer, on_delete=models.PROTECT, related_name="contact")
    name = EncryptedTextField(label="payer_contact.name", padded=True)
    phone = EncryptedTextField(label="payer_contact.phone", help_text="E.164.")

    def __str__(self) -> str:
        return str(self.id)


class MemberPayerQuerySet(models.QuerySet["MemberPayer"]):
    """Sentences about who is named."""

    def paying_on(self, day: date) -> Self:
        """Those whose payer's contract covers a day."""
        return self.filter(payer__in=Payer.objects.paying_on(day))


@tracked()
class MemberPayer(models.Model):
    """Who pays for a member instead of the member; no row: the member pays."""

    member = models.OneToOneField(
        Member, on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="members")

    objects = MemberPayerQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.member_id} {self.payer_id}"
