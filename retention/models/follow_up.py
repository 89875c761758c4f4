"""Follow-ups: the fact that a member owed a month, written once by the sweep."""

from typing import Self

from django.db import models
from django.db.models import Case, F, Func, Q, When
from django.db.models.functions import Now

from enrollment.models import Member, unrestricted
from perisai.models import Agent, Role, User


class FollowUpKind(models.TextChoices):
    """Why a member needs a visit."""

    ARREARS = "arrears"


class NextMonth(Func):
    """The first day of the month after a month."""

    template = "(%(expressions)s + interval '1 month')::date"
    output_field = models.DateField()


IS_OPEN = Q(
    closed_on=None,
    member__closed_on=None,
    episode_no=F("member__episode_no"),
    unpaid_since=NextMonth("member__paid_through"),
)


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    """Sentences about follow-ups."""

    def open(self) -> Self:
        """Derived (R16): a payment closes it, a reversal reopens it, and nobody writes.

        Nobody is sent to a person whose data are restricted (R36).
        """
        return self.filter(IS_OPEN, unrestricted("member"))

    def with_openness(self) -> Self:
        """Each with `is_open`, by the same condition."""
        return self.annotate(
            is_open=Case(When(IS_OPEN & unrestricted("member"), then=True), default=False)
        )

    def visible_to(self, user: User) -> Self:
        """Follow-ups of the members that the user may see."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        return self.filter(member__in=Member.objects.visible_to(user))


class FollowUp(models.Model):
    """A member had an ended unpaid month in an episode; who served the member then, and when."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    regency_code = models.CharField(max_length=4)
    kind = models.CharField(max_length=16, choices=FollowUpKind)
    episode_no = models.PositiveSmallIntegerField()
    unpaid_since = models.DateField(help_text="First unpaid month.")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True, help_text="Closed by a person.")
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "episode_no", "unpaid_since", "kind"],
                name="follow_up_once_per_kind_and_unpaid_month",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FollowUpKind.values), name="follow_up_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(unpaid_since__day=1), name="follow_up_unpaid_since_is_first_day"
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by__isnull=True)
                | Q(closed_on__isnull=False, closed_by__isnull=False),
                name="follow_up_closed_by_a_person",
            ),
        ]
        indexes = [models.Index(fields=["opened_on", "id"], name="follow_up_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class SweepRun(models.Model):
    """The mark that a regency was swept for a day; a killed worker leaves none."""

    as_of = models.DateField()
    regency_code = models.CharField(max_length=4)
    rows = models.PositiveIntegerField(help_text="Follow-ups that were new.")
    seconds = models.FloatField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "regency_code"], name="sweep_run_once_per_day_and_regency"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.as_of} {self.regency_code}"
