"""Payment partners and their counters."""

from datetime import time
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from payments.models.kept import Kept
from perisai.models import Branch, User
from perisai.models.tracked import tracked


@tracked()
class PaymentPartner(models.Model):
    """One institution that takes contributions, e.g. Pospay."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    admin_fee = models.PositiveIntegerField(default=2_500, help_text="Rupiah, on top (R11).")
    cutoff_time = models.TimeField(default=time(15), help_text="Official time (R12).")

    class Meta:
        ordering = ["code"]
        triggers = [
            # Payments and journal lines point here without a foreign key.
            Kept(name="payment_partner_is_kept", operation=pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.code


class PostAgentQuerySet(models.QuerySet["PostAgent"]):
    """Sentences about counters."""

    def working(self) -> Self:
        """Neither the counter nor its partner is switched off."""
        return self.filter(is_active=True, partner__is_active=True)


@tracked()
class PostAgent(models.Model):
    """One counter (loket) that may inquire and pay."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(PaymentPartner, on_delete=models.PROTECT, related_name="outlets")
    outlet_code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose supervisor resets its terminal; null: the national office alone.",
    )
    is_active = models.BooleanField(default=True)

    objects = PostAgentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "outlet_code"], name="post_agent_once_per_outlet"
            ),
            models.CheckConstraint(condition=~Q(outlet_code=""), name="post_agent_has_an_outlet"),
        ]

    def __str__(self) -> str:
        return self.outlet_code
