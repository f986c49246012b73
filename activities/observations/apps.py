"""The Django app of observations."""

from django.apps import AppConfig


class ObservationsConfig(AppConfig):
    name = "activities.observations"
    label = "observations"

    def ready(self) -> None:
        from activities.observations import own_data, registration  # noqa: F401  (its record types and events)
