"""The Django app of tips."""

from django.apps import AppConfig


class TipsConfig(AppConfig):
    name = "activities.tips"
    label = "tips"

    def ready(self) -> None:
        from activities.tips import registration  # noqa: F401  (registers events, problems, retention, periodic jobs)
