"""Where Django looks for the wire's own tables."""

from api.idempotency_models import IdempotencyKey
from api.job_models import Outbox

__all__ = ["IdempotencyKey", "Outbox"]
