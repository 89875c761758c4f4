"""Orders and answers of bills as the OpenAPI file shows them; every id and number is invented."""

from typing import Final

from drf_spectacular.utils import OpenApiExample

ONE: Final = "01a1f6be-3ce8-7c33-9a51-2f6f5b1e0a77"
OTHER: Final = "01a1f6be-3ce8-7c33-9a51-2f6f5b1e0a78"
DRAFT: Final = "01a1f6be-3ce8-7c33-9a51-2f6f5b1e0a79"

BILL_EXAMPLES: Final = [
    OpenApiExample(
        "One member",
        value={"member_id": ONE, "months": 1},
        request_only=True,
    ),
    OpenApiExample(
        "A group",
        value={
            "payer_id": 17,
            "title": "Nelayan Tanjung Luar",
            "months": 1,
            "members": [ONE, OTHER, DRAFT],
            "skip_refused": True,
        },
        request_only=True,
    ),
    OpenApiExample(
        "A group's bill",
        value={
            "bill_code": "9912349567890122",
            "payer_kind": "group",
            "payer_id": 17,
            "title": "Nelayan Tanjung Luar",
            "member_count": 2,
            "line_count": 2,
            "total": 16_800,
            "credit": 0,
            "payable": 16_800,
            "expires_at": "2026-11-23T10:00:00+07:00",
            "state": "open",
            "lines": [
                {
                    "member_id": member_id,
                    "month": "2026-11",
                    "jkk": 5_000,
                    "jkm": 3_400,
                    "jht": 0,
                    "credit": 0,
                }
                for member_id in (ONE, OTHER)
            ],
            "share_url": "https://perisai.example/t/9912349567890122.7QK3M9XD2B",
            "left_out": [{"member_id": DRAFT, "code": "member_not_eligible"}],
        },
        response_only=True,
        status_codes=["201"],
    ),
]
