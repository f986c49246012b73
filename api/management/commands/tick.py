"""`manage.py tick`: free what outlived its limit and wake workers up, once. Workers do the same every few seconds."""

from typing import Any

from django.core.management.base import BaseCommand

from api.jobs import run_traceless, tick


class Command(BaseCommand):
    help = "Free jobs that outlived their limit and wake workers up for what is due"

    def handle(self, *args: Any, **options: Any) -> None:
        tick()
        run_traceless()
