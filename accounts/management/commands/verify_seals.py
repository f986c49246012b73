"""`manage.py verify_seals`: walk the audit trail's chain, and fail naming the first seal that doesn't hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from accounts.sealer import verify_seals


class Command(BaseCommand):
    help = "Compare every seal of the audit trail with its event, as the owner of the tables (DATABASE_OWNER_URL)."

    def handle(self, *args: Any, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("seals are read as the owner of the tables: set DATABASE_OWNER_URL")
        verdict = verify_seals()
        if verdict.fault:
            raise CommandError(f"{verdict.fault}; the {verdict.sealed} before it hold")
        self.stdout.write(f"{verdict.sealed} seals hold; {verdict.unsealed} events over a minute old are unsealed")
