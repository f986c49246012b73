"""What the metrics tell of files: how many wait for their bytes, and since when."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from accounts.scoping import SystemActor
from api.figures import gauges
from api.metrics import register_source

# By the index of those to check; a count of more says nothing more.
_WAITING = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(received_at)), 0)
FROM (SELECT received_at FROM media WHERE status = 'pending' AND deleted_at IS NULL LIMIT 10000) m
"""


def _figures() -> Iterator[Metric]:
    guard, params = SystemActor(reason="metrics").row_security()
    waiting = [
        ("anthon_uploads_waiting", "Declared files whose bytes haven't come, up to 10,000"),
        ("anthon_uploads_oldest_seconds", "Age of the oldest of them"),
    ]
    yield from gauges(f"{guard}; {_WAITING}", "", waiting, params)


register_source(_figures)
