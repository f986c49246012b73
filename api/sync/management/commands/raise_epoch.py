"""`manage.py raise_epoch`: after a restore, so that phones look again at what they believe the server holds."""

from typing import Any

from django.core.management.base import BaseCommand

from api.sync.epoch import current_epoch, raise_epoch


class Command(BaseCommand):
    help = "Raise the epoch after a restore: every phone then compares what it holds with the server"

    def handle(self, *args: Any, **options: Any) -> None:
        before = current_epoch()
        self.stdout.write(f"the epoch was {before} and is now {raise_epoch()}")
