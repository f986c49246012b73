"""The Django app of observations."""

from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    name = "activities.observations"
    label = "observations"

    def ready(self) -> None:
        from activities.observations import registration  # noqa: F401  (registers its record types and events)
