"""`manage.py verify_audit`: walk the audit trail's chain and its signed heads, and fail naming the first bad one."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from accounts.heads import BadHead, held_head, kept_heads
from accounts.sealer import verify_seals


class Command(BaseCommand):
    help = (
        "Compare every seal of the audit trail with its event, and every signed head with its seal, as the owner of "
        "the tables (DATABASE_OWNER_URL)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            metavar="FILE",
            action="append",
            default=[],
            help="a head that was kept elsewhere, as its JWS: the chain must lead through it",
        )

    def handle(self, *args: Any, head: list[str], **options: Any) -> None:
        if "owner" not in connections:
            raise CommandError("seals are read as the owner of the tables: set DATABASE_OWNER_URL")
        try:
            heads = kept_heads()
            for file in head:
                seq, kept = held_head(Path(file).read_text(encoding="utf-8"))
                if heads.setdefault(seq, kept) != kept:
                    raise BadHead(f"head {seq} was signed twice, for two chains: this one isn't that of {file}")
        except BadHead as error:
            raise CommandError(str(error)) from None
        verdict = verify_seals(heads=heads)
        if verdict.fault:
            raise CommandError(f"{verdict.fault}; the {verdict.sealed} before it hold")
        self.stdout.write(
            f"{verdict.sealed} seals and {len(heads)} signed heads hold; "
            f"{verdict.unsealed} events over a minute old are unsealed"
        )
