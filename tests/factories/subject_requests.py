"""People who ask about their own data."""

from datetime import UTC, datetime, timedelta

from factory.declarations import LazyAttribute, SubFactory
from factory.django import DjangoModelFactory

from enrollment.models import IdentityCheck, RequestKind, SubjectRequest
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import UserFactory

RECEIVED_AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class SubjectRequestFactory(DjangoModelFactory[SubjectRequest]):
    """A request for access that a national user took in, of a member of its own."""

    class Meta:
        model = SubjectRequest

    member = SubFactory(MemberFactory)
    kind = RequestKind.ACCESS
    identity_check = IdentityCheck.IN_PERSON
    taken_by = SubFactory(UserFactory)
    received_at = RECEIVED_AT
    due_at = LazyAttribute(lambda request: request.received_at + timedelta(hours=72))
