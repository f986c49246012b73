"""`manage.py erase_account`: empty an account on a lawful request (law 91/2025/QH15); first with `--dry-run`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from accounts.erasing import erase
from accounts.models import User
from accounts.phones import normalise_phone
from accounts.scoping import SystemActor
from api.problems import Problem


class Command(BaseCommand):
    help = (
        "Erase name, number, devices and codes of an account that was deactivated, and their past versions. Records "
        "and the audit trail stay, by ids alone. It can't be taken back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone", help="as people write it: 0912 345 678")
        parser.add_argument("--because", required=True, help="number of the request, for the audit trail; no names")
        parser.add_argument("--dry-run", action="store_true", help="only count what would be erased")

    def handle(self, *, phone: str, because: str, dry_run: bool, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("only the owner of the tables erases: set DATABASE_OWNER_URL")
        try:
            user = User.objects.filter(phone=normalise_phone(phone)).first()
        except Problem:
            raise CommandError(f"{phone!r} is no phone number") from None
        if user is None:
            raise CommandError("no account has this number")
        if user.is_active:
            raise CommandError("the account is in use: an admin deactivates it first")
        done = erase(actor=SystemActor(reason=f"erasure: {because}"), user_ids=[user.id], dry_run=dry_run)
        for table, count in sorted(done.items()):
            self.stdout.write(f"{'would erase' if dry_run else 'erased'} {count:>6} in {table}")
