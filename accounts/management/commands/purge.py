"""`manage.py purge`: what the keeper does each hour; with `--dry-run`, what it would do."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from accounts.purge import due, purge


class Command(BaseCommand):
    help = "Delete personal data that has outlived its time, and erase accounts that were deactivated five years ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count, table by table")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("only the owner of the tables purges: set DATABASE_OWNER_URL")
        for table, count in sorted((due() if dry_run else purge()).items()):
            self.stdout.write(f"{count:>9} {table}")
