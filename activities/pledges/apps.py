"""The Django app of households and pledges."""

from django.apps import AppConfig


class PledgesConfig(AppConfig):
    name = "activities.pledges"
    label = "pledges"

    def ready(self) -> None:
        from activities.pledges.households import registration  # noqa: F401  (registers record types and events)
        from activities.pledges.pledges import jobs  # noqa: F401  (with them, their record types)
        from activities.pledges.pledges import registration as of_pledges  # noqa: F401
