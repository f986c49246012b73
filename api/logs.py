"""Logs: one JSON object a line on standard error, with codes and places but no personal data.

A crash is told by its type and its stack. Its message is left out, since a database names the values it stumbled over.
"""

import datetime as dt
import logging
import logging.config
import os
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from api.localtime import wire

_STDERR = 2
_EXTRA = ("request_id", "method", "route", "status", "ms", "bytes_out", "job", "job_id", "attempt")


_requests = logging.getLogger("anthon.request")


def tell_request(**told: object) -> None:
    """A request's line. Through a logger, a record, a formatter and a handler it would cost a tenth of a read."""
    if _requests.isEnabledFor(logging.INFO):
        line: dict[str, object] = {
            "at": wire(dt.datetime.now(dt.UTC)),
            "level": "info",
            "logger": _requests.name,
            "event": "request",
        }
        line |= {name: value for name, value in told.items() if value is not None}
        with suppress(OSError):  # nobody reads it: no reason to fail the request
            os.write(_STDERR, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


class JsonFormatter(logging.Formatter):
    """A record as JSON: the moment, level, logger, message, the known extras, and a crash's type and stack."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": wire(dt.datetime.fromtimestamp(record.created, dt.UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {name: value for name in _EXTRA if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[0]:
            line["error"] = _told(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def _told(error: BaseException | None) -> list[dict[str, Any]]:
    """The error and those that caused it, the outermost first, without messages."""
    told = []
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        told.append(
            {
                "type": f"{type(error).__module__}.{type(error).__qualname__}",
                "sqlstate": getattr(error, "pgcode", None),
                "stack": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told


def configure(options: Mapping[str, Any]) -> None:
    """Django's LOGGING_CONFIG. Its own line for each 4xx is dropped: it holds the path, and ours says the rest."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"json": {"()": "api.logs.JsonFormatter"}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                "django.request": {"level": "CRITICAL"},
                "django.security": {"level": "CRITICAL"},
                "botocore": {"level": "WARNING"},
                "boto3": {"level": "WARNING"},
            },
        }
    )
