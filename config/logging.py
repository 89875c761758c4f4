"""structlog for every logger: JSON in production, readable locally, redacted in both."""

import logging.config
from typing import Any

import structlog

from config.redaction import redact

SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def redacting_formatter(*, as_json: bool) -> structlog.stdlib.ProcessorFormatter:
    """The one formatter: tracebacks become text first, so that nothing passes by `redact`."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(),
        ],
    )


def logging_config(*, level: str, as_json: bool) -> None:
    """Send every logger, ours and third-party, through one redacting handler."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"structured": {"()": redacting_formatter, "as_json": as_json}},
            "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["out"], "level": level},
            "loggers": {
                "django.request": {"level": "CRITICAL"},  # raw paths; django_structlog says it
                "django.server": {"handlers": [], "propagate": True},
                "django_structlog": {"level": level},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
