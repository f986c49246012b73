"""The Django app of lamps."""

from django.apps import AppConfig


class LampsConfig(AppConfig):
    name = "tests.lamps"
    label = "lamps"

    def ready(self) -> None:
        from tests.lamps import registration  # noqa: F401
