"""Logs: one JSON object a line on standard error, with codes and places but no personal data.

A crash is told by its type and its stack. Its message is left out, since a database names the values it stumbled over.
"""

import datetime as dt
import logging
import logging.config
import os
import threading
import traceback
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
from django.http import HttpRequest

from api.localtime import wire

_STDERR = 2
_EXTRA = ("request_id", "method", "route", "status", "ms", "bytes_out", "job", "job_id", "attempt")


_requests = logging.getLogger("anthon.request")
_held: Counter[tuple[str, bytes]] = Counter()
_holding = threading.Lock()


def is_untold(request: HttpRequest) -> bool:
    """Whether nothing may tell when this was asked (`ApiView.unlogged`), whatever becomes of it."""
    match = request.resolver_match
    view = getattr(match.func, "view_class", None) if match else None
    return request.method in getattr(view, "unlogged", ())


def hold_crash(error: BaseException) -> None:
    """Tell of a crash once its hour is over, and by that hour alone; equal ones are told together."""
    with _holding:
        _held[_this_hour(), orjson.dumps(_told(error))] += 1


def tell_held() -> None:
    """The crashes of hours that are over."""
    with _holding:
        over = [(held, _held.pop(held)) for held in list(_held) if held[0] != _this_hour()]
    for (hour, told), times in over:
        line = {"at": hour, "level": "error", "logger": "anthon.crash", "event": "crash", "times": times}
        _write(line | {"error": orjson.loads(told)})


def _this_hour() -> str:
    return wire(dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0))


def _write(line: Mapping[str, object]) -> None:
    with suppress(OSError):  # nobody reads it: no reason to fail the request
        os.write(_STDERR, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))


def tell_request(**told: object) -> None:
    """A request's line. Through a logger, a record, a formatter and a handler it would cost a tenth of a read."""
    if _held:
        tell_held()
    if _requests.isEnabledFor(logging.INFO):
        line: dict[str, object] = {
            "at": wire(dt.datetime.now(dt.UTC)),
            "level": "info",
            "logger": _requests.name,
            "event": "request",
        }
        _write(line | {name: value for name, value in told.items() if value is not None})


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
