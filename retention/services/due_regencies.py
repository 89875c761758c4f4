"""Whether a regency has members whom the sweep of a day would note, as a condition on regencies.

The parts of `sweep_statements` again, by their indexes alone: of a promise it is not asked which
attempt was the newest, so a regency may be named that turns out to have nothing to note.
"""

from django.db.models import Exists, Min, OuterRef, Q
from django.db.models.functions import Coalesce

from enrollment.models import Member, lacks_columns, lacks_data, unrestricted
from payments.models import MemberPayer
from perisai.models import Branch, Office, Regency
from retention.due import DueDays
from retention.models import Attempt, NextMonth


def has_due_members(due: DueDays) -> Q:
    """The condition on regencies."""
    here = Member.objects.live().filter(unrestricted(), regency_code=OuterRef("code"))
    in_arrears = here.filter(paid_through__range=(due.oldest, due.newest))
    never_paid = here.filter(paid_through__isnull=True)
    unpaid = never_paid.filter(registered_on__range=(due.registered_since, due.registered_until))
    drafts = never_paid.filter(lacks_data(), registered_on__gte=due.registered_since)
    lacking = here.filter(lacks_columns(), paid_through__gte=due.oldest)
    return (
        Q(Exists(in_arrears))
        | Q(Exists(unpaid))
        | Q(Exists(drafts))
        | Q(Exists(lacking))
        | _has_broken_promises(due)
        | _has_ending_sponsors(due)
    )


def _has_broken_promises(due: DueDays) -> Q:
    is_present = Q(unpaid_since=NextMonth("member__paid_through")) | Q(
        unpaid_since__isnull=True, member__paid_through__isnull=True
    )
    broken = Attempt.objects.filter(
        is_present,
        unrestricted("member"),
        regency_code=OuterRef("code"),
        promise_on__range=(due.promised_since, due.promised_until),
        member__closed_on__isnull=True,
    )
    return Q(Exists(broken))


def _has_ending_sponsors(due: DueDays) -> Q:
    paying = MemberPayer.objects.filter(
        unrestricted("member"),
        payer__contract_to__range=(due.sponsored_since, due.sponsored_until),
        member__closed_on__isnull=True,
    )
    branches = Branch.objects.filter(
        pk__in=Office.objects.filter(pk__in=paying.values("payer__office")).values("branch")
    )
    first = Regency.objects.order_by("code").values("code")[:1]
    swept_with = branches.annotate(first=Coalesce(Min("regencies"), first))
    return Q(code__in=swept_with.values("first"))
