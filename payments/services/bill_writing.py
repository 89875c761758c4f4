"""Writing a bill: two statements for any number of lines, and a new code if one is taken."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from payments.bill_code import draw_code
from payments.bill_draft import BillDraft
from payments.models import BillLine
from payments.services.makers import Maker, maker_columns
from perisai.ids import new_id

INSERT_BILL = """
    INSERT INTO payments_bill (
        id, code, payer_kind, payer_id, made_by_agent_id, made_by_partner_id, made_by_user_id,
        total, credit, payable, member_count, line_count, expires_at, fingerprint, created_at
    ) VALUES (
        %(id)s, %(code)s, %(payer_kind)s, %(payer_id)s,
        %(made_by_agent_id)s, %(made_by_partner_id)s, %(made_by_user_id)s,
        %(total)s, %(credit)s, %(payable)s, %(member_count)s, %(line_count)s,
        %(expires_at)s, %(fingerprint)s, %(created_at)s
    )
    ON CONFLICT (code) DO NOTHING
    RETURNING id
"""
MOST_DRAWS: Final = 5


class NoFreeCode(RuntimeError):
    """Five random codes in a row were taken: the source of randomness is broken."""


def write_bill(draft: BillDraft, *, maker: Maker, now: datetime) -> UUID:
    """Insert the bill and its lines under a new code; returns its id. Raises NoFreeCode."""
    bill_id = _insert_bill(draft, maker=maker, now=now)
    BillLine.objects.bulk_create(
        BillLine(
            bill_id=bill_id,
            member_id=line.member_id,
            month=line.month,
            jkk=line.price.jkk,
            jkm=line.price.jkm,
            jht=line.price.jht,
            credit=line.credit,
            basis_paid_through=line.basis_paid_through,
            basis_episode=line.basis_episode,
            episode_no=line.episode_no,
            kind=line.kind,
            base_income=line.price.base_income,
            sector=line.sector,
            discount_code=line.price.discount_code,
        )
        for line in draft.lines
    )
    return bill_id


def _insert_bill(draft: BillDraft, *, maker: Maker, now: datetime) -> UUID:
    makers = {"made_by_agent_id": None, "made_by_partner_id": None, "made_by_user_id": None}
    columns = (
        makers
        | maker_columns(maker)
        | {
            "id": new_id(),
            "payer_kind": draft.payer_kind,
            "payer_id": draft.payer_id,
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
    with connection.cursor() as cursor:
        for _ in range(MOST_DRAWS):
            cursor.execute(INSERT_BILL, columns | {"code": draw_code()})
            inserted = cursor.fetchone()
            if inserted:
                return UUID(str(inserted[0]))
    raise NoFreeCode
