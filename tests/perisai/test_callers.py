"""What each state of a device lets through, whatever the view."""

from typing import Any

import pytest
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from perisai.api.permissions import IsAgent, IsLimitedAgent, IsPostAgent, IsPushingAgent, Refuse
from perisai.errors import DomainError
from perisai.models import Device, DeviceState, DeviceToken, Role, User, WipeOrder

STATES: dict[str, dict[str, Any]] = {
    "active": {"state": DeviceState.ACTIVE},
    "limited": {"state": DeviceState.LIMITED},
    "lost, drains": {"state": DeviceState.LOST, "wipe": WipeOrder.DRAIN_THEN_WIPE},
    "lost, wipes": {"state": DeviceState.LOST, "wipe": WipeOrder.WIPE},
}
REVOKED, LIMITED = "device_revoked", "device_limited"
ALLOWED = {
    IsAgent: (True, LIMITED, REVOKED, REVOKED),
    IsLimitedAgent: (True, True, REVOKED, REVOKED),
    IsPushingAgent: (True, True, True, REVOKED),
    IsPostAgent: (False, False, False, False),
    Refuse: (False, False, False, False),
}


def outcome(permission: type[BasePermission], token: DeviceToken, role: Role) -> bool | str:
    request = Request(APIRequestFactory().get("/"))
    request.user, request.auth = User(role=role), token
    try:
        return permission().has_permission(request, APIView())
    except DomainError as refusal:
        return refusal.code


@pytest.mark.parametrize("permission", ALLOWED, ids=lambda kind: kind.__name__)
def test_device_state_decides(permission: type[BasePermission]) -> None:
    tokens = [DeviceToken(device=Device(**state)) for state in STATES.values()]
    found = tuple(outcome(permission, token, Role.AGENT) for token in tokens)
    assert found == ALLOWED[permission]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AGENT])
def test_only_agents_use_devices(role: Role) -> None:
    token = DeviceToken(device=Device())
    assert outcome(IsAgent, token, role) is False
    assert outcome(IsPushingAgent, token, role) is False


@pytest.mark.parametrize("role", list(Role))
def test_only_post_agents_use_terminals(role: Role) -> None:
    token = DeviceToken(terminal="T-01")
    assert outcome(IsPostAgent, token, role) is (role == Role.POST_AGENT)
    assert outcome(IsAgent, token, role) is False
