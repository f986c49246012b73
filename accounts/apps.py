"""The Django app of people and places."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"

    def ready(self) -> None:
        from accounts import figures, registration  # noqa: F401  (register record types, event names and metrics)
