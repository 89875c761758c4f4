"""Contact attempts and follow-ups; the plainest legal rows."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from factory.declarations import LazyFunction, SelfAttribute, SubFactory
from factory.django import DjangoModelFactory

from perisai.ids import new_id
from retention.models import (
    Attempt,
    AttemptChannel,
    Contact,
    Escalation,
    EscalationReason,
    FollowUp,
    FollowUpKind,
    Reminder,
    ReminderLine,
    SponsorAlert,
    SweepFault,
)
from retention.reminding import ReminderWhy

TRIED_AT = datetime(2026, 11, 19, 8, 5, tzinfo=ZoneInfo("Asia/Jakarta"))


class AttemptFactory(DjangoModelFactory[Attempt]):
    """A visit that found nobody at home, about September; the member is to be named."""

    class Meta:
        model = Attempt

    op_id = LazyFunction(new_id)
    agent = SelfAttribute("member.agent")
    regency_code = SelfAttribute("member.regency_code")
    unpaid_since = date(2026, 9, 1)
    channel = AttemptChannel.VISIT
    contact = Contact.NOT_HOME
    tried_at = TRIED_AT


class FollowUpFactory(DjangoModelFactory[FollowUp]):
    """September unpaid, as a sweep of the first of October notes it; name the member."""

    class Meta:
        model = FollowUp

    agent = SelfAttribute("member.agent")
    regency_code = SelfAttribute("member.regency_code")
    kind = FollowUpKind.ARREARS
    episode_no = SelfAttribute("member.episode_no")
    unpaid_since = date(2026, 9, 1)
    opened_on = date(2026, 10, 1)


class ReminderFactory(DjangoModelFactory[Reminder]):
    """To a phone of its own, on the first of November, in Java; nothing is queued."""

    class Meta:
        model = Reminder

    phone_index = LazyFunction(lambda: new_id().bytes)
    day = date(2026, 11, 1)
    zone = "Asia/Jakarta"


class ReminderLineFactory(DjangoModelFactory[ReminderLine]):
    """That September and October are unpaid; name the member."""

    class Meta:
        model = ReminderLine

    reminder = SubFactory(ReminderFactory, day=SelfAttribute("..day"))
    day = date(2026, 11, 1)
    why = ReminderWhy.GRACE_2
    unpaid_since = date(2026, 9, 1)


class SponsorAlertFactory(DjangoModelFactory[SponsorAlert]):
    """That two members are paid for until the end of the year, told on time; name the payer."""

    class Meta:
        model = SponsorAlert

    last_month = date(2026, 12, 1)
    days_before = 60
    members = 2
    raised_on = date(2026, 11, 1)


class SweepFaultFactory(DjangoModelFactory[SweepFault]):
    """A follow-up about arrears that a check refused; name the member."""

    class Meta:
        model = SweepFault

    as_of = date(2026, 11, 1)
    regency_code = SelfAttribute("member.regency_code")
    kind = FollowUpKind.ARREARS
    code = "23514"
    constraint = "follow_up_unpaid_since_is_first_day"


class EscalationFactory(DjangoModelFactory[Escalation]):
    """Nobody came in fourteen days, as it was told in the middle of October.

    Name the follow-up, or its member.
    """

    class Meta:
        model = Escalation

    follow_up = SubFactory(FollowUpFactory)
    reason = EscalationReason.NO_ATTEMPT
    branch = SelfAttribute("follow_up.member.branch")
    agent = SelfAttribute("follow_up.member.agent")
    since = SelfAttribute("follow_up.opened_on")
    raised_on = date(2026, 10, 15)
