"""Reminders: that a phone is told something on a day, and about whom. Facts, append-only.

Whether a reminder went out is read from its outbox message; nothing here says so.
"""

from collections.abc import Mapping
from typing import Final, Self

import pgtrigger
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Now

from enrollment.models import Member
from perisai.ids import new_id
from perisai.models import OutboxMessage, Role, User
from retention.reminding import ReminderWhy

REMINDER: Final = "reminder"
"""The kind of its outbox message."""


class ReminderState(models.TextChoices):
    """What became of a reminder, by its outbox message."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    UNKNOWN = "unknown"  # its message is ended by now


IN_STATE: Final[Mapping[ReminderState, Q]] = {
    ReminderState.WAITING: Q(message__isnull=False, sent_at__isnull=True, given_up_at__isnull=True),
    ReminderState.SENT: Q(sent_at__isnull=False),
    ReminderState.GIVEN_UP: Q(given_up_at__isnull=False),
    ReminderState.UNKNOWN: Q(message__isnull=True),
}
"""By the outcome that `with_outcome` adds."""


class ReminderQuerySet(models.QuerySet["Reminder"]):
    """Sentences about reminders."""

    def visible_to(self, user: User) -> Self:
        """Those that are about a member whom the user may see."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        mine = ReminderLine.objects.visible_to(user).filter(reminder=OuterRef("pk"))
        return self.filter(Exists(mine))

    def with_outcome(self) -> Self:
        """Each with `message`, and `due_at`, `sent_at`, `given_up_at`, `attempts`, `code` of it."""
        return self.annotate(
            message=_of_message("pk", "pk"),
            due_at=_of_message("pk", "due_at"),
            sent_at=_of_message("pk", "sent_at"),
            given_up_at=_of_message("pk", "given_up_at"),
            attempts=_of_message("pk", "attempts"),
            code=_of_message("pk", "last_error"),
        )

    def with_count_for(self, user: User) -> Self:
        """Each with `members`: how many of those that the user may see it is about."""
        mine = ReminderLine.objects.visible_to(user).filter(reminder=OuterRef("pk"))
        counted = mine.order_by().values("reminder").annotate(number=Count("pk"))
        return self.annotate(members=Subquery(counted.values("number")))


class Reminder(models.Model):
    """One message to one phone on one local day, for everybody who is reached there."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    phone_index = models.BinaryField(
        max_length=16, null=True, help_text="Blind index of the number; null: ended or erased."
    )
    day = models.DateField(help_text="In the zone; the day on which it may go out.")
    zone = models.CharField(max_length=40, help_text="IANA name; decides quiet hours (R38).")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index", "day"], name="reminder_once_per_phone_and_day"
            ),
        ]
        indexes = [models.Index(fields=["day", "id"], name="reminder_by_day")]
        triggers = [
            pgtrigger.Protect(
                name="reminder_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class ReminderLineQuerySet(models.QuerySet["ReminderLine"]):
    """Sentences about who was reminded."""

    def visible_to(self, user: User) -> Self:
        """About the members that the user may see."""
        if user.role in {Role.NATIONAL, Role.AUDITOR}:
            return self
        return self.filter(member__in=Member.objects.visible_to(user))

    def with_outcome(self) -> Self:
        """Each with `message`, and `sent_at`, `given_up_at`, `code` of it: its reminder's."""
        return self.annotate(
            message=_of_message("reminder", "pk"),
            sent_at=_of_message("reminder", "sent_at"),
            given_up_at=_of_message("reminder", "given_up_at"),
            code=_of_message("reminder", "last_error"),
        )


class ReminderLine(models.Model):
    """Whom a reminder is about, and why.

    Of a dearer month once per member and rise (R35), unless the message came to nothing.
    """

    reminder = models.ForeignKey(Reminder, on_delete=models.PROTECT, related_name="lines")
    member = models.ForeignKey(  # its unique constraint is its index
        Member, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField(help_text="Of the reminder.")
    why = models.CharField(max_length=16, choices=ReminderWhy)
    unpaid_since = models.DateField(
        null=True, blank=True, help_text="First unpaid month; null: never paid."
    )
    price_month = models.DateField(
        null=True, blank=True, help_text="First dearer month; null: about no price."
    )
    price_was = models.PositiveIntegerField(
        null=True, blank=True, help_text="Of the month before, in rupiah."
    )
    price_becomes = models.PositiveIntegerField(null=True, blank=True)

    objects = ReminderLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "day"], name="reminder_line_once_per_member_and_day"
            ),
            models.CheckConstraint(
                condition=Q(why__in=ReminderWhy.values), name="reminder_line_why_is_known"
            ),
            models.CheckConstraint(
                condition=Q(unpaid_since__isnull=True) | Q(unpaid_since__day=1),
                name="reminder_line_unpaid_since_is_first_day",
            ),
            models.CheckConstraint(
                condition=Q(unpaid_since__isnull=True, why=ReminderWhy.FIRST_PAYMENT)
                | (Q(unpaid_since__isnull=False) & ~Q(why=ReminderWhy.FIRST_PAYMENT)),
                name="reminder_line_first_payment_has_no_month",
            ),
            models.CheckConstraint(
                condition=Q(
                    ~Q(why=ReminderWhy.PRICE_CHANGE),
                    price_month__isnull=True,
                    price_was__isnull=True,
                    price_becomes__isnull=True,
                )
                | Q(
                    why=ReminderWhy.PRICE_CHANGE,
                    price_month__isnull=False,
                    price_month__day=1,
                    price_was__isnull=False,
                    price_becomes__isnull=False,
                    price_becomes__gt=F("price_was"),
                ),
                name="reminder_line_price_change_says_what_rises",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reminder_line_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.pk}"


class ReminderRun(models.Model):
    """The mark that a regency's reminders were planned for a day; a killed worker leaves none.

    Its numbers are of the plan that left it; one that has to come back leaves none either.
    """

    day = models.DateField(help_text="The day that was looked at, in the regency's zone.")
    regency_code = models.CharField(max_length=4)
    reminders = models.PositiveIntegerField(help_text="Phones that were new that day.")
    members = models.PositiveIntegerField(help_text="Members whom they are about.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "regency_code"], name="reminder_run_once_per_day_and_regency"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="reminder_run_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.regency_code}"


def _of_message(reminder: str, column: str) -> Subquery:
    messages = OutboxMessage.objects.filter(kind=REMINDER, subject_id=OuterRef(reminder))
    return Subquery(messages.values(column)[:1])
