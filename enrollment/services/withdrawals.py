"""Consent taken back by a request: the purpose stops at once, whoever decides later (R36)."""

from django.db.models import Exists, OuterRef, Q

from enrollment.models import Consent, Outcome, Purpose, RequestKind, SubjectRequest


def is_taken_back(purpose: Purpose) -> Q:
    """Whether a member asked to withdraw and has not agreed to the purpose again since.

    A refused request takes nothing back.
    """
    again = Consent.objects.filter(
        member=OuterRef("member"),
        purposes__contains=[purpose],
        given_at__gt=OuterRef("received_at"),
    )
    asked = SubjectRequest.objects.filter(member=OuterRef("pk"), kind=RequestKind.WITHDRAWAL)
    return Q(Exists(asked.exclude(decision__outcome=Outcome.REFUSED).filter(~Exists(again))))
