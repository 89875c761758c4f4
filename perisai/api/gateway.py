"""What the message gateway tells us: signed reports of what became of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import BasePermission
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai.errors import PayloadTooLarge
from perisai.models import DeliveryState
from perisai.services.deliveries import must_be_signed, note_delivery

if TYPE_CHECKING:
    from rest_framework.request import Request

MOST_BYTES: Final = 4 * 1024
MOMENT: Final = "X-Gateway-Timestamp"
SIGNATURE: Final = "X-Gateway-Signature"


class IsGateway(BasePermission):
    """The message gateway, by its signature over the body as it came."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True for a signed body. Raises PayloadTooLarge before reading, SignatureInvalid."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
            raise PayloadTooLarge(limits={"bytes": MOST_BYTES})
        must_be_signed(
            request._request.body,
            moment=request.headers.get(MOMENT, ""),
            signature=request.headers.get(SIGNATURE, ""),
            now=timezone.now(),
        )
        return True


class DeliverySerializer(serializers.Serializer[None]):
    """One report; what else the gateway says, a reason in words say, is not read."""

    reference = serializers.CharField(max_length=64)
    state = serializers.ChoiceField(DeliveryState.choices)


class DeliveryView(APIView):
    """POST reports what became of a message. Safe to repeat, in any order."""

    authentication_classes = []
    permission_classes = [IsGateway]
    throttle_classes = []  # as many as there are messages; nothing is read for who cannot sign

    @extend_schema(
        operation_id="report_delivery",
        auth=[],
        parameters=[
            OpenApiParameter(
                MOMENT,
                int,
                OpenApiParameter.HEADER,
                required=True,
                description="Seconds since 1970, at most five minutes from now.",
            ),
            OpenApiParameter(
                SIGNATURE,
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="HMAC-SHA256 over timestamp, `.` and body, in hexadecimal.",
            ),
        ],
        request=DeliverySerializer,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """Report. 204 for an unknown reference, too; 401 `signature_invalid`."""
        serializer = DeliverySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        note_delivery(said["reference"], DeliveryState(said["state"]))
        return Response(status=status.HTTP_204_NO_CONTENT)
