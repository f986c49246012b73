"""`Idempotency-Key`: a write that is sent twice happens once, and the second time gets the first one's answer."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import orjson
from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.request import Request

from api import localtime
from api.idempotency_models import IdempotencyKey
from api.keyed import keyed_hash
from api.problems import Problem
from api.problems.handler import problem_of, problem_response

KEPT_FOR = dt.timedelta(days=30)

_HEADERS = ("Content-Type", "Content-Language", "ETag", "Location")
# Answers that say “not now”: asked again, the same request deserves another one.
_PASSING = frozenset({401, 408, 429})


@dataclass(frozen=True)
class Key:
    """An `Idempotency-Key` in its scope, with the hash of the body that came under it."""

    id: uuid.UUID
    user_id: uuid.UUID
    fingerprint: bytes

    @classmethod
    def of(cls, request: Request, user_id: uuid.UUID) -> "Key | None":
        """The key of this request, None without one; `parameter_invalid` unless it is 1 to 255 visible characters."""
        text = request.META.get("HTTP_IDEMPOTENCY_KEY")
        if text is None:
            return None
        if not (1 <= len(text) <= 255 and text.isascii() and text.isprintable()):
            raise Problem("parameter_invalid", params={"parameter": "Idempotency-Key"})
        scope = orjson.dumps([str(user_id), request.method, request.path, text])
        content = orjson.dumps(request.data, option=orjson.OPT_SORT_KEYS)
        id = uuid.UUID(bytes=keyed_hash("idempotency-key", scope)[:16])
        return cls(id, user_id, keyed_hash("idempotent-body", content))

    def recall(self) -> HttpResponse | None:
        """Takes the key for this transaction, or raises `in_flight` at once; then the answer kept under it, if any.

        Raises `idempotency_key_reused` if that answered another body. Two statements: only one that begins after the
        lock was had is sure to see what its last holder committed.
        """
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(self.id.bytes[:8], "big", signed=True)]
            )
            if not cursor.fetchone()[0]:
                raise Problem("in_flight")
        kept = IdempotencyKey.objects.filter(id=self.id, created_at__gt=localtime.now() - KEPT_FOR).first()
        if kept is None:
            return None
        if bytes(kept.fingerprint) != self.fingerprint:
            raise Problem("idempotency_key_reused")
        return HttpResponse(
            bytes(kept.body), status=kept.status, headers={**kept.headers, "Idempotent-Replayed": "true"}
        )

    def keep(self, response: HttpResponse) -> None:
        """Stores the answer in the transaction of its effect. A 5xx, and what passes by itself, isn't kept."""
        if response.status_code >= 500 or response.status_code in _PASSING:
            return
        row = IdempotencyKey(
            id=self.id,
            user_id=self.user_id,
            fingerprint=self.fingerprint,
            status=response.status_code,
            headers={name: response.headers[name] for name in _HEADERS if name in response.headers},
            body=response.content,
            created_at=localtime.now(),
        )
        # An answer older than 30 days may still lie there.
        IdempotencyKey.objects.bulk_create(
            [row],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["fingerprint", "status", "headers", "body", "created_at"],
        )


def answer_once(request: Request, user_id: uuid.UUID, answer: Callable[[], HttpResponse]) -> HttpResponse:
    """What `answer()` gives, once for each key; to be called inside the transaction that holds its effect.

    A refusal (4xx) is an answer too: its effect is undone, and it is kept and returned instead of raised.
    """
    key = Key.of(request, user_id)
    if key is None:
        return answer()
    if kept := key.recall():
        return kept
    try:
        with transaction.atomic():
            response = answer()
    except Exception as error:
        problem = problem_of(error)
        if problem.status >= 500 or problem.status in _PASSING:
            raise
        response = problem_response(problem, request._request)
    key.keep(response)
    return response
