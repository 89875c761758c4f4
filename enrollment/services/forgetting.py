"""What enrollment destroys of a person; month and money facts keep the pseudonym."""

from typing import Final

from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.functions import Coalesce, TruncYear

from enrollment.models import (
    ClosedReason,
    Consent,
    ConsentWithdrawal,
    Heir,
    Member,
    MemberChange,
    MemberFile,
    Prospect,
    ProspectContact,
    Registration,
    SubjectCopy,
    SubjectDecision,
    SubjectRequest,
)
from perisai.clock import official_date
from perisai.erasing import Subject
from perisai.privacy import DESTROYED
from perisai.services.erasures import destroy_explanations
from perisai.services.guards import guards_aside
from sync.models import Operation
from sync.services.erasure import destroy_bodies, erase_operations

PROSPECT: Final = "prospect"


def forget_members(subject: Subject) -> None:
    """Destroy what names these people; a row that was erased before stays as it is."""
    heirs = Heir.objects.filter(member__in=subject.ids)
    files = MemberFile.objects.filter(member__in=subject.ids)
    parts = [*heirs.values_list("pk", flat=True), *files.values_list("pk", flat=True)]
    destroy_explanations([*subject.ids, *parts])
    heirs.delete()
    forget_prospects(Prospect.objects.filter(member__in=subject.ids))
    with guards_aside(Consent, ConsentWithdrawal, MemberChange):
        ConsentWithdrawal.objects.filter(member__in=subject.ids).update(note=None)
        Consent.objects.filter(member__in=subject.ids).update(witness=None)
        MemberChange.objects.filter(member__in=subject.ids).update(reason=None, old_values=None)
    _empty_requests(subject)
    forms = Registration.objects.filter(member__in=subject.ids).values("op_id")
    destroy_bodies(Operation.objects.filter(op_id__in=forms))
    _empty_rows(subject)


def forget_prospects(prospects: QuerySet[Prospect]) -> None:
    """Who was approached: outcomes and days stay, for the funnel's counts; joins a transaction."""
    keys = list(prospects.values_list("pk", flat=True))
    erase_operations(PROSPECT, keys)
    with guards_aside(ProspectContact):
        ProspectContact.objects.filter(prospect__in=keys).update(note=None)
    Prospect.objects.filter(pk__in=keys).update(name=DESTROYED, phone=None)


def _empty_requests(subject: Subject) -> None:
    """What was asked and decided stays, without its words; a copy that lies ready is destroyed."""
    requests = SubjectRequest.objects.filter(member__in=subject.ids)
    with guards_aside(SubjectRequest, SubjectDecision, SubjectCopy):
        requests.update(words=None)
        SubjectDecision.objects.filter(request__in=requests).update(reason=DESTROYED)
        SubjectCopy.objects.filter(request__in=requests, gone_at__isnull=True).update(
            content=None, gone_at=subject.at
        )


def _empty_rows(subject: Subject) -> None:
    """One statement: the constraint `member_erased_wholly` reads the row as a whole.

    Of the birth date the year stays, of the place the regency, both for counts.
    """
    Member.objects.filter(pk__in=subject.ids, erased_at__isnull=True).update(
        erased_at=subject.at,
        closed_on=Coalesce("closed_on", Value(official_date(subject.at))),
        closed_reason=Case(
            When(closed_reason="", then=Value(ClosedReason.WITHDRAWN)), default=F("closed_reason")
        ),
        agent=None,
        household_of=None,
        nik=DESTROYED,
        nik_index=None,
        full_name=DESTROYED,
        name_words=[],
        birth_date=TruncYear("birth_date"),
        birthplace=None,
        mother_maiden_name=None,
        kk_number=None,
        village=None,
        address_line=None,
        rt="",
        rw="",
        postcode="",
        phone=None,
        phone_index=None,
        phone_owner="",
        no_phone_reason=None,
        email=None,
        income_monthly=None,
        workplace=None,
        season_note=None,
    )
