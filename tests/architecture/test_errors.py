"""One code, one refusal, for ever; and each of them in the API's description."""

import re
from collections import Counter
from typing import Any

from django.test.utils import override_settings
from drf_spectacular.generators import SchemaGenerator

from config.openapi import refusals
from perisai.errors import Conflict, DomainError
from tests.architecture.tree import import_everything

RETRIES = {"never", "same_key", "new_key", "ask_status"}


class Planted(Conflict):
    """A second refusal under a code that is taken, ill-named, with an unknown word."""

    code = "not found"
    title = ""  # type: ignore[assignment]  # and that
    retry = "maybe"  # type: ignore[assignment]  # that is the fault


def faults(kinds: list[type[DomainError]]) -> list[str]:
    """What is wrong with a catalogue of refusals."""
    codes = Counter(kind.code for kind in kinds)
    found = [f"{code} twice" for code, times in codes.items() if times > 1]
    for kind in kinds:
        if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", kind.code):
            found.append(f"{kind.__name__}: code")
        if not str(kind.title):
            found.append(f"{kind.__name__}: title")
        if kind.retry not in RETRIES:
            found.append(f"{kind.__name__}: retry")
    return found


def strays(kinds: list[type[DomainError]]) -> list[str]:
    """Refusals that a reader of the apps' catalogues would not find."""
    return [kind.__name__ for kind in kinds if not kind.__module__.endswith(".errors")]


def described_codes() -> set[str]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return set(schema["components"]["schemas"]["Problem"]["properties"]["code"]["enum"])


def test_every_refusal_has_a_code_of_its_own_a_title_and_a_word_for_retry() -> None:
    import_everything()
    kinds = refusals()
    assert len(kinds) > 20
    assert faults(kinds) == []


def test_every_refusal_stands_in_the_errors_of_its_app() -> None:
    import_everything()
    assert strays(refusals()) == []


def test_every_code_is_in_the_description_of_the_api() -> None:
    import_everything()
    assert {kind.code for kind in refusals()} <= described_codes()


@override_settings(LANGUAGE_CODE="id")
def test_every_operation_says_that_it_may_refuse() -> None:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    silent = [
        f"{verb} {address}"
        for address, verbs in schema["paths"].items()
        for verb, operation in verbs.items()
        if "default" not in operation["responses"]
    ]
    assert silent == []


def test_planted_refusal_is_found() -> None:
    import_everything()
    found = set(faults([*refusals(), Planted, Planted])) - set(faults(refusals()))
    assert found == {"Planted: code", "Planted: title", "Planted: retry", "not found twice"}
    assert Planted not in refusals()
    assert strays([Planted]) == ["Planted"]
