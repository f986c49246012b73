"""Where Django looks for the wire's own tables."""

from api.idempotency_models import IdempotencyKey

__all__ = ["IdempotencyKey"]
