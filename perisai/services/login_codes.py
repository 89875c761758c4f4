"""The six digits of an asking: derived from its id by the server's key, and tried (ADR 20).

Nothing that could be read from a copy of the database, a queue or a log is a code.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from perisai.ids import new_id
from perisai.models import AgentState, LoginCode, User

DIGITS = 6


def code_of(code_id: UUID) -> str:
    """The code of one asking: six digits, the same whenever it is worked out."""
    mac = salted_hmac("perisai.login_codes", str(code_id), algorithm="sha256").digest()
    return f"{int.from_bytes(mac, 'big') % 10**DIGITS:0{DIGITS}d}"


def use_code(user: User | None, typed: str, *, now: datetime) -> bool:
    """Try the newest code of an active agent once; joins the caller's transaction.

    A right one is used up, a wrong one costs a try. Nobody's costs the same statements and the
    same work.
    """
    newest = LoginCode.objects.filter(
        agent__user=user.pk if user is not None else 0, agent__state=AgentState.ACTIVE
    )
    row = newest.order_by("-asked_at").select_for_update(of=("self",), no_key=True).first()
    known = row if row is not None and row.is_usable(now) else None
    wanted = known.pk if known is not None else new_id()
    is_right = constant_time_compare(code_of(wanted), typed) and known is not None
    tried = LoginCode.objects.filter(pk=wanted)
    tried.update(**{"used_at": now} if is_right else {"tries": F("tries") + 1})
    return is_right
