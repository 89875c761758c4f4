"""Payment partners and their counters."""

from datetime import time
from typing import Any, Final, Self

import pgtrigger
from django.db import models
from django.db.models import Q

from payments.models.kept import Kept
from perisai.models import Branch, Role, User
from perisai.models.tracked import tracked

MOST_FEE: Final = 100_000
"""Rupiah; what is above it is a slip of the finger."""


class PaymentPartnerQuerySet(models.QuerySet["PaymentPartner"]):
    """Sentences about partners."""

    def visible_to(self, user: User) -> Self:
        """All for who reads all money, none for others."""
        reads_all = user.role in {Role.FINANCE, Role.NATIONAL, Role.AUDITOR}
        return self if reads_all else self.none()


@tracked()
class PaymentPartner(models.Model):
    """One institution that takes contributions, e.g. Pospay."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    admin_fee = models.PositiveIntegerField(default=2_500, help_text="Rupiah, on top (R11).")
    cutoff_time = models.TimeField(default=time(15), help_text="Official time (R12).")

    objects = PaymentPartnerQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(admin_fee__lte=MOST_FEE), name="payment_partner_fee_is_no_slip"
            ),
        ]
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

    def own(self) -> Self:
        """The logins of partners themselves, at most one of each."""
        return self.filter(outlet_code="")


class FitsItsLogin(pgtrigger.Trigger):
    """Refuses a counter whose login is none of a clerk, and a partner's own that is none of it."""

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.UpdateOf("user_id", "outlet_code")

    def get_func(self, model: Any) -> Any:
        """The body of the trigger's function."""
        return """
            IF (SELECT role FROM perisai_user WHERE id = NEW.user_id) <>
               (CASE NEW.outlet_code WHEN '' THEN 'partner' ELSE 'post_agent' END)
            THEN
                RAISE EXCEPTION 'this login is of another role'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'post_agent_fits_its_login';
            END IF;
            RETURN NEW;
        """


@tracked()
class PostAgent(models.Model):
    """One counter (loket) that may inquire and pay; without a code, a partner's own login.

    That one reads what all of the partner's counters took, and takes nothing itself.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(PaymentPartner, on_delete=models.PROTECT, related_name="outlets")
    outlet_code = models.CharField(max_length=20, blank=True)
    name = models.CharField(max_length=100)
    branch = models.ForeignKey(
        Branch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Whose supervisor asks for its new password; null: the national office alone.",
    )
    is_active = models.BooleanField(default=True)

    objects = PostAgentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "outlet_code"], name="post_agent_once_per_outlet"
            ),
            models.CheckConstraint(
                condition=~Q(outlet_code="") | Q(branch__isnull=True),
                name="post_agent_has_an_outlet",  # or is no counter, and then of no branch
            ),
        ]
        triggers = [FitsItsLogin(name="post_agent_fits_its_login")]

    def __str__(self) -> str:
        return self.outlet_code or self.name

    @property
    def is_counter(self) -> bool:
        """Whether money is taken here; a partner's own login takes none."""
        return self.outlet_code != ""
