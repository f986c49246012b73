"""The Django app that owns the streams."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "api.sync"
    label = "sync"

    def ready(self) -> None:
        from api.meta import register_limits
        from api.sync import problems  # noqa: F401  (adds its rows to the table)
        from api.sync.pull import MOST_BYTES, MOST_LIMIT
        from api.sync.push import MOST_MUTATIONS

        register_limits({"push_mutations": MOST_MUTATIONS, "pull_changes": MOST_LIMIT, "pull_bytes": MOST_BYTES})
