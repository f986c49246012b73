"""The Django app of patrols."""

from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "activities.patrols"
    label = "patrols"

    def ready(self) -> None:
        from activities.patrols import own_data, registration  # noqa: F401  (registers its record types and events)
        from activities.patrols.routes import services  # noqa: F401
