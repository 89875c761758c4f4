"""What people ask about their own data, taken in by their agent."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.models import IdentityCheck, RequestKind, SubjectRequest
from enrollment.services.subject_requests import RequestForm, take_in_by_agent
from perisai import clock
from perisai.api.callers import current_device
from perisai.api.permissions import IsAgent
from perisai.api.throttles import CallerThrottle


class RequestFormSerializer(serializers.Serializer[None]):
    """One request; the app makes its id, so that it may be sent again."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    identity_check = serializers.ChoiceField(choices=IdentityCheck.choices)
    words = serializers.CharField(required=False, allow_blank=True, default="", max_length=500)

    def to_form(self) -> RequestForm:
        """What was said, as the service takes it."""
        said = self.validated_data
        return RequestForm(
            id=said["id"],
            kind=RequestKind(said["kind"]),
            identity_check=IdentityCheck(said["identity_check"]),
            words=said["words"],
        )


class TakenInSerializer(serializers.Serializer[SubjectRequest]):
    """Until when it will be decided."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()


class SubjectRequestView(APIView):
    """POST takes in what a member of the calling agent asks. Safe to repeat: 201, then 200."""

    permission_classes = [IsAgent]
    throttle_classes = [CallerThrottle]

    @extend_schema(
        operation_id="subject_request",
        request=RequestFormSerializer,
        responses={201: TakenInSerializer, 200: TakenInSerializer},
    )
    def post(self, request: Request, member_id: UUID) -> Response:
        """The clock runs from now; any other agent's member is unknown."""
        serializer = RequestFormSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        agent = current_device(request).agent
        taken, is_new = take_in_by_agent(
            member_id, serializer.to_form(), agent=agent, now=clock.now()
        )
        return Response(
            TakenInSerializer(taken).data,
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )
