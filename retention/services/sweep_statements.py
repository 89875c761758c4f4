"""SQL of the sweep: who is due in a regency on a day, by kind, and how it is noted.

Each part reads through an index that begins with the regency and holds, or nearly, only those who
are due: `member_live_by_regency`, `member_never_paid_by_regency`, `attempt_promised_by_regency`,
`member_lacking_by_regency`. Sponsors know no regency: those of a branch are swept with the first
regency of the branch, or with the country's first where a branch has none.
"""

from typing import Final

from retention.priority import WorkKind

LACKS_COLUMNS: Final = """(m.village_id IS NULL OR m.address_line IS NULL
    OR (m.no_phone_reason IS NULL AND m.phone_index IS NULL)
    OR m.income_monthly IS NULL OR m.programmes = '{}'::varchar(3)[])"""
LACKS_MAIN_OCCUPATION: Final = """NOT EXISTS (
    SELECT 1 FROM enrollment_memberoccupation o WHERE o.member_id = m.id AND o.is_main)"""

# Two parts need these rows; they lie all over the table, so it is read once for both.
IN_ARREARS: Final = """
    arrears AS MATERIALIZED (
        SELECT m.id, m.agent_id, m.regency_code, m.episode_no, m.paid_through
        FROM enrollment_member m
        WHERE m.regency_code = %(regency)s AND m.closed_on IS NULL
          AND m.paid_through BETWEEN %(oldest)s AND %(newest)s
    )
"""
ARREARS: Final = " FROM arrears m"
FIRST_PAYMENT: Final = """
    FROM enrollment_member m
    WHERE m.regency_code = %(regency)s AND m.closed_on IS NULL AND m.paid_through IS NULL
      AND m.registered_on BETWEEN %(registered_since)s AND %(registered_until)s
"""
# The newest attempt decides which month is spoken of; the newest promise about it counts.
PROMISE_BROKEN: Final = """
    FROM retention_attempt p
    JOIN enrollment_member m ON m.id = p.member_id AND m.closed_on IS NULL
    CROSS JOIN LATERAL (
        SELECT a.unpaid_since FROM retention_attempt a
        WHERE a.member_id = m.id ORDER BY a.tried_at DESC, a.id DESC LIMIT 1
    ) newest
    CROSS JOIN LATERAL (
        SELECT a.promise_on FROM retention_attempt a
        WHERE a.member_id = m.id AND a.promise_on IS NOT NULL
          AND a.unpaid_since IS NOT DISTINCT FROM newest.unpaid_since
        ORDER BY a.tried_at DESC, a.id DESC LIMIT 1
    ) promised
    WHERE p.regency_code = %(regency)s
      AND p.promise_on BETWEEN %(promised_since)s AND %(promised_until)s
      AND p.unpaid_since IS NOT DISTINCT FROM (m.paid_through + interval '1 month')::date
      AND newest.unpaid_since IS NOT DISTINCT FROM p.unpaid_since
      AND promised.promise_on < %(as_of)s
"""
SPONSOR_ENDING: Final = """
    FROM (
        SELECT r.branch_id AS id FROM perisai_branch_regencies r
        WHERE r.regency_id = %(regency)s
          AND NOT EXISTS (
              SELECT 1 FROM perisai_branch_regencies f
              WHERE f.branch_id = r.branch_id AND f.regency_id < r.regency_id)
        UNION ALL
        SELECT b.id FROM perisai_branch b
        WHERE %(regency)s = (SELECT min(code) FROM perisai_regency)
          AND NOT EXISTS (SELECT 1 FROM perisai_branch_regencies f WHERE f.branch_id = b.id)
    ) branch
    JOIN perisai_office office ON office.branch_id = branch.id
    JOIN payments_payer payer ON payer.office_id = office.id
        AND payer.contract_to BETWEEN %(sponsored_since)s AND %(sponsored_until)s
    JOIN payments_memberpayer paying ON paying.payer_id = payer.id
    JOIN enrollment_member m ON m.id = paying.member_id
    WHERE m.closed_on IS NULL
"""
COVERED_AND_LACKING: Final = f"""
    FROM enrollment_member m
    WHERE m.regency_code = %(regency)s AND m.closed_on IS NULL
      AND m.paid_through >= %(oldest)s AND {LACKS_COLUMNS}
"""
NEW_AND_LACKING: Final = f"""
    FROM enrollment_member m
    WHERE m.regency_code = %(regency)s AND m.closed_on IS NULL AND m.paid_through IS NULL
      AND m.registered_on >= %(registered_since)s AND ({LACKS_COLUMNS} OR {LACKS_MAIN_OCCUPATION})
"""
# No index finds who lacks an occupation alone; without a bill such a member falls into arrears.
IN_ARREARS_WITHOUT_OCCUPATION: Final = f"{ARREARS} WHERE {LACKS_MAIN_OCCUPATION}"

