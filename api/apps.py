"""The Django app of the wire itself."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"
    label = "api"

    def ready(self) -> None:
        from api import figures  # noqa: F401  (registers what the metrics ask)
