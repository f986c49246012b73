"""The Django app that owns the streams."""

from django.apps import AppConfig


class SyncConfig(AppConfig):
    name = "api.sync"
    label = "sync"

    def ready(self) -> None:
        from api.sync import problems  # noqa: F401  (adds its rows to the table)
