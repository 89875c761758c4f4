"""R20: a supervisor closes a member and takes a mistaken closing back, with a trace of both."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from enrollment.edit import Edit
from enrollment.models import ClosedReason, Member, MemberChange
from enrollment.services.closing import Closing, close_member
from perisai import clock
from perisai.models import Role
from sync.errors import NotInBook
from sync.models import Conflict
from tests.factories.enrollment import MemberFactory
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db
REASON = "Menurut surat keterangan desa."


def act(browser: Client, member: Member, name: str, **data: str) -> Any:
    url = reverse("admin:enrollment_member_act", args=[member.pk, name])
    return browser.post(url, {"reason": REASON} | data)


def standing(member: Member) -> tuple[str, str, int]:
    found = Member.objects.get(pk=member.pk)
    return str(found.closed_on), found.closed_reason, found.rev


def test_r20_closing_and_taking_it_back_leave_two_changes(corner: Corner, as_user: As) -> None:
    browser, member = as_user(corner.supervisor), corner.member
    assert act(browser, member, "close", kind="withdrawn", on="2026-11-20").status_code == 302
    assert standing(member) == ("2026-11-20", "withdrawn", 2)
    assert act(browser, member, "reopen").status_code == 302
    assert standing(member) == ("None", "", 3)
    kept = MemberChange.objects.filter(member=member).order_by("rev")
    assert [(change.group, change.user, change.reason) for change in kept] == [
        ("closing", corner.supervisor, REASON),
        ("closing", corner.supervisor, REASON),
    ]
    assert kept[1].old_values == {"closed_on": "2026-11-20", "closed_reason": "withdrawn"}
    assert Member.objects.get(pk=member.pk).paid_through == member.paid_through


def test_r20_a_death_opens_a_case_of_help_with_the_claim(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    act(browser, corner.member, "close", kind="deceased", on="2026-11-10")
    assert Conflict.objects.filter(kind="claim_help", entity_id=corner.member.pk).count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "withdrawn", "on": "2026-11-21"},
        {"kind": "duplicate", "on": "2026-11-20"},
        {"kind": "withdrawn", "on": "2026-11-20", "reason": "pendek"},
    ],
    ids=["in the future", "merging is not closing", "no reason to speak of"],
)
def test_what_breaks_the_rule_closes_nothing(
    data: dict[str, str], corner: Corner, as_user: As
) -> None:
    assert act(as_user(corner.supervisor), corner.member, "close", **data).status_code == 422
    assert standing(corner.member) == ("None", "", 1)


def test_a_merged_row_is_not_opened_again(corner: Corner, as_user: As) -> None:
    merged = MemberFactory.create(
        agent=corner.agent,
        closed_on="2026-11-01",
        closed_reason=ClosedReason.DUPLICATE,
        merged_into=corner.member,
    )
    assert act(as_user(corner.supervisor), merged, "reopen").status_code == 302
    assert standing(merged) == ("2026-11-01", "duplicate", 1)


def test_another_branch_is_unknown(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    answer = act(browser, elsewhere.member, "close", kind="withdrawn", on="2026-11-20")
    assert answer.status_code == 404
    assert standing(elsewhere.member) == ("None", "", 1)


def test_the_service_itself_knows_whose_members_the_office_edits(
    corner: Corner, elsewhere: Corner
) -> None:
    """A page that was open while the member left the branch is no way round it."""
    now = clock.now()
    national = UserFactory.create(role=Role.NATIONAL)
    closing = Closing(
        member_id=elsewhere.member.pk, reason=ClosedReason.WITHDRAWN, on=clock.today()
    )
    for user in (corner.supervisor, national):
        by = Edit(at=now, received_at=now, user_id=user.pk, reason=REASON)
        with pytest.raises(NotInBook):
            close_member(closing, by=by)
    assert standing(elsewhere.member) == ("None", "", 1)
