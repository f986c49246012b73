"""The Django app of people and places."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        from accounts import registration  # noqa: F401  (registers record types and event names)
