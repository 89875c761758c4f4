"""What a registration is refused for, under which code, at which place; nothing changes."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import Settings

from enrollment.models import Assignment, Consent, Heir, Member, MemberOccupation, Registration
from enrollment.operations import register
from perisai.errors import DomainError, FieldError, Invalid
from perisai.models import Agent, OutboxMessage
from sync.models import Book, BookEntry
from tests.factories.enrollment import (
    EligibleAgentFactory,
    MemberFactory,
    consent_data,
    register_op,
    registration_data,
)

pytestmark = pytest.mark.django_db

COUNTED = (
    Member,
    Registration,
    Consent,
    MemberOccupation,
    Heir,
    Assignment,
    OutboxMessage,
    BookEntry,
    Book,
)


@pytest.fixture
def agent() -> Agent:
    return EligibleAgentFactory.create()


def counts() -> list[int]:
    return [model._default_manager.count() for model in COUNTED]


def refusal(agent: Agent, data: Any, **op: Any) -> DomainError:
    """The refusal of a form, after which everything is as it was."""
    before = counts()
    with pytest.raises(DomainError) as caught:
        register(register_op(agent.pk, data, **op))
    assert counts() == before
    return caught.value


def faults(refused: DomainError) -> list[tuple[str, str]]:
    return [(fault.pointer.removeprefix("/data/"), fault.code) for fault in refused.errors]


@pytest.mark.parametrize(
    ("nik", "reason"),
    [
        pytest.param("", "empty", id="none"),
        pytest.param("351514321390990A", "non_digit", id="letter"),
        pytest.param("35151401019099", "length", id="short"),
        pytest.param("3515143201909901", "day", id="day 32"),
        pytest.param("3515140113909901", "month", id="month 13"),
        pytest.param("3515143002909901", "date", id="30 February"),
        pytest.param("3515140101900000", "serial_zero", id="serial 0000"),
        pytest.param("9815140101909901", "unknown_province", id="province 98"),
    ],
)
def test_r22_what_cannot_be_a_nik_is_refused(agent: Agent, nik: str, reason: str) -> None:
    refused = refusal(agent, registration_data(nik=nik))
    assert (refused.code, faults(refused)) == ("nik_invalid", [("nik", reason)])
    assert not nik or nik not in f"{refused} {refused.errors} {refused.context}"


def test_r22_an_unknown_province_only_warns_where_the_setting_says_so(
    agent: Agent, settings: Settings
) -> None:
    settings.NIK_UNKNOWN_PROVINCE = "warn"
    refused = refusal(agent, registration_data(nik="9815140101809901"))
    assert refused.code == "soft_check_unconfirmed"
    assert faults(refused) == [("soft_checks_confirmed", "region_unknown")]


@pytest.mark.parametrize(
    ("said", "doubts"),
    [
        pytest.param({"nik": "3300000101809901"}, ["region_unknown"], id="regency 3300"),
        pytest.param({"birth_date": "1980-01-02"}, ["birth_differs"], id="birth date"),
        pytest.param({"sex": "female"}, ["sex_differs"], id="sex"),
        pytest.param(
            {"birth_date": "1980-01-02", "sex": "female"},
            ["birth_differs", "sex_differs"],
            id="both",
        ),
        pytest.param(
            {"birth_date": "1980-01-02", "sex": "female", "soft_checks_confirmed": ["sex_differs"]},
            ["birth_differs"],
            id="one of two confirmed",
        ),
    ],
)
def test_r22_doubts_are_confirmed_from_the_card_or_refused(
    agent: Agent, said: dict[str, Any], doubts: list[str]
) -> None:
    refused = refusal(agent, registration_data(**said))
    assert refused.code == "soft_check_unconfirmed"
    assert faults(refused) == [("soft_checks_confirmed", doubt) for doubt in doubts]


@pytest.mark.parametrize(
    ("birth_date", "reason"),
    [
        pytest.param("2008-11-19", "too_young_at_registration", id="18 tomorrow"),
        pytest.param("1961-11-18", "too_old_at_registration", id="65 today"),
        pytest.param("2027-01-01", "too_young_at_registration", id="not born"),
    ],
)
def test_r21_who_is_not_of_an_age_to_join_is_refused(
    agent: Agent, birth_date: str, reason: str
) -> None:
    data = registration_data(birth_date=birth_date, soft_checks_confirmed=["birth_differs"])
    refused = refusal(agent, data)
    assert (refused.code, faults(refused)) == ("age_out_of_range", [("birth_date", reason)])


@pytest.mark.parametrize(
    ("consent", "code", "place"),
    [
        pytest.param(None, "consent_missing", "consent", id="none"),
        pytest.param({"purposes": []}, "consent_missing", "consent/purposes", id="to nothing"),
        pytest.param(
            {"purposes": ["reminders"]}, "consent_missing", "consent/purposes", id="to others"
        ),
        pytest.param(
            {"text_version": "2031-01-id"},
            "unknown_consent_text",
            "consent/text_version",
            id="text unknown",
        ),
        pytest.param(
            {"given_at": "2019-12-31T23:59:59.000+07:00"},
            "unknown_consent_text",
            "consent/text_version",
            id="text of later",
        ),
        pytest.param(
            {"language": "en"}, "unknown_consent_text", "consent/text_version", id="not so worded"
        ),
        pytest.param({"method": None}, "invalid", "consent/method", id="method unknown"),
        pytest.param(
            {"given_at": "2026-11-18T09:12:00"}, "invalid", "consent/given_at", id="no offset"
        ),
    ],
)
def test_r36_nobody_is_registered_without_a_consent_that_can_be_shown(
    agent: Agent, consent: dict[str, Any] | None, code: str, place: str
) -> None:
    given = consent_data(**consent) if consent is not None else None
    refused = refusal(agent, registration_data(consent=given))
    assert refused.code == code
    assert [fault.pointer for fault in refused.errors] == [f"/data/{place}"]


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        pytest.param({"full_name": "Siti123"}, ("full_name", "name_invalid"), id="R27"),
        pytest.param({"full_name": None}, ("full_name", "required"), id="R27 none"),
        pytest.param({"full_name": "A" * 101}, ("full_name", "too_long"), id="R27 long"),
        pytest.param({"phone": "0215551234"}, ("phone", "phone_invalid"), id="R26 landline"),
        pytest.param({"phone_owner": "boss"}, ("phone_owner", "unknown_choice"), id="R26 owner"),
        pytest.param({"email": "budi@contoh"}, ("email", "email_invalid"), id="email"),
        pytest.param(
            {"village_code": "3515149999"}, ("village_code", "unknown_village"), id="R28 unknown"
        ),
        pytest.param(
            {"village_code": "351514200"}, ("village_code", "unknown_village"), id="R28 9 digits"
        ),
        pytest.param({"rt": "A1"}, ("rt", "digits_required"), id="R28 RT"),
        pytest.param({"rw": "1234"}, ("rw", "too_long"), id="R28 RW"),
        pytest.param({"rw": 1}, ("rw", "type"), id="R28 RW a number"),
        pytest.param({"postcode": "6125"}, ("postcode", "digits_required"), id="R28 postcode"),
        pytest.param({"address_line": "J" * 201}, ("address_line", "too_long"), id="R28 long"),
        pytest.param(
            {"address_line": "Dusun\u202econtoh"},
            ("address_line", "characters_not_allowed"),
            id="direction signs",
        ),
        pytest.param(
            {"season_note": "a\u0000b"}, ("season_note", "characters_not_allowed"), id="control"
        ),
        pytest.param(
            {"birth_date": "19800101"}, ("birth_date", "date_required"), id="day written otherwise"
        ),
        pytest.param({"birth_date": None}, ("birth_date", "required"), id="no birth date"),
        pytest.param({"sex": "x"}, ("sex", "unknown_choice"), id="sex"),
        pytest.param(
            {"income_monthly": -1}, ("income_monthly", "income_invalid"), id="R2 negative"
        ),
        pytest.param({"income_monthly": True}, ("income_monthly", "type"), id="R2 a flag"),
        pytest.param({"income_monthly": 1.5}, ("income_monthly", "type"), id="R2 a fraction"),
        pytest.param({"income_monthly": 2**60}, ("income_monthly", "out_of_range"), id="R2 large"),
        pytest.param({"programmes": ["JKK"]}, ("programmes", "jkk_jkm_required"), id="R1 JKK"),
        pytest.param(
            {"programmes": ["JKM", "JHT"]}, ("programmes", "jkk_jkm_required"), id="R1 JKM, JHT"
        ),
        pytest.param(
            {"programmes": ["JKK", "JKM", "JP"]}, ("programmes", "programme_unknown"), id="R1 JP"
        ),
        pytest.param({"employs_others": True}, ("programmes", "jht_required"), id="R1 employer"),
        pytest.param(
            {"occupations": [{"code": "DES01"}]},
            ("occupations", "one_main_required"),
            id="R25 no main",
        ),
        pytest.param(
            {"occupations": [{"code": code, "is_main": True} for code in ("DES01", "DES02")]},
            ("occupations", "one_main_required"),
            id="R25 two main",
        ),
        pytest.param(
            {"occupations": [{"code": f"DES0{n}", "is_main": n == 1} for n in (1, 2, 3)]},
            ("occupations", "too_many"),
            id="R25 three",
        ),
        pytest.param(
            {"occupations": [{"code": "DES01", "is_main": main} for main in (True, False)]},
            ("occupations", "occupation_twice"),
            id="R25 twice",
        ),
        pytest.param(
            {"occupations": [{"code": "XXX99", "is_main": True}]},
            ("occupations", "unknown_occupation"),
            id="R25 unknown",
        ),
        pytest.param({"occupations": ["DES01"]}, ("occupations", "type"), id="R25 no object"),
        pytest.param(
            {"heirs": [{"name": "Siti", "relation": "friend"}]},
            ("heirs/0/relation", "unknown_choice"),
            id="heir's relation",
        ),
        pytest.param(
            {"heirs": [{"name": "Siti 2", "relation": "child"}]},
            ("heirs/0/name", "name_invalid"),
            id="heir's name",
        ),
        pytest.param(
            {"heirs": [{"name": "Siti", "relation": "child", "nik": "123"}]},
            ("heirs/0/nik", "length"),
            id="heir's NIK",
        ),
        pytest.param(
            {"heirs": [{"name": "Siti", "relation": "child"}] * 6}, ("heirs", "too_many"), id="six"
        ),
        pytest.param({"months": 0}, ("months", "out_of_range"), id="months"),
        pytest.param({"bill_code": "123"}, ("bill_code", "digits_required"), id="bill code"),
        pytest.param(
            {"household_of": str(uuid4())}, ("household_of", "not_in_book"), id="household unknown"
        ),
    ],
)
def test_a_fault_of_the_form_is_told_with_its_place(
    agent: Agent, said: dict[str, Any], fault: tuple[str, str]
) -> None:
    refused = refusal(agent, registration_data(**said))
    assert (refused.code, faults(refused)) == ("invalid", [fault])


def test_a_foreign_household_is_answered_like_an_unknown_one(agent: Agent) -> None:
    foreign = MemberFactory.create(agent=EligibleAgentFactory.create())
    answers = [
        refusal(agent, registration_data(household_of=str(member_id))).errors
        for member_id in (foreign.pk, uuid4())
    ]
    assert (
        answers[0] == answers[1] == (FieldError(pointer="/data/household_of", code="not_in_book"),)
    )


def test_all_faults_are_told_at_once(agent: Agent) -> None:
    data = registration_data(full_name="Siti123", phone="12", village_code="1", income_monthly=-5)
    assert faults(refusal(agent, data)) == [
        ("full_name", "name_invalid"),
        ("phone", "phone_invalid"),
        ("village_code", "unknown_village"),
        ("income_monthly", "income_invalid"),
    ]


def test_a_refusal_repeats_no_personal_datum(agent: Agent) -> None:
    data = registration_data(full_name="Siti123", phone="+15551234567890", email="siti@@contoh")
    refused = refusal(agent, data)
    told = f"{refused} {refused.detail} {refused.errors} {refused.context}"
    assert not any(datum in told for datum in ("Siti123", "5551234567890", "siti@", data["nik"]))


def test_an_id_that_another_row_has_is_refused(agent: Agent) -> None:
    taken = MemberFactory.create(agent=agent)
    before = counts()
    op = register_op(agent.pk, registration_data(1))
    with pytest.raises(Invalid) as caught:
        register(replace(op, entity_id=taken.pk))
    assert caught.value.code == "member_id_taken"
    assert counts() == before


def test_the_captured_day_is_official_time(agent: Agent) -> None:
    """R38: 2026-11-19 00:30 in Jayapura is still 18 November in Jakarta, the eve of 18 years."""
    data = registration_data(birth_date="2008-11-19", soft_checks_confirmed=["birth_differs"])
    at = datetime.fromisoformat("2026-11-19T00:30:00+09:00")
    assert refusal(agent, data, at=at).code == "age_out_of_range"
