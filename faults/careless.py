"""The product without its guards, for the control: what the fault run must be able to catch.

With the unique constraints dropped alone nothing is doubled, since a posting looks under the locks
of bill and members first. So this look is left out, too, and a key is never found taken.
"""

from typing import Final

from django.db import connection

from payments.services import idempotency
from payments.services.look import Look

DROP_CONSTRAINTS: Final = """
    ALTER TABLE payments_payment DROP CONSTRAINT payment_once_per_bill;
    ALTER TABLE payments_payment DROP CONSTRAINT payment_reference_once_per_partner;
    ALTER TABLE payments_idempotencykey DROP CONSTRAINT idempotency_key_once_per_caller;
    DROP INDEX cover_month_once_per_member
"""


def drop_constraints() -> None:
    """Take the last reviewer away, in a database that is thrown away."""
    with connection.cursor() as cursor:
        cursor.execute(DROP_CONSTRAINTS)


def forget_the_look() -> None:
    """Let every bill be paid, and every key be new."""
    setattr(Look, "check", lambda _self, **_asked: None)  # noqa: B010  that is the fault
    first, _, _rest = idempotency.CLAIM_KEY.partition("ON CONFLICT")
    idempotency.CLAIM_KEY = f"{first} RETURNING id"
