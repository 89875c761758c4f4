"""That a branch was told of a sponsor whose term ends (R34). Facts, append-only."""

from datetime import date
from typing import Any, Final, Self
from uuid import UUID

import pgtrigger
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, Greatest, Now, TruncMonth

from enrollment.models import unrestricted
from payments.models import CoverMonth, MemberPayer, Payer
from perisai.models import User
from perisai.models.scope import of_office
from perisai.months import month_of

SPONSOR_ENDING: Final = "sponsor.ending"
"""The kind of the message that goes to the payer's contact."""


class SponsorAlertQuerySet(models.QuerySet["SponsorAlert"]):
    """Sentences about sponsors that end."""

    def visible_to(self, user: User) -> Self:
        """National roles see all, a supervisor those of his branch's payers."""
        return of_office(self, user, branch="payer__office__branch")

    def open(self, *, as_of: date) -> Self:
        """Derived: until the last covered day, while anybody's cover still ends then."""
        return self.filter(_stands(as_of))

    def with_openness(self, *, as_of: date) -> Self:
        """Each with `is_open`, by the same condition."""
        still = SponsorAlert.objects.open(as_of=as_of).filter(pk=OuterRef("pk"))
        return self.annotate(is_open=Exists(still))


def falling_out(named: QuerySet[MemberPayer]) -> QuerySet[Any]:
    """Of whom payers name, those who fall out with a term, each with its `last_month`.

    That is the last one that is paid, or contracted if that is later: under a contract that runs
    on, a later payment is due. A contract without an end promises nothing. Beyond a contract it is
    the payer's own payment; who paid so far alone goes on alone.
    """
    contracted = Cast(TruncMonth("payer__contract_to"), models.DateField())
    by_payer = CoverMonth.objects.filter(
        member=OuterRef("member"),
        month=OuterRef("member__paid_through"),
        reversed_at__isnull=True,
        payment__bill__payer=OuterRef("payer"),
    )
    return (
        named.annotate(contracted=contracted)
        .filter(
            Q(contracted__isnull=True)
            | Q(member__paid_through__lte=F("contracted"))
            | Exists(by_payer),
            unrestricted("member"),
            member__closed_on__isnull=True,
            member__paid_through__isnull=False,
        )
        .annotate(last_month=Greatest("member__paid_through", "contracted"))
    )


class SponsorAlert(models.Model):
    """One telling, at 60 or 30 days, of a payer's members whose term ends with one month."""

    payer = models.ForeignKey(  # its unique constraint is its index
        Payer, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_month = models.DateField(help_text="The last month that is paid for them or contracted.")
    days_before = models.PositiveSmallIntegerField(
        help_text="Which alert: so long before the last covered day, or later."
    )
    members = models.PositiveIntegerField(help_text="How many they were when it was told.")
    raised_on = models.DateField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SponsorAlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["payer", "last_month", "days_before"],
                name="sponsor_alert_once_per_term_and_days",
            ),
            models.CheckConstraint(
                condition=Q(last_month__day=1), name="sponsor_alert_last_month_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(members__gte=1), name="sponsor_alert_is_about_somebody"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="sponsor_alert_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.payer_id} {self.last_month} {self.days_before}"

    @staticmethod
    def subject_of(number: int) -> UUID:
        """What its message names: the alert's number, written as an id."""
        return UUID(int=number)


def _stands(as_of: date) -> Q:
    ending = falling_out(MemberPayer.objects.all()).filter(
        payer=OuterRef("payer"), last_month=OuterRef("last_month")
    )
    return Q(Exists(ending), last_month__gte=month_of(as_of))
