"""Writing a bill: one statement for any number of lines, and a new code if one is taken."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from payments.bill_code import draw_code
from payments.bill_draft import BillDraft
from payments.services.makers import Maker, maker_columns
from perisai.ids import new_id

# A taken code inserts neither bill nor lines.
INSERT_BILL: Final = """
    WITH bill AS (
        INSERT INTO payments_bill (
            id, code, payer_kind, payer_id, made_by_agent_id, made_by_partner_id, made_by_user_id,
            made_by_system, title, bridge_id, reservation_id, total, credit, payable,
            member_count, line_count, expires_at, fingerprint, created_at
        ) VALUES (
            %(id)s, %(code)s, %(payer_kind)s, %(payer_id)s,
            %(made_by_agent_id)s, %(made_by_partner_id)s, %(made_by_user_id)s,
            %(made_by_system)s, %(title)s, %(bridge_id)s, %(reservation_id)s,
            %(total)s, %(credit)s, %(payable)s,
            %(member_count)s, %(line_count)s, %(expires_at)s, %(fingerprint)s, %(created_at)s
        )
        ON CONFLICT (code) DO NOTHING
        RETURNING id
    ), line AS (
        INSERT INTO payments_billline (
            bill_id, member_id, month, jkk, jkm, jht, credit, basis_paid_through, basis_episode,
            episode_no, kind, base_income, sector, discount_code
        )
        SELECT bill.id, l.*
        FROM bill CROSS JOIN unnest(
            %(member_id)s::uuid[], %(month)s::date[], %(jkk)s::int[], %(jkm)s::int[],
            %(jht)s::int[], %(line_credit)s::int[], %(basis_paid_through)s::date[],
            %(basis_episode)s::smallint[], %(episode_no)s::smallint[], %(kind)s::text[],
            %(base_income)s::bigint[], %(sector)s::text[], %(discount_code)s::text[]
        ) AS l
    )
    SELECT id FROM bill
"""
MOST_DRAWS: Final = 5


class NoFreeCode(RuntimeError):
    """Five random codes in a row were taken: the source of randomness is broken."""


def write_bill(
    draft: BillDraft, *, maker: Maker, now: datetime, reservation: str | None = None
) -> UUID:
    """Insert the bill and its lines under a new code; returns its id. Raises NoFreeCode.

    `reservation`: the code that a phone handed out for it, which no other bill bears.
    """
    values = _bill(draft, maker=maker, now=now) | _lines(draft) | {"reservation_id": reservation}
    with connection.cursor() as cursor:
        for _ in range(MOST_DRAWS):
            cursor.execute(INSERT_BILL, values | {"code": reservation or draw_code()})
            inserted = cursor.fetchone()
            if inserted:
                return UUID(str(inserted[0]))
    raise NoFreeCode


def _bill(draft: BillDraft, *, maker: Maker, now: datetime) -> dict[str, Any]:
    makers = {
        "made_by_agent_id": None,
        "made_by_partner_id": None,
        "made_by_user_id": None,
        "made_by_system": False,
    }
    return (
        makers
        | maker_columns(maker)
        | {
            "id": new_id(),
            "payer_kind": draft.payer_kind,
            "payer_id": draft.payer_id,
            "title": draft.title,
            "bridge_id": draft.bridge_id,
            "total": draft.total,
            "credit": draft.credit,
            "payable": draft.payable,
            "member_count": draft.member_count,
            "line_count": len(draft.lines),
            "expires_at": draft.expires_at,
            "fingerprint": draft.fingerprint,
            "created_at": now,
        }
    )


def _lines(draft: BillDraft) -> dict[str, list[Any]]:
    """The lines as columns, one element for each line in each."""
    lines = draft.lines
    return {
        "member_id": [line.member_id for line in lines],
        "month": [line.month for line in lines],
        "jkk": [line.price.jkk for line in lines],
        "jkm": [line.price.jkm for line in lines],
        "jht": [line.price.jht for line in lines],
        "line_credit": [line.credit for line in lines],
        "basis_paid_through": [line.basis_paid_through for line in lines],
        "basis_episode": [line.basis_episode for line in lines],
        "episode_no": [line.episode_no for line in lines],
        "kind": [line.kind.value for line in lines],
        "base_income": [line.price.base_income for line in lines],
        "sector": [line.sector.value for line in lines],
        "discount_code": [line.price.discount_code for line in lines],
    }
