"""The Django app of media files."""

from django.apps import AppConfig


class MediaConfig(AppConfig):
    name = "media"
    label = "media"

    def ready(self) -> None:
        from media import figures, heads, registration  # noqa: F401  (register record types, events, metrics; listen)
