"""Contact attempts: what an agent did about an unpaid month. Append-only."""

import pgtrigger
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from enrollment.models import Member
from perisai.ids import new_id
from perisai.models import Agent
from perisai.privacy import EncryptedJSONField, EncryptedTextField


class AttemptChannel(models.TextChoices):
    """How the member was approached."""

    VISIT = "visit"
    PHONE = "phone"
    MESSAGE = "message"


class Contact(models.TextChoices):
    """Whom the attempt met; the first three count as reached."""

    MET_MEMBER = "met_member"
    MET_FAMILY = "met_family"
    PHONE_ANSWERED = "phone_answered"
    NO_ANSWER = "no_answer"
    NUMBER_WRONG = "number_wrong"
    NOT_HOME = "not_home"
    MOVED_AWAY = "moved_away"
    ADDRESS_NOT_FOUND = "address_not_found"
    UNSAFE_OR_BLOCKED = "unsafe_or_blocked"


REACHED = [Contact.MET_MEMBER, Contact.MET_FAMILY, Contact.PHONE_ANSWERED]


class Decision(models.TextChoices):
    """What came of a talk; only when somebody was reached."""

    PAID_NOW = "paid_now"
    PROMISED = "promised"
    PAID_ELSEWHERE = "paid_elsewhere"
    CANNOT_AFFORD = "cannot_afford"
    LEAN_SEASON = "lean_season"
    STOPPED_WORK = "stopped_work"
    FORMAL_JOB_NOW = "formal_job_now"
    NOT_INTERESTED = "not_interested"
    COMPLAINT_SERVICE = "complaint_service"
    DUPLICATE_RECORD = "duplicate_record"
    WRONG_PERSON = "wrong_person"
    DECEASED = "deceased"
    SICK_OR_INJURED = "sick_or_injured"
    DATA_ERROR = "data_error"


class Attempt(models.Model):
    """One contact attempt; it names the member and the unpaid month, never a follow-up."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    op_id = models.UUIDField(unique=True)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    regency_code = models.CharField(
        max_length=4,
        default="",
        db_default="",
        help_text="The member's when it was made: where the sweep looks for promises.",
    )
    unpaid_since = models.DateField(null=True, blank=True)
    channel = models.CharField(max_length=10, choices=AttemptChannel)
    contact = models.CharField(max_length=20, choices=Contact)
    decision = models.CharField(max_length=20, choices=Decision, blank=True, default="")
    promise_on = models.DateField(null=True, blank=True)
    next_on = models.DateField(null=True, blank=True, help_text="Day of the next attempt.")
    payment_reference = models.CharField(max_length=64, blank=True, default="")
    note = EncryptedTextField(label="attempt.note", padded=True, null=True, blank=True)
    place = EncryptedJSONField(
        label="attempt.place",
        padded=True,
        null=True,
        blank=True,
        help_text="Millionths of a degree; metres: as a rule, where the member lives.",
    )
    tried_at = models.DateTimeField(help_text="Corrected by the clock offset.")
    after_resolution = models.BooleanField(
        default=False, help_text="The month was paid already when the attempt arrived."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel__in=AttemptChannel.values), name="attempt_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(contact__in=Contact.values), name="attempt_contact_is_known"
            ),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decision__in=Decision.values, contact__in=REACHED),
                name="attempt_decision_only_when_reached",
            ),
            models.CheckConstraint(
                condition=Q(decision=Decision.PROMISED, promise_on__isnull=False)
                | (~Q(decision=Decision.PROMISED) & Q(promise_on__isnull=True)),
                name="attempt_promise_with_a_day",
            ),
            models.CheckConstraint(
                condition=Q(unpaid_since__isnull=True) | Q(unpaid_since__day=1),
                name="attempt_unpaid_since_is_first_day",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "tried_at"], name="attempt_by_member"),
            models.Index(
                fields=["regency_code", "promise_on"],
                condition=Q(promise_on__isnull=False),
                name="attempt_promised_by_regency",
            ),
            models.Index(
                fields=["tried_at"],
                condition=Q(note__isnull=False) | Q(place__isnull=False) | ~Q(payment_reference=""),
                name="attempt_with_texts_by_age",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="attempt_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


def deaths_not_disproved(member: str = "pk") -> QuerySet[Attempt]:
    """Of an outer row's member: a reported death counts until somebody met the member later."""
    met_later = Attempt.objects.filter(
        member=OuterRef("member"), contact=Contact.MET_MEMBER, tried_at__gt=OuterRef("tried_at")
    ).exclude(decision=Decision.DECEASED)
    died = Attempt.objects.filter(member=OuterRef(member), decision=Decision.DECEASED)
    return died.exclude(Exists(met_later))
