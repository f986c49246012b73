"""What imports tell the wire about themselves: events, problems, jobs, limits."""

from accounts.events import register_events
from accounts.imports import problems, working  # noqa: F401 - they register themselves
from accounts.imports.reading import MOST_BYTES, MOST_INFLATED_BYTES, MOST_ROWS
from api.bodies import allow_larger
from api.meta import register_limits

register_events(
    "import.received",
    "import.apply_asked",
    "import.applied",
    "import.failed",
    "import.deactivate_asked",
    "import.deactivated",
    "import.downloaded",
)
allow_larger("/v1/imports", MOST_BYTES)
register_limits({"import_bytes": MOST_BYTES, "import_inflated_bytes": MOST_INFLATED_BYTES, "import_rows": MOST_ROWS})
