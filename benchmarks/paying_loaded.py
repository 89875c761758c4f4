"""A ledger of many months ago: payments by the hundred thousand, in a statement for each table.

The rows are what posting would have left, so that `check_money` must find them clean.
"""

from datetime import date
from typing import Final
from uuid import UUID

import psycopg
from django.db import connection, transaction

from benchmarks.paying import AMOUNT, Stage
from config.local.cluster import SUPERUSER
from config.local.environment import secret
from config.local.services import Running
from payments.models import CoverMonth
from perisai.months import add_months, month_of

MONTHS: Final = 10  # paid by each member, the running one last

PAID: Final = """
    CREATE TEMPORARY TABLE loaded ON COMMIT DROP AS
    SELECT i, n, k,
        ('01920000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid AS member,
        ('01930000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid AS bill,
        ('01940000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid AS payment,
        '9910009' || lpad(i::text, 9, '0') AS code,
        (%(first)s::date + make_interval(months => k))::date AS month,
        (%(first)s::date + make_interval(months => k, days => 9, hours => 3))::timestamptz AS at
    FROM generate_series(%(begin)s::int, %(end)s::int) AS n,
        generate_series(0, %(months)s::int - 1) AS k,
        LATERAL (SELECT (n - 1) * %(months)s + k + 1 AS i) AS numbered
"""
# The members are copies of one that the product made; only what tells them apart differs.
STATEMENTS: Final = (
    PAID,
    """
    INSERT INTO enrollment_member
    SELECT (jsonb_populate_record(m, jsonb_build_object(
        'id', l.member, 'kpj', '4' || lpad(l.n::text, 10, '0'),
        'nik_index', '\\x' || lpad(to_hex(l.n), 32, '0'),
        'paid_through', l.month, 'episode_no', 1, 'episode_started_on', %(first)s::date + 9
    ))).*
    FROM loaded l JOIN enrollment_member m ON m.id = %(pattern)s
    WHERE l.k = %(months)s - 1
    """,
    """
    INSERT INTO payments_bill (
        id, code, payer_kind, made_by_agent_id, total, credit, payable, member_count, line_count,
        expires_at, fingerprint, created_at
    )
    SELECT bill, code, 'self', %(agent)s, %(amount)s, 0, %(amount)s, 1, 1,
        at + interval '72 hours', sha256(convert_to(code, 'UTF8')), at
    FROM loaded
    """,
    """
    INSERT INTO payments_billline (
        bill_id, member_id, month, jkk, jkm, jht, credit, basis_paid_through, basis_episode,
        episode_no, kind, base_income, sector, discount_code
    )
    SELECT bill, member, month, 10000, 6800, 0, 0,
        CASE WHEN k > 0 THEN (month - interval '1 month')::date END, least(k, 1), 1,
        CASE WHEN k > 0 THEN 'continue' ELSE 'first' END, 1000000, 'non_transport', ''
    FROM loaded
    """,
    """
    INSERT INTO payments_payment (
        id, receipt_no, bill_id, channel, partner_id, reference, outlet_id, terminal, amount, fee,
        paid_at, posted_at, settlement_date, late_post
    )
    SELECT payment, 'KQ' || lpad(i::text, 14, '0'), bill, 'rest', %(partner)s, 'loaded-' || i,
        %(outlet)s, 'BENCH-00', %(amount)s, 2500, at, at, at::date, false
    FROM loaded
    """,
    """
    INSERT INTO payments_covermonth (
        member_id, month, payment_id, jkk, jkm, jht, credit, episode_no, agent_id, agent_month_no,
        regency_code, counted_on
    )
    SELECT member, month, payment, 10000, 6800, 0, 0, 1, %(agent)s, k + 1, '3515', at::date
    FROM loaded
    """,
    """
    INSERT INTO payments_journalentry (
        id, kind, payment_id, settlement_date, posted_at, reference, actor
    )
    SELECT 1000000000 + i, 'accept', payment, at::date, at, '', 'partner:' || %(partner)s::text
    FROM loaded
    """,
    """
    INSERT INTO payments_journalline (
        entry_id, line_no, account_id, amount, partner_id, member_id
    )
    SELECT 1000000000 + i, line_no, account, amount, partner, NULL
    FROM loaded CROSS JOIN (VALUES
        (1, 1100, %(amount)s::bigint, %(partner)s::bigint), (2, 2100, -10000, NULL),
        (3, 2110, -6800, NULL)
    ) AS line (line_no, account, amount, partner)
    """,
    """
    INSERT INTO payments_idempotencykey (
        caller, operation, key, fingerprint, outcome, payment_id, bill_id, context, created_at
    )
    SELECT 'partner:' || %(partner)s::text, 'pay', 'loaded-' || lpad(i::text, 12, '0'),
        sha256(convert_to(concat('pay|', code, '||', %(amount)s::text), 'UTF8')),
        'posted', payment, bill, '{}', at
    FROM loaded
    """,
    """
    INSERT INTO perisai_outboxmessage (kind, subject_id, attempts, last_error, sent_at)
    SELECT 'payment.posted', payment, 1, '', at FROM loaded
    """,
)


def let_triggers_rest(running: Running) -> None:
    """Let the product's role of this throw-away cluster load past triggers, and checkpoint."""
    superuser = psycopg.connect(
        host="127.0.0.1",
        port=running.ports.postgres,
        user=SUPERUSER,
        password=secret(running.data / "secrets", SUPERUSER),
        dbname="postgres",
        autocommit=True,
    )
    with superuser:
        superuser.execute("GRANT SET ON PARAMETER session_replication_role TO perisai")
        superuser.execute("GRANT pg_checkpoint TO perisai")


def load_payments(stage: Stage, *, pattern: UUID, before: int, count: int) -> None:
    """Bring the loaded payments from `before` to `count`, whole members each; then VACUUM.

    `pattern`: a member to copy. Triggers rest meanwhile, since the rows are right by
    construction; `let_triggers_rest` goes before.
    """
    today = stage.now.date()
    parameters: dict[str, int | str | date | UUID] = {
        "pattern": pattern,
        "begin": before // MONTHS + 1,
        "end": count // MONTHS,
        "months": MONTHS,
        "first": _first_month(today),
        "agent": stage.agents[0].pk,
        "partner": stage.outlet.partner_id,
        "outlet": stage.outlet.pk,
        "amount": AMOUNT,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL TimeZone = 'Asia/Jakarta'")
        for statement in STATEMENTS:
            cursor.execute(statement, parameters)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    if CoverMonth.objects.filter(agent=stage.agents[0]).count() < count:
        raise RuntimeError("not all payments were loaded")


def _first_month(today: date) -> date:
    return add_months(month_of(today), 1 - MONTHS)
