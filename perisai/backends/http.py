"""Messages to a gateway that speaks JSON: one POST each, with a bearer token.

Nothing of a message stands in an address, a log line or an error. Its reference makes a repeat the
same message, so a lost answer costs nothing: the relay comes again.
"""

import json
import os
import re
from contextlib import closing
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from time import monotonic
from typing import Final

import urllib3
from django.conf import settings
from urllib3 import BaseHTTPResponse, Timeout, exceptions
from urllib3.util import Retry

from perisai.backends import NotDelivered, WayClosed
from perisai.registry import Message

MOST_BYTES: Final = 64 * 1024
PIECE_BYTES: Final = 8 * 1024
CONNECT_SECONDS: Final = 3.0
SHORTEST_WAIT, USUAL_WAIT, LONGEST_WAIT = (timedelta(seconds=many) for many in (1, 60, 3_600))
TOKEN_WAIT: Final = timedelta(minutes=10)
GATEWAY_ID: Final = re.compile(r"[\w.:=-]{1,80}", re.ASCII)


class HttpNotifier:
    """Hands messages to the gateway at NOTIFY_URL; an answer late by NOTIFY_SECONDS is none."""

    def send(self, message: Message, *, reference: str) -> str:
        """The gateway's own name of the message. Raises NotDelivered, WayClosed."""
        ends = monotonic() + settings.NOTIFY_SECONDS
        try:
            with closing(_post(_body(message, reference))) as answer:
                _must_be_accepted(answer)
                told = _read(answer, ends=ends)
        except exceptions.SSLError:
            raise NotDelivered("gateway_certificate") from None
        except exceptions.NewConnectionError:  # refused at once: a timeout only by its class
            raise NotDelivered("gateway_unreachable") from None
        except exceptions.TimeoutError:
            raise NotDelivered("gateway_timeout") from None
        except (exceptions.HTTPError, OSError):  # nobody there, or cut in the middle
            raise NotDelivered("gateway_unreachable") from None
        return _name_in(told, message)


def _body(message: Message, reference: str) -> bytes:
    said = {
        "reference": reference,
        "to": message.phone_e164.removeprefix("+"),
        "template": message.template,
        "language": message.language,
        "parameters": dict(message.parameters),
        "text": message.text,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def _post(body: bytes) -> BaseHTTPResponse:
    """One try: no second one, and no other address than the one that is set."""
    seconds = settings.NOTIFY_SECONDS
    return _pool(os.getpid(), settings.NOTIFY_CA_FILE).request(
        "POST",
        settings.NOTIFY_URL,
        body=body,
        headers={
            "Authorization": f"Bearer {settings.NOTIFY_TOKEN}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "perisai",
        },
        timeout=Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


@cache
def _pool(process: int, ca_file: str) -> urllib3.PoolManager:
    """This process's connections; one that a fork inherits belongs to its parent alone."""
    del process
    return urllib3.PoolManager(
        num_pools=1, maxsize=4, cert_reqs="CERT_REQUIRED", ca_certs=ca_file or None
    )


def _must_be_accepted(answer: BaseHTTPResponse) -> None:
    """Raises NotDelivered or WayClosed for every status but those of success."""
    match answer.status:
        case status if 200 <= status < 300:  # noqa: PLR2004  the class of success
            return
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise WayClosed("token_refused", wait=TOKEN_WAIT, is_alarming=True)
        case HTTPStatus.FORBIDDEN:
            raise WayClosed("quota_used", wait=None, is_alarming=True)
        case HTTPStatus.TOO_MANY_REQUESTS:
            raise WayClosed("too_many", wait=_wait_of(answer.headers.get("Retry-After", "")))
        case HTTPStatus.REQUEST_TIMEOUT:
            raise NotDelivered("gateway_timeout")
        case status if 400 <= status < 500:  # noqa: PLR2004  the class of refusals
            raise NotDelivered(f"gateway_refused_{status}", is_permanent=True)
        case status:
            raise NotDelivered(f"gateway_failed_{status}")


def _wait_of(said: str) -> timedelta:
    """What Retry-After asks for, in seconds or as a date, within bounds."""
    try:
        asked = timedelta(seconds=Retry().parse_retry_after(said))
    except (exceptions.InvalidHeader, OverflowError):
        asked = USUAL_WAIT
    return min(max(asked, SHORTEST_WAIT), LONGEST_WAIT)


def _read(answer: BaseHTTPResponse, *, ends: float) -> bytes:
    """A whole answer. Raises NotDelivered for one that is huge, or trickles in."""
    found = bytearray()
    while piece := answer.read1(PIECE_BYTES):
        found += piece
        if len(found) > MOST_BYTES:
            raise NotDelivered("gateway_garbled")
        if monotonic() > ends:
            raise NotDelivered("gateway_timeout")
    return bytes(found)


def _name_in(told: bytes, message: Message) -> str:
    """The gateway's name of the message, unless it holds the number. Raises NotDelivered."""
    try:
        said = json.loads(told)
    except (ValueError, RecursionError):
        raise NotDelivered("gateway_garbled") from None
    name = said.get("id") if isinstance(said, dict) else None
    if not isinstance(name, str) or not GATEWAY_ID.fullmatch(name):
        raise NotDelivered("gateway_garbled")
    own_digits = message.phone_e164[3:]
    return "" if own_digits in re.sub(r"\D", "", name) else name
