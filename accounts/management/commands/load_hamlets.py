"""`load_hamlets FILE`: hamlets from a spreadsheet (XLSX or CSV), checked as a whole before anything is written."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.areas.progress import progress_on
from accounts.imports.accounts_load import AccountsLoad
from accounts.imports.loading import check_file, load_file
from accounts.imports.sheets import HAMLETS
from accounts.imports.values import fault_text
from api.problems import Problem
from api.problems.render import fill

SHOWN = 200


class Command(BaseCommand):
    help = "Load hamlets from a file whose columns are: " + ", ".join(
        f"{column.name} ({column.title.vi})" for column in HAMLETS.columns
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--language", choices=("vi", "en"), default="vi", help="of the messages about lines")

    def handle(self, *, file: Path, dry_run: bool, language: str, **_: Any) -> None:
        try:
            load = check_file(file.read_bytes(), HAMLETS.name)
        except OSError as unreadable:
            raise CommandError(f"{file}: {unreadable.strerror}") from unreadable
        except Problem as problem:
            raise CommandError(fill(problem.text.detail, language, problem.params)) from problem
        self._tell(load, language)
        if load.faulty:
            raise CommandError("Nothing was loaded. Correct these lines.")
        if not load.hamlets and not load.attributes:
            self.stdout.write("Nothing to do.")
        elif dry_run:
            self.stdout.write("Dry run: nothing was written.")
        else:
            show, total = progress_on(self.stderr, "hamlets"), len(load.rows)
            load_file(load, reason="load_hamlets", progress=(lambda done: show(done, total)) if show else None)
            self.stdout.write("Done.")

    def _tell(self, load: AccountsLoad, language: str) -> None:
        """Every bad line, and what becomes of the good ones."""
        faults = [(row.line, fault) for row in load.rows for fault in row.faults]
        for line, fault in faults[:SHOWN]:
            place = f"line {line}" + (f", {fault['column']}" if fault["column"] else "")
            self.stderr.write(f"  {place}: {fault_text(fault['code'], fault['params'], language)}")
        if len(faults) > SHOWN:
            self.stderr.write(f"  … and {len(faults) - SHOWN:,} more")
        self.stdout.write(
            f"{len(load.hamlets):,} hamlets to create, {len(load.attributes):,} to change, "
            f"{sum(row.status == 'unchanged' for row in load.rows):,} stand already, {len(faults):,} faults."
        )
