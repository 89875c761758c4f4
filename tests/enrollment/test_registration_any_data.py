"""Whatever a phone sends as a form, it is applied or refused by a rule, never parked."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from enrollment.models import Member
from enrollment.operations import register
from perisai.errors import DomainError
from tests.factories.enrollment import (
    EligibleAgentFactory,
    consent_data,
    register_op,
    registration_data,
)

EDGES = (
    *("0001-01-01", "9999-12-31", "0001-01-01T00:00:00+07:00", "9999-12-31T23:59:59-12:00"),
    *("female", "JKK", "DES01", "spouse", "registration", "3515142001", "+6281234567890"),
    "\ud800",
)
TEXTS = st.text(max_size=20) | st.sampled_from(EDGES)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "is_main", "name", "relation", "nik"]), inner)
    ),
    max_leaves=6,
)
MEMBERS = (
    *sorted(registration_data()),
    *("no_phone_reason", "email", "mother_maiden_name", "kk_number", "birthplace", "postcode"),
    *("ecosystem", "employs_others", "workplace", "season_note", "household_of", "months"),
    *("bill_code", "heirs", "soft_checks_confirmed"),
)


@pytest.mark.django_db
@given(
    said=st.dictionaries(st.sampled_from(MEMBERS), ANYTHING, max_size=4),
    consent=st.dictionaries(st.sampled_from(sorted(consent_data())), ANYTHING, max_size=2),
)
def test_any_form_is_applied_or_refused_by_a_rule(
    said: Mapping[str, Any], consent: Mapping[str, Any]
) -> None:
    data = registration_data(**{"consent": consent_data(**consent), **said})
    op = register_op(EligibleAgentFactory.create().pk, data)
    try:
        with transaction.atomic():
            word = register(op).word
    except DomainError:
        word = "rejected"
    assert word in {"applied", "conflict", "rejected"}
    assert Member.objects.filter(pk=op.entity_id).exists() == (word == "applied")
