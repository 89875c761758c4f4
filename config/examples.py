"""What the API's description shows beside its schemas: bodies that a fresh installation accepts.

People are invented, as everywhere: NIK serials of 99xx, numbers that nobody answers.
"""

from collections.abc import Mapping
from typing import Final

MEMBER: Final = "0199b6f4-8c00-7000-8000-000000000001"

REGISTRATION: Final = {
    "op_id": "0199b6f4-8c00-7000-8000-000000000011",
    "seq": 1,
    "kind": "member.register",
    "v": 1,
    "entity_id": MEMBER,
    "at": "2026-11-18T09:15:00.000+07:00",
    "data": {
        "nik": "3515145111909971",
        "full_name": "SITI CONTOH PETANI",
        "birth_date": "1990-11-11",
        "sex": "female",
        "village_code": "3515142001",
        "address_line": "Dusun Contoh",
        "rt": "3",
        "rw": "1",
        "phone": "0812-0000-7001",
        "phone_owner": "spouse",
        "occupations": [{"code": "DES01", "is_main": True}],
        "income_monthly": 900_000,
        "programmes": ["JKK", "JKM"],
        "months": 3,
        "consent": {
            "purposes": ["registration", "reminders"],
            "text_version": "2026-09-id",
            "language": "id",
            "method": "thumbprint",
            "given_at": "2026-11-18T09:12:00.000+07:00",
        },
    },
}
ATTEMPT: Final = {
    "op_id": "0199b6f4-8c00-7000-8000-000000000012",
    "seq": 2,
    "kind": "follow_up.attempt",
    "v": 1,
    "entity_id": "0199b6f4-8c00-7000-8000-000000000002",
    "at": "2026-11-18T10:40:00.000+07:00",
    "depends_on": [REGISTRATION["op_id"]],
    "data": {
        "member_id": MEMBER,
        "unpaid_since": None,
        "channel": "visit",
        "contact": "met_member",
        "decision": "promised",
        "promise_on": "2026-11-25",
    },
}
BATCH: Final = {
    "first_seq": 1,
    "outbox": {"count": 2, "oldest_at": "2026-11-18T09:15:00.000+07:00"},
    "ops": [REGISTRATION, ATTEMPT],
}
INQUIRY: Final = {"kpj": "90000000015", "months": 3}
PAYMENT: Final = {
    "bill_code": "9931419592653586",
    "amount": 33_600,
    "terminal_id": "POS-50111-02",
    "paid_at": "2026-11-20T10:00:00+07:00",
}

REQUESTS: Final[Mapping[str, object]] = {
    "POST /api/v1/sync": BATCH,
    "POST /api/v1/pospay/inquiries": INQUIRY,
    "POST /api/v1/pospay/payments": PAYMENT,
}
"""The body of a request by verb and address."""