PARTS: Final = (
    (WorkKind.ARREARS, ARREARS),
    (WorkKind.FIRST_PAYMENT, FIRST_PAYMENT),
    (WorkKind.PROMISE_BROKEN, PROMISE_BROKEN),
    (WorkKind.SPONSOR_ENDING, SPONSOR_ENDING),
    (WorkKind.DATA, COVERED_AND_LACKING),
    (WorkKind.DATA, NEW_AND_LACKING),
    (WorkKind.DATA, IN_ARREARS_WITHOUT_OCCUPATION),
)
UNRESTRICTED: Final = """NOT EXISTS (
    SELECT 1 FROM enrollment_processinglimit l
    WHERE l.member_id = due.id AND l.kind = 'restriction' AND l.lifted_at IS NULL)"""
DUE: Final = f"WITH {IN_ARREARS} " + " UNION ALL ".join(
    f"SELECT m.id, m.agent_id, m.regency_code, '{kind}' AS kind, m.episode_no, m.paid_through{part}"
    for kind, part in PARTS
)

# In one order, so that two sweeps of a regency wait for each other and never in a ring.
INSERT: Final = """
    INSERT INTO retention_followup
        (member_id, agent_id, regency_code, kind, episode_no, unpaid_since, opened_on)
    SELECT due.id, due.agent_id, due.regency_code, due.kind, due.episode_no,
        (due.paid_through + interval '1 month')::date, %(as_of)s
"""
ONCE: Final = """
    ON CONFLICT ON CONSTRAINT follow_up_once_per_kind_and_unpaid_month DO NOTHING
"""

# Facts and mark in one statement: both commit or neither does, and the first mark stays.
OPEN_FOLLOW_UPS: Final = f"""
    WITH opened AS (
        {INSERT} FROM ({DUE}) due WHERE {UNRESTRICTED} ORDER BY due.kind, due.id {ONCE}
        RETURNING 1
    ), marked AS (
        INSERT INTO retention_sweeprun (as_of, regency_code, rows, seconds)
        SELECT %(as_of)s, %(regency)s, count(*),
            extract(epoch FROM clock_timestamp() - statement_timestamp())
        FROM opened
        ON CONFLICT ON CONSTRAINT sweep_run_once_per_day_and_regency DO NOTHING
    )
    SELECT count(*) FROM opened
"""  # noqa: S608  made of constants

# The same in small pieces, for a regency where a row is refused.
DUE_IN_ORDER: Final = f"""
    SELECT DISTINCT due.kind, due.id FROM ({DUE}) due WHERE {UNRESTRICTED}
    ORDER BY due.kind, due.id
"""  # noqa: S608  made of constants
OPEN_SOME: Final = f"""
    {INSERT} FROM ({DUE}) due
    JOIN unnest(%(kinds)s::text[], %(ids)s::uuid[]) AS wanted (kind, id)
        ON wanted.kind = due.kind AND wanted.id = due.id
    WHERE {UNRESTRICTED} ORDER BY due.kind, due.id {ONCE}
"""
MARK: Final = """
    INSERT INTO retention_sweeprun (as_of, regency_code, rows, faults, seconds)
    VALUES (%(as_of)s, %(regency)s, %(rows)s, %(faults)s,
        extract(epoch FROM clock_timestamp() - transaction_timestamp()))
    ON CONFLICT ON CONSTRAINT sweep_run_once_per_day_and_regency DO NOTHING
"""
