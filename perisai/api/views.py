"""Login, logout, devices. Tokens and devices keep the real clock."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from perisai.api.callers import current_device, current_token
from perisai.api.login import (
    AgentLoginSerializer,
    CodeRequestSerializer,
    DeviceNameSerializer,
    DeviceSerializer,
    LoggedInSerializer,
    NewPasswordSerializer,
    RevocationSerializer,
)
from perisai.api.pagination import KeysetPagination
from perisai.api.permissions import Anyone, IsLimitedAgent
from perisai.api.throttles import LoginThrottle
from perisai.models import Device
from perisai.services.code_requests import ask_for_code
from perisai.services.devices import log_in_device, rename_device
from perisai.services.logins import check_password
from perisai.services.lost_devices import revoke_device
from perisai.services.password_resets import reset_password
from perisai.services.tokens import end_token


class LoginView(APIView):
    """POST binds a token to an installation. Safe to repeat: same device, same outbox."""

    authentication_classes = []
    permission_classes = [Anyone]
    throttle_classes = [LoginThrottle]

    @extend_schema(operation_id="login", request=AgentLoginSerializer, responses=LoggedInSerializer)
    def post(self, request: Request) -> Response:
        """Log an agent in. 401 `invalid_credentials` whatever was wrong; 429 after five."""
        serializer = AgentLoginSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = check_password(request._request, serializer.to_try())
        logged_in = log_in_device(user, serializer.to_installation(), now=timezone.now())
        return Response(LoggedInSerializer(logged_in).data)


class CodeView(APIView):
    """POST sends six digits to the agent's own phone, at most three times an hour."""

    authentication_classes = []
    permission_classes = [Anyone]
    throttle_classes = [LoginThrottle]

    @extend_schema(
        operation_id="ask_for_code",
        request=CodeRequestSerializer,
        responses={202: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        """Ask for a code. Always 202, whether or not somebody has the login."""
        serializer = CodeRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        ask_for_code(serializer.to_request(), now=timezone.now())
        return Response({}, status=status.HTTP_202_ACCEPTED)


class PasswordView(APIView):
    """POST replaces a forgotten password and ends every session."""

    authentication_classes = []
    permission_classes = [Anyone]
    throttle_classes = [LoginThrottle]

    @extend_schema(
        operation_id="reset_password", request=NewPasswordSerializer, responses={204: None}
    )
    def post(self, request: Request) -> Response:
        """Choose a new password with a code. 401 `invalid_credentials` whatever was wrong."""
        serializer = NewPasswordSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reset_password(request._request, serializer.to_new(), now=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutView(APIView):
    """POST ends the calling token; device and outbox stay."""

    permission_classes = [IsLimitedAgent]

    @extend_schema(operation_id="logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Log out."""
        end_token(current_token(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class DevicePagination(KeysetPagination):
    """Devices as they came."""

    ordering = ("id",)


class DeviceListView(APIView):
    """The agent's own devices."""

    permission_classes = [IsLimitedAgent]
    pagination_class = DevicePagination

    @extend_schema(operation_id="devices", responses=DeviceSerializer(many=True))
    def get(self, request: Request) -> Response:
        """One page of devices, the present one marked."""
        current = current_device(request, may_be_limited=True)
        paginator = self.pagination_class()
        own = Device.objects.of_agent(current.agent_id)
        page = paginator.paginate_queryset(own, request, view=self)
        context = {"current_id": current.pk}
        return paginator.get_paginated_response(
            DeviceSerializer(page, many=True, context=context).data
        )


class DeviceView(APIView):
    """One of the agent's own devices."""

    permission_classes = [IsLimitedAgent]

    @extend_schema(
        operation_id="rename_device", request=DeviceNameSerializer, responses=DeviceSerializer
    )
    def patch(self, request: Request, device_id: UUID) -> Response:
        """Name it."""
        serializer = DeviceNameSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        current = current_device(request, may_be_limited=True)
        label = serializer.validated_data["label"]
        device = rename_device(device_id, label, agent_id=current.agent_id)
        return Response(DeviceSerializer(device, context={"current_id": current.pk}).data)


class DeviceRevocationView(APIView):
    """POST takes one of the agent's own devices out of use. Safe to repeat."""

    permission_classes = [IsLimitedAgent]

    @extend_schema(
        operation_id="revoke_device", request=RevocationSerializer, responses=DeviceSerializer
    )
    def post(self, request: Request, device_id: UUID) -> Response:
        """Revoke it; from its next call on it is told to wipe."""
        now = timezone.now()
        serializer = RevocationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        current = current_device(request, may_be_limited=True)
        order = serializer.to_revocation(now)
        device = revoke_device(device_id, order, agent_id=current.agent_id, now=now)
        return Response(DeviceSerializer(device, context={"current_id": current.pk}).data)
