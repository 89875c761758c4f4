"""What a phone is told of caps, rhythms and thresholds: section by section as in the contract."""

import re
from typing import Any, Final

import pytest

from tests.sync.phones import Phone

pytestmark = pytest.mark.django_db

CONTRACT: Final[dict[str, Any]] = {
    "limits": {
        "calls_per_minute": 60,
        "push_ops": 200,
        "push_bytes": 1_048_576,
        "op_bytes": 65_536,
        "json_depth": 8,
        "page_bytes": 262_144,
        "page_bytes_min": 16_384,
        "page_bytes_max": 1_048_576,
        "attachment_bytes": 1_000_000,
        "attachments_per_record": 10,
        "piece_bytes_min": 16_384,
        "piece_bytes_max": 524_288,
        "book_rows": 10_000,
        "book_rows_warning": 5_000,
    },
    "schemas": {"push": [1], "pull": [1]},
    "app": {"min_pull": "1.0.0", "latest": "1.0.0"},
    "intervals": {"sync": 900, "config": 86_400},
    "clock_warn_ms": 600_000,
    "registration": {"min_age": 18, "max_age_exclusive": 65},
    "bills": {"periods": [1, 2, 3, 6, 12], "codes": []},
    "follow_up": {
        "opens_after_ended": 1,
        "first_payment_after_days": 7,
        "sponsor_ending_days": 60,
        "price_change_days": 42,
        "priority": {
            "ended_month": 20,
            "near_days": 30,
            "promise_broken": 15,
            "first_payment": 10,
            "sponsor_ending": 10,
            "data": 5,
            "try": -5,
            "tries_max": 3,
            "other_village": -5,
            "wait": -40,
            "min": 0,
            "max": 100,
        },
    },
}
OF_THE_DAY: Final = {"agent", "activity", "cover", "tariff", "ref"}  # of her and her day


def test_each_section_is_as_the_contract_has_it(phone: Phone) -> None:
    found = phone.client.get("/api/v1/sync/config").json()
    assert {name: found[name] for name in CONTRACT} == CONTRACT
    assert set(found) == {*CONTRACT, *OF_THE_DAY}
    cover = found["cover"]
    assert (cover["lapse_after_ended_months"], cover["due_day"]) == (3, 15)
    assert cover["official_zone"] == "Asia/Jakarta"
    assert re.fullmatch(r"[0-9a-f]{64}", found["ref"])
