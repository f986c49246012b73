"""`load_hamlets FILE.csv`: hamlets from a spreadsheet, checked as a whole before anything is written."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.areas.hamlets import HamletLoad, carry_out_hamlets, prepare_hamlets
from accounts.areas.progress import progress_on
from accounts.areas.rows import Loader
from accounts.areas.sheets import COLUMNS, read_sheet

SHOWN = 200


class Command(BaseCommand):
    help = "Load hamlets from a CSV file whose columns are: " + ", ".join(
        f"{name} ({aliases[0]})" for name, aliases in COLUMNS.items()
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("--skip-bad", action="store_true", help="load the good lines and leave the bad ones out")
        parser.add_argument("--language", choices=("vi", "en"), default="vi", help="of the messages about lines")

    def handle(self, *, file: Path, dry_run: bool, skip_bad: bool, language: str, **_: Any) -> None:
        try:
            load = prepare_hamlets(read_sheet(file.read_bytes()))
        except OSError as unreadable:
            raise CommandError(f"{file}: {unreadable.strerror}") from unreadable
        self._tell(load, language)
        if load.faults and not skip_bad:
            raise CommandError("Nothing was loaded. Correct these lines, or leave them out with --skip-bad.")
        if not load.new and not load.changed:
            self.stdout.write("Nothing to do.")
        elif dry_run:
            self.stdout.write("Dry run: nothing was written.")
        else:
            carry_out_hamlets(load, actor=Loader(reason="load_hamlets"), progress=progress_on(self.stderr, "hamlets"))
            self.stdout.write("Done.")

    def _tell(self, load: HamletLoad, language: str) -> None:
        """Every bad line, and what becomes of the good ones."""
        for fault in load.faults[:SHOWN]:
            place = f"line {fault.line}" + (f", {fault.column}" if fault.column else "")
            self.stderr.write(f"  {place}: {fault.text(language)}")
        if len(load.faults) > SHOWN:
            self.stderr.write(f"  … and {len(load.faults) - SHOWN:,} more")
        self.stdout.write(
            f"{len(load.new):,} hamlets to create, {len(load.changed):,} to change, {load.unchanged:,} stand already, "
            f"{len(load.faults):,} faults."
        )
