"""What the metrics tell of accounts: how far the sealer is behind, and how many sessions are open."""

import time
from collections.abc import Iterator

from prometheus_client.core import Metric

from api.figures import gauges
from api.metrics import register_source

_SEALER = """
SELECT coalesce(extract(epoch FROM now() - min(e.at)), 0), count(e.id)
FROM (SELECT event_at, event_id FROM audit_seal ORDER BY seq DESC LIMIT 1) s
JOIN LATERAL (
  SELECT id, at FROM audit_event WHERE at >= s.event_at AND id > s.event_id ORDER BY id LIMIT 10000) e ON true
"""
_SESSIONS = "SELECT count(*) FROM session WHERE ended_at IS NULL AND expires_at > now()"
_COUNTED_EVERY_S = 300.0  # the count reads all sessions

_sessions: tuple[float, list[Metric]] = (0.0, [])


def _figures() -> Iterator[Metric]:
    global _sessions  # noqa: PLW0603 - one kept answer a process
    sealer = [
        ("anthon_sealer_lag_seconds", "Age of the oldest audit event after the last seal"),
        ("anthon_sealer_waiting", "Audit events after the last seal, up to 10,000"),
    ]
    yield from gauges(_SEALER, "", sealer)
    if time.monotonic() > _sessions[0]:
        counted = list(gauges(_SESSIONS, "", [("anthon_sessions", "Sessions that are open")]))
        _sessions = (time.monotonic() + _COUNTED_EVERY_S, counted)
    yield from _sessions[1]


register_source(_figures)
