"""What each refusal of a whole call means for the phone: one word, chosen by `code` alone."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from tests.phone.transport import Answer
from tests.phone.wire import Json


class Do(StrEnum):
    """What the phone does next. None of them empties the outbox but OBEY, and that by order."""

    WAIT = "wait"  # and send the same again; the ids make it safe
    LOG_IN = "log in"  # and go on where it stopped
    WALK = "walk"  # fetch the whole book again
    RESEND = "resend"  # from the place that the server names
    BEGIN_ANEW = "begin anew"  # the storage was cloned or restored: another installation
    HALVE = "halve"  # send fewer at once
    SEND_PLAIN = "send plain"  # without gzip
    ONLY_SEND = "only send"  # pulls are refused, pushes go on
    OBEY = "obey"  # the order to wipe
    REPORT = "report"  # a bug on one of the two sides: keep everything


ADVICE: Final[dict[str, Do]] = {
    "invalid_envelope": Do.REPORT,
    "unauthenticated": Do.LOG_IN,
    "token_expired": Do.LOG_IN,
    "invalid_credentials": Do.LOG_IN,
    "device_revoked": Do.OBEY,
    "device_limited": Do.ONLY_SEND,
    "forbidden": Do.REPORT,
    "not_found": Do.REPORT,
    "sequence_gap": Do.RESEND,
    "sequence_reused": Do.BEGIN_ANEW,
    "epoch_changed": Do.WALK,
    "offset_mismatch": Do.RESEND,
    "cursor_invalid": Do.WALK,
    "cursor_expired": Do.WALK,
    "payload_too_large": Do.HALVE,
    "unsupported_encoding": Do.SEND_PLAIN,
    "client_too_old": Do.ONLY_SEND,
    "hash_mismatch": Do.RESEND,
    "invalid": Do.REPORT,
    "rate_limited": Do.WAIT,
    "internal": Do.WAIT,
    "unavailable": Do.WAIT,
    "read_only": Do.WAIT,
}
SERVER_FAULT: Final = 500
LONGEST_WAIT: Final = 3600  # seconds


class Refused(Exception):
    """The server answered a call with a problem."""

    def __init__(self, problem: Json, *, status: int, retry_after: int | None = None) -> None:
        super().__init__(problem.get("code", ""))
        self.problem = problem
        self.status = status
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """What the phone switches on."""
        return str(self.problem.get("code", ""))

    @property
    def advice(self) -> Do:
        """What to do; a code that this app does not know is judged by its status."""
        unknown = Do.WAIT if self.status >= SERVER_FAULT else Do.REPORT
        return ADVICE.get(self.code, unknown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long to wait, without an answer or with one that does not say: doubled each time."""

    first: int = 30
    most: int = LONGEST_WAIT

    def after(self, failures: int) -> int:
        """Seconds after so many failures in a row."""
        return int(min(self.first * 2 ** min(failures, 16), self.most))


def refusal_of(answer: Answer) -> Refused:
    """A refusal from an answer; a proxy's page without a problem is judged by its status."""
    try:
        found: Any = json.loads(answer.body)
    except ValueError:
        found = None
    problem = found if isinstance(found, dict) else {}
    return Refused(problem, status=answer.status, retry_after=_seconds(answer))


def _seconds(answer: Answer) -> int | None:
    said = answer.headers.get("retry-after", "")
    return min(int(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else None
