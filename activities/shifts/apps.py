"""The Django app of shifts."""

from django.apps import AppConfig


class ShiftsConfig(AppConfig):
    name = "activities.shifts"
    label = "shifts"

    def ready(self) -> None:
        from activities.shifts import own_data, registration  # noqa: F401  (registers its record types and problems)
