"""structlog for every logger: JSON in production, readable locally, redacted in both."""

import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_KEYS = frozenset(
    {"password", "token", "authorization", "cookie", "nik", "kpj", "name", "full_name", "phone"}
    | {"address", "address_line", "body", "data", "email", "code", "login", "secret", "key"}
)
_SHAPES = (
    re.compile(r"(?<!\w)[0-9a-fA-F]{64}(?!\w)"),  # tokens
    re.compile(r"(?<!\d)(?:\d[ .-]?){15}\d(?!\d)"),  # NIK and bill codes, also grouped
    re.compile(r"(?<!\d)(?:\+?62|0)8[\d -]{7,13}\d"),  # mobile phones
    re.compile(r"(?<!\d)\d{11}(?!\d)"),  # KPJ
)
HIDDEN = "[hidden]"

EventDict = MutableMapping[str, Any]


def redact_text(text: str) -> str:
    """A string without anything of a personal or secret shape."""
    for shape in _SHAPES:
        text = shape.sub(HIDDEN, text)
    return text


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Last processor before rendering: drops known keys, hides known shapes in every string."""
    for key, value in event.items():
        if key.lower() in SECRET_KEYS:
            event[key] = HIDDEN
        elif isinstance(value, str):
            event[key] = redact_text(value)
    return event


def logging_config(*, level: str, as_json: bool) -> None:
    """Send every logger, ours and third-party, through one redacting handler."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": last,
                }
            },
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["out"], "level": level},
            "loggers": {
                "django.server": {"handlers": [], "propagate": True},
                "django_structlog": {"level": level},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
