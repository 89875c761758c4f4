"""What every act keeps to: who, of whom, how it asks, how it refuses, what it shows once."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpResponse
from django.test import override_settings
from django.urls import clear_url_caches, path, reverse

from config import urls as real_urls
from enrollment.models import Member
from perisai.errors import Conflict, FieldError, Invalid
from perisai.models import Role, User
from supervision.admin.acting import Act, Asked, Done, Shown
from supervision.admin.scoped import Detail, Fact, ScopedAdmin
from supervision.admin.site import OfficeSite
from tests.factories.perisai import UserFactory
from tests.supervision.conftest import As
from tests.supervision.world import Corner

pytestmark = pytest.mark.django_db


class NoteForm(forms.Form):
    """One text."""

    note = forms.CharField(label="Catatan", max_length=20)


class Note(Act[Member]):
    """Done, refused in two ways, or shown once, as the note says."""

    name = "note"
    title = "Catat"
    doers = frozenset({Role.SUPERVISOR})
    form = NoteForm
    asked: list[Asked] = []

    def is_offered(self, record: Member | None, user: User) -> bool:
        return record is not None and record.closed_on is None

    def carry_out(self, record: Member, asked: Asked) -> Done | Shown | HttpResponse:
        self.asked.append(asked)
        if asked.data["note"] == "field":
            raise Invalid(errors=(FieldError(pointer="/note", code="odd", detail="aneh"),))
        if asked.data["note"] == "state":
            raise Conflict
        if asked.data["note"] == "show":
            return Shown(title="Sekali", facts=[Fact(label="sandi", value="rahasia-sekali")])
        return Done(message="Tercatat.")


class Begin(Note):
    """Needs no record."""

    name = "begin"
    is_for_list = True

    def is_offered(self, record: Member | None, user: User) -> bool:
        return True


class PlantedAdmin(ScopedAdmin[Member]):
    """Members with two acts."""

    title = "Peserta"
    readers = frozenset({Role.SUPERVISOR, Role.NATIONAL})
    acts = (Note(), Begin())

    def scoped(self, user: User) -> QuerySet[Member]:
        return Member.objects.visible_to(user)

    def detail(self, record: Member, user: User) -> Detail:
        return Detail(title="Peserta", facts=[])


@pytest.fixture(autouse=True)
def _planted_site() -> Iterator[None]:
    site = OfficeSite()
    site.register(Member, PlantedAdmin)
    site.register([model for model in admin.site._registry if model is not Member], _Silent)
    planted = ModuleType("planted_urls")
    others = [one for one in real_urls.urlpatterns if getattr(one, "namespace", "") != "admin"]
    setattr(planted, "urlpatterns", [*others, path("admin/", site.urls)])  # noqa: B010
    Note.asked.clear()
    with override_settings(ROOT_URLCONF=planted):
        clear_url_caches()
        yield
    clear_url_caches()


class _Silent(ScopedAdmin[Any]):
    """Stands for the other pages, which templates may link to."""

    title = "Lain"
    readers = frozenset[Role]()


def act_url(member: Member, name: str = "note") -> str:
    return reverse("admin:enrollment_member_act", args=[member.pk, name])


def detail_url(member: Member) -> str:
    return reverse("admin:enrollment_member_change", args=[member.pk])


def test_an_act_is_asked_done_and_told(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = act_url(corner.member)
    assert url in browser.get(detail_url(corner.member)).content.decode()
    asked = browser.get(url)
    assert (asked.status_code, asked.headers["Cache-Control"]) == (
        200,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert "Catatan" in asked.content.decode()
    done = browser.post(url, {"note": "baik"})
    assert (done.status_code, done.headers["Location"]) == (302, detail_url(corner.member))
    assert "Tercatat." in browser.get(detail_url(corner.member)).content.decode()
    assert [(one.user, one.data["note"]) for one in Note.asked] == [(corner.supervisor, "baik")]


@pytest.mark.parametrize(
    ("note", "told"),
    [
        ("", "Bidang ini"),
        ("x" * 21, "20"),
        ("field", "aneh"),
        ("state", "Bertentangan dengan keadaan sekarang"),
    ],
)
def test_a_fault_or_a_refusal_is_told_on_the_form(
    note: str, told: str, corner: Corner, as_user: As
) -> None:
    answer = as_user(corner.supervisor).post(act_url(corner.member), {"note": note})
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_what_is_shown_once_is_in_no_cache_and_in_no_message(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    shown = browser.post(act_url(corner.member), {"note": "show"})
    assert "rahasia-sekali" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert "rahasia-sekali" not in browser.get(detail_url(corner.member)).content.decode()


def test_another_branchs_record_is_unknown(corner: Corner, elsewhere: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    for method in (browser.get, browser.post):
        assert method(act_url(elsewhere.member), {"note": "baik"}).status_code == 404
    assert Note.asked == []


def test_who_may_read_may_not_do(corner: Corner, as_user: As) -> None:
    browser = as_user(UserFactory.create(role=Role.NATIONAL))
    assert act_url(corner.member) not in browser.get(detail_url(corner.member)).content.decode()
    assert browser.post(act_url(corner.member), {"note": "baik"}).status_code == 403
    assert browser.post(act_url(corner.member, "none"), {"note": "baik"}).status_code == 404
    auditor = as_user(UserFactory.create(role=Role.AUDITOR))
    assert auditor.post(act_url(corner.member), {"note": "baik"}).status_code == 403
    assert Note.asked == []


def test_an_act_that_applies_no_more_is_not_done(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    Member.objects.filter(pk=corner.member.pk).update(
        closed_on="2026-11-20", closed_reason="withdrawn"
    )
    assert act_url(corner.member) not in browser.get(detail_url(corner.member)).content.decode()
    assert browser.post(act_url(corner.member), {"note": "baik"}).status_code == 302
    assert "tidak berlaku lagi" in browser.get(detail_url(corner.member)).content.decode()
    assert Note.asked == []


def test_an_act_without_a_record_belongs_to_the_list(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    url = reverse("admin:enrollment_member_list_act", args=["begin"])
    page = reverse("admin:enrollment_member_changelist")
    assert url in browser.get(page).content.decode()
    assert browser.post(url, {"note": "baik"}).headers["Location"] == page
    assert browser.post(act_url(corner.member, "begin"), {"note": "baik"}).status_code == 404
    assert len(Note.asked) == 1


def test_nothing_is_done_without_the_forms_own_token(corner: Corner, as_user: As) -> None:
    browser = as_user(corner.supervisor)
    browser.handler.enforce_csrf_checks = True
    assert browser.post(act_url(corner.member), {"note": "baik"}).status_code == 403
    assert Note.asked == []
