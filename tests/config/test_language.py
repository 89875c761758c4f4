"""Indonesian first, English when asked for; a code is the same in every language."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import override
from rest_framework import serializers

from config.local import catalogues
from config.openapi import refusals
from config.problems import CODES_OF_HTTP
from enrollment.ages import AgeResult
from enrollment.cover import CoverState
from enrollment.jkm import JkmTier
from enrollment.models import ConsentMethod, Ecosystem, PhoneOwner, Purpose, Relation
from enrollment.nik import NikFault, RegionStatus, Sex, SoftCheck
from enrollment.programmes import Programme
from payments.models import Channel
from payments.tariff import PayerKind
from perisai.api.serializers import StrictSerializer
from perisai.models import AgentState, DeviceState, Platform
from retention.models import (
    AttemptChannel,
    Contact,
    Decision,
    EscalationReason,
    FollowUpKind,
    SettledAs,
)
from retention.priority import WorkKind
from supervision.admin import agents, case_words, devices, escalations, words
from sync.models import CaseState
from sync.registry import known_kinds
from tests.architecture.tree import import_everything
from tests.fixtures import Caller

# Names, abbreviations and loan words that are the same in both languages.
SAME = {"e-commerce", "SNAP", "Android", "iOS"}
LABELLED: list[type[TextChoices]] = [
    *(CoverState, PayerKind, WorkKind, AgeResult, JkmTier),
    *(NikFault, SoftCheck, RegionStatus, Programme),
]
WORDED: list[tuple[words.Words, Iterable[str]]] = [
    (words.CONTACTS, Contact),
    (words.DECISIONS, Decision),
    (words.APPROACHES, AttemptChannel),
    (words.PURPOSES, Purpose),
    (words.METHODS, ConsentMethod),
    (words.ECOSYSTEMS, Ecosystem),
    (words.CHANNELS, Channel),
    (words.PLATFORMS, Platform),
    (agents.STATES, AgentState),
    (devices.STATES, DeviceState),
    (escalations.REASONS, EscalationReason),
    (escalations.SETTLEMENTS, SettledAs),
    (case_words.CASE_STATES, CaseState),
    (case_words.SEXES, Sex),
    (case_words.PHONE_OWNERS, PhoneOwner),
    (case_words.RELATIONS, Relation),
]


def in_both(text: Promise | str) -> tuple[str, str]:
    with override("id"):
        indonesian = str(text)
    with override("en"):
        return indonesian, str(text)


def untranslated(texts: Iterable[Promise | str]) -> list[str]:
    """Those that an English reader would get in Indonesian, or not at all."""
    pairs = [in_both(text) for text in texts]
    return [first for first, second in pairs if not second or (first == second not in SAME)]


def test_the_catalogues_lack_nothing_and_hold_nothing_else() -> None:
    found = sorted(catalogues.ROOT.glob("config/locale/*/LC_MESSAGES/django.po"))
    assert [path.parts[-3] for path in found] == ["en", "id"]
    assert [line for path in found for line in catalogues.lacking(path)] == []


class ShapesSerializer(StrictSerializer):
    """Fields whose faults the framework words in English only."""

    id = serializers.UUIDField()
    code = serializers.RegexField(r"^[0-9]+$")
    day = serializers.DateField()
    names = serializers.ListField(child=serializers.CharField(), max_length=1)


WRONG = {"id": "1", "code": "x", "day": datetime(2026, 11, 20, tzinfo=UTC), "names": ["a", "b"]}


@pytest.mark.parametrize(
    ("language", "words_of_faults"),
    [
        (
            "id",
            [
                "Harus UUID yang sah.",
                "Bentuk nilai ini tidak sesuai.",
                "Harus tanggal saja, tanpa jam.",
                "Isi bidang ini paling banyak 1 butir.",
            ],
        ),
        (
            "en",
            [
                "Must be a valid UUID.",
                "This value does not match the required pattern.",
                "Expected a date but got a datetime.",
                "Ensure this field has no more than 1 elements.",
            ],
        ),
    ],
)
def test_faults_found_by_the_framework_are_in_the_callers_language(
    language: str, words_of_faults: list[str]
) -> None:
    with override(language):
        shapes = ShapesSerializer(data=WRONG)
        assert not shapes.is_valid()
        assert [str(shapes.errors[name][0]) for name in WRONG] == words_of_faults


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "code", "titles"),
    [
        ("get", "/api/v1/devices", "unauthenticated", ("Masuk dahulu", "Log in first")),
        ("get", "/api/v1/nowhere", "not_found", ("Tidak ditemukan", "Not found")),
        (
            "put",
            "/api/v1/auth/login",
            "method_not_allowed",
            ("Metode tidak diizinkan", "Method not allowed"),
        ),
        (
            "post",
            "/api/v1/auth/login",
            "invalid",
            ("Data belum benar", "Some of the data are not correct yet"),
        ),
    ],
)
def test_a_problem_has_a_title_per_language_and_one_code(
    method: str, path: str, code: str, titles: tuple[str, str]
) -> None:
    for wish, title in (("", titles[0]), ("id", titles[0]), ("en", titles[1]), ("fr", titles[0])):
        answer = getattr(Caller(), method)(path, HTTP_ACCEPT_LANGUAGE=wish)
        assert (answer.json()["code"], answer.json()["title"]) == (code, title)
        assert answer.headers["Content-Language"] == ("en" if wish == "en" else "id")


def test_every_refusal_has_a_title_in_both_languages() -> None:
    import_everything()
    ours = [kind.title for kind in refusals()]
    assert untranslated([*ours, *(title for _code, title in CODES_OF_HTTP.values())]) == []


@pytest.mark.parametrize("choices", LABELLED)
def test_every_label_is_in_both_languages(choices: type[TextChoices]) -> None:
    assert untranslated(choices.labels) == []
    assert untranslated(member.label for member in choices) == []


@pytest.mark.parametrize(("known", "codes"), WORDED)
def test_every_code_on_the_offices_pages_has_a_word_in_both_languages(
    known: words.Words, codes: Iterable[str]
) -> None:
    assert set(known) == set(codes)
    assert untranslated(known.values()) == []


def test_every_operation_result_and_follow_up_has_a_word_in_both_languages() -> None:
    assert {name for name, _version in known_kinds()} | set(FollowUpKind) <= set(words.KINDS)
    assert untranslated([*words.KINDS.values(), *words.RESULTS.values()]) == []
