"""Login and devices as JSON: bodies parsed into what the services take, and answers."""

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from perisai.api.serializers import InstantField, StrictSerializer
from perisai.models import Agent, Device, DeviceState, Language, Platform, RevokedReason, Role
from perisai.models import WipeOrder as Wipe
from perisai.services.code_requests import CodeRequest
from perisai.services.devices import Installation
from perisai.services.logins import LoginTry
from perisai.services.lost_devices import Revocation
from perisai.services.password_resets import NewPassword

LONGEST_PASSWORD = 128
CODE_SHAPE = re.compile(r"[0-9]{6}\Z")
WIPE_ORDERS = [Wipe.DRAIN_THEN_WIPE, Wipe.WIPE]


class InstallationSerializer(StrictSerializer):
    """What the app says of itself."""

    installation_id = serializers.UUIDField()
    platform = serializers.ChoiceField(Platform.choices)
    app_version = serializers.CharField(max_length=20)
    schema = serializers.IntegerField(min_value=1, max_value=32_767)
    label = serializers.CharField(  # type: ignore[assignment]  # DRF takes it off the class
        max_length=60, allow_blank=True, default=""
    )
    model = serializers.CharField(max_length=60, allow_blank=True, default="")


class AgentLoginSerializer(StrictSerializer):
    """An agent's number or login phone, one of password and code, and the installation."""

    login = serializers.CharField(max_length=60)
    password = serializers.CharField(
        max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True, required=False
    )
    code = serializers.RegexField(CODE_SHAPE, write_only=True, required=False)
    device = InstallationSerializer()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the two."""
        if "password" in attrs and "code" in attrs:
            fault = ErrorDetail(_("Kirim salah satu saja."), code="only_one")
            raise serializers.ValidationError({"code": [fault]})
        if "password" not in attrs and "code" not in attrs:
            fault = ErrorDetail(_("Wajib diisi."), code="required")
            raise serializers.ValidationError({"password": [fault]})
        return attrs

    def to_try(self) -> LoginTry:
        """What is checked."""
        body = self.validated_data
        return LoginTry(
            login=body["login"],
            password=body.get("password", ""),
            code=body.get("code", ""),
            role=Role.AGENT,
            bearer="device",
            bearer_id=str(body["device"]["installation_id"]),
        )

    def to_installation(self) -> Installation:
        """What is bound to the token."""
        device: dict[str, Any] = dict(self.validated_data["device"])
        return Installation(**device | {"platform": Platform(device["platform"])})


class CallingDeviceSerializer(StrictSerializer):
    """Which installation calls, before it has a token."""

    installation_id = serializers.UUIDField()


class CodeRequestSerializer(StrictSerializer):
    """Whose phone a code is wanted on."""

    login = serializers.CharField(max_length=60)
    device = CallingDeviceSerializer(required=False)

    def to_request(self) -> CodeRequest:
        """Who asks."""
        body = self.validated_data
        device = body.get("device")
        installation_id = str(device["installation_id"]) if device else ""
        return CodeRequest(login=body["login"], installation_id=installation_id)


class NewPasswordSerializer(StrictSerializer):
    """A new password, and the code that proves whose it is."""

    login = serializers.CharField(max_length=60)
    code = serializers.RegexField(CODE_SHAPE, write_only=True)
    password = serializers.CharField(
        max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True
    )
    device = CallingDeviceSerializer()

    def to_new(self) -> NewPassword:
        """What is checked and set."""
        body = self.validated_data
        attempt = LoginTry(
            login=body["login"],
            password="",
            code=body["code"],
            role=Role.AGENT,
            bearer="device",
            bearer_id=str(body["device"]["installation_id"]),
        )
        return NewPassword(attempt=attempt, password=body["password"])


class LoggedInAgentSerializer(serializers.Serializer[Agent]):
    """The agent, as her own phone shows her."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()
    office = serializers.CharField(source="office.name")
    villages = serializers.SerializerMethodField()
    timezone = serializers.SerializerMethodField()

    def get_villages(self, agent: Agent) -> list[str]:
        """Codes of the villages that the agent looks after."""
        return agent.village_codes()

    def get_timezone(self, agent: Agent) -> str:
        """IANA name of the zone that the agent works in (R38)."""
        return agent.timezone()


class LoggedInDeviceSerializer(serializers.Serializer[Device]):
    """The device that the token is bound to."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(DeviceState.choices)


class LoggedInSerializer(serializers.Serializer[Any]):
    """The answer to a login; the token is shown here and never again."""

    token = serializers.CharField()
    expires_at = InstantField()
    lease_until = InstantField(source="device.lease_until")
    language = serializers.ChoiceField(Language.choices, source="agent.user.language")
    agent = LoggedInAgentSerializer()
    device = LoggedInDeviceSerializer()


class DeviceSerializer(serializers.Serializer[Any]):
    """One of the agent's own devices."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]  # DRF takes it off the class
    model = serializers.CharField()
    app_version = serializers.CharField()
    state = serializers.ChoiceField(DeviceState.choices)
    is_current = serializers.SerializerMethodField()
    last_seen_at = InstantField(allow_null=True)

    def get_is_current(self, device: Device) -> bool:
        """Whether the question comes from it."""
        return bool(device.pk == self.context["current_id"])


class DeviceNameSerializer(StrictSerializer):
    """A new name for a device."""

    label = serializers.CharField(  # type: ignore[assignment]  # DRF takes it off the class
        max_length=60, allow_blank=True
    )


class RevocationSerializer(StrictSerializer):
    """Why a device is given up; without an instant, since now."""

    reason = serializers.ChoiceField(RevokedReason.choices)
    lost_at = InstantField(required=False)
    wipe = serializers.ChoiceField([(w.value, w.label) for w in WIPE_ORDERS])

    def to_revocation(self, now: datetime) -> Revocation:
        """The order, as of now."""
        body = self.validated_data
        return Revocation(
            reason=RevokedReason(body["reason"]),
            wipe=Wipe(body["wipe"]),
            lost_at=body.get("lost_at", now),
        )
