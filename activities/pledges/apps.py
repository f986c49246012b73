"""The Django app of households and pledges."""

from django.apps import AppConfig


class PledgesConfig(AppConfig):
    name = "activities.pledges"
    label = "pledges"

    def ready(self) -> None:
        from activities.pledges import erasing  # noqa: F401  (with it, their record types and events)
        from activities.pledges.households.importing import registration  # noqa: F401
        from activities.pledges.pledges import jobs, own_data  # noqa: F401
