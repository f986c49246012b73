"""How far an import is, told in its own row while it is worked on: which step, and how much of it is done."""

from __future__ import annotations

import time
import uuid

from accounts.imports.states import ImportStep
from accounts.models import Import

_TELL_EVERY_S = 0.5


class Progress:
    """Tells of one import, not more often than anybody looks."""

    def __init__(self, import_id: uuid.UUID) -> None:
        self.import_id, self.of, self.last = import_id, 0, 0.0

    def begin(self, step: ImportStep, of: int = 0) -> None:
        """The next step begins; 0 where nobody can say how much there is to do."""
        self.of, self.last = of, time.monotonic()
        Import.objects.filter(id=self.import_id).update(step=step.value, rows_done=0, rows_total=of)

    def __call__(self, done: int) -> None:
        """So much of the step is done."""
        if time.monotonic() - self.last >= _TELL_EVERY_S:
            self.last = time.monotonic()
            Import.objects.filter(id=self.import_id).update(rows_done=min(done, self.of))
