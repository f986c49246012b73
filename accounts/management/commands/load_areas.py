"""`load_areas`: the country's provinces, former districts and communes, and what became of what on 1 July 2025."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.areas.gazetteer import read_gazetteer
from accounts.areas.loading import Load, carry_out, prepare_load
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.progress import progress_on
from accounts.areas.rows import Loader

SHOWN = 20


class Command(BaseCommand):
    help = "Load the country's areas from the package vietnamadminunits. Repeatable; areas that stand are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument(
            "--province", metavar="CODE", help="only this province and what became it, such as 68 or 60"
        )
        parser.add_argument("--correct", action="store_true", help="take over names and codes that stand otherwise")

    def handle(self, *, dry_run: bool, province: str | None, correct: bool, **_: Any) -> None:
        try:
            gazetteer = read_gazetteer()
        except LookupError as missing:
            raise CommandError(f"{missing}; install it from requirements-local.lock") from missing
        if province is not None:
            gazetteer = gazetteer.only(province)
            if not gazetteer.current:
                raise CommandError(f"no province has, or had, the code {province}")
        began = time.monotonic()
        load = prepare_load(gazetteer)
        self._tell(load, correct=correct)
        nothing = not load.missing and not (correct and load.differing)
        if nothing:
            self.stdout.write("Nothing to do.")
        elif dry_run:
            self.stdout.write("Dry run: nothing was written.")
        else:
            actor = Loader(reason="load_areas")
            carry_out(load, actor=actor, correct=correct, progress=progress_on(self.stderr, "areas"))
            self.stdout.write(f"Done in {time.monotonic() - began:.1f} s.")

    def _tell(self, load: Load, *, correct: bool) -> None:
        """What the load makes, by level and kind, and what stands otherwise."""
        for (level, kind, ended), count in sorted(load.counts().items(), key=lambda item: (_rank(item[0]), item[0])):
            state = "ended on 1 July 2025" if ended else "of today"
            self.stdout.write(f"  create {count:6,} {AreaLevel(level).label_en}: {AreaKind(kind).label_vi}, {state}")
        self.stdout.write(f"{len(load.missing):,} areas to create, {load.standing:,} stand already.")
        for difference in load.differing[:SHOWN]:
            named = f"{difference.row.name.full} ({difference.row.code})"
            self.stdout.write(f"  {'change' if correct else 'keep'} {named}: the gazetteer has {difference.fields}")
        if load.differing:
            done = "changed" if correct else "kept as they stand (--correct changes them)"
            self.stdout.write(f"{len(load.differing):,} areas differ from the gazetteer: {done}.")


def _rank(row: tuple[str, str, bool]) -> tuple[bool, int]:
    """Ended ones last; within them from provinces down."""
    return row[2], list(AreaLevel).index(AreaLevel(row[0]))
