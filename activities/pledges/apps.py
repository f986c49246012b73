"""The Django app of households and pledges."""

from django.apps import AppConfig


class PledgesConfig(AppConfig):
    name = "activities.pledges"
    label = "pledges"

    def ready(self) -> None:
        from accounts.duties import register_duty
        from accounts.requests.data_requests import register_eraser
        from activities.pledges.households import erasing  # with it, their record type and events
        from activities.pledges.pledges import jobs  # noqa: F401  (with them, their record types)
        from activities.pledges.pledges import registration as of_pledges  # noqa: F401

        register_eraser("household", erasing.erase_household)
        register_duty(erasing.scrub)
