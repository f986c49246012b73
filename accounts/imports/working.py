"""The jobs of imports: check a file, apply it, deactivate what it made. Each can be killed at any point and run again.

They act as the person who asked, with the rights that hold at that moment; their end is in the transaction of their
effect, so it happens once.
"""

from __future__ import annotations

import gc
import logging
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from accounts.events import record
from accounts.imports import writing
from accounts.imports.columns import RowStatus
from accounts.imports.kinds import ImportKind, import_kind
from accounts.imports.load import WARNED, Load, Row
from accounts.imports.progress import Progress
from accounts.imports.reading import Sheet, read_file
from accounts.imports.states import CARRY_OUT, CHECK, UNDO, ImportStatus, ImportStep
from accounts.imports.undoing import Undo
from accounts.models import Import, ImportFile, ImportRow, ImportThing
from accounts.rights import require_in
from accounts.scoping import SessionActor, make_actor
from api.actors import Event
from api.ids import uuid7
from api.jobs import Job, finish, handler
from api.localtime import now
from api.postgres.copying import copy_rows
from api.problems import Problem
from api.sync import bulk

logger = logging.getLogger(__name__)

LEASE_S = 600
_TRIES = 3


@contextmanager
def _many_objects() -> Iterator[None]:
    """Without the collector of cycles: among some hundred thousand objects that all stay, it is a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@handler(CHECK, lease_s=LEASE_S)
@_many_objects()
def check(job: Job) -> None:
    """Read the file and judge every row; nothing else is touched."""
    found = Import.objects.filter(id=job.key, status=ImportStatus.RECEIVED).first()
    if found is None:
        return
    try:
        actor = _actor(found)
        sheets, load = _judge(found, actor, Progress(found.id))
        if not load.rows:
            Import.objects.filter(id=found.id).update(sheets=_told(sheets))  # which of them were left out, and why
            raise Problem("import_empty")
    except Problem as problem:
        _fail(job, found, problem)
        return
    total = len(load.rows)
    with transaction.atomic():
        _keep_rows(found, load)
        Import.objects.filter(id=found.id).update(
            status=(ImportStatus.FAULTY if load.faulty else ImportStatus.READY).value,
            counts=load.counts(),
            sheets=_told(sheets),
            step=None,
            rows_done=total,
            rows_total=total,
            checked_at=now(),
        )
        finish(job)


@handler(CARRY_OUT, lease_s=LEASE_S)
@_many_objects()
def carry_out(job: Job) -> None:
    """Apply a checked import. If things changed since, it fails with the rows named, and nothing is written."""
    found = Import.objects.filter(id=job.key, status=ImportStatus.APPLYING).first()
    if found is None:
        return
    progress = Progress(found.id)
    try:
        for _ in range(_TRIES):
            actor = writing.Importer.of(_actor(found), found.id)
            _, load = _judge(found, actor, progress)
            if overtaken := _differing(found, load):
                _fail(job, found, Problem("import_overtaken"), overtaken)
                return
            progress.begin(ImportStep.PREPARING, len(load.rows))
            ready = import_kind(found.kind).prepare(load, actor, progress)
            _keep_things(found, load)
            progress.begin(ImportStep.WRITING)
            if _write(job, found, ready):
                return
        raise Problem("import_overtaken")
    except Problem as problem:
        _fail(job, found, problem)


def _write(job: Job, found: Import, ready: writing.Ready) -> bool:
    """The last transaction; False if what it relied on changed, and it has to be worked out anew."""
    began, rows = time.monotonic(), len(ready.load.rows)
    try:
        with transaction.atomic():
            kind = _still_may(found)
            kind.carry_out(ready)
            Import.objects.filter(id=found.id).update(
                status=ImportStatus.APPLIED.value, applied_at=now(), step=None, rows_done=rows, rows_total=rows
            )
            _record(ready.actor, "import.applied", found)  # type: ignore[arg-type]
            finish(job)
    except (writing.Overtaken, IntegrityError):
        return False
    logger.info("import_applied", extra={"import_id": str(found.id), "ms": round((time.monotonic() - began) * 1000)})
    return True


@handler(UNDO, lease_s=LEASE_S)
@_many_objects()
def deactivate(job: Job) -> None:
    """Deactivate what an import made and still stands so."""
    found = Import.objects.filter(id=job.key, status=ImportStatus.DEACTIVATING).first()
    if found is None:
        return
    progress = Progress(found.id)
    try:
        for _ in range(_TRIES):
            actor = writing.Importer.of(_actor(found), found.id)
            progress.begin(ImportStep.PREPARING, found.rows_total)
            plan = import_kind(found.kind).plan_undo(found.id, actor, progress)
            progress.begin(ImportStep.WRITING)
            if _undo(job, found, plan, actor):
                return
        raise Problem("import_overtaken")
    except Problem as problem:
        with transaction.atomic():
            Import.objects.filter(id=found.id).update(
                status=ImportStatus.APPLIED.value, problem=problem.code, step=None
            )
            finish(job)


def _undo(job: Job, found: Import, plan: Undo, actor: writing.Importer) -> bool:
    """The last transaction; False if somebody changed meanwhile what it would have deactivated."""
    try:
        with transaction.atomic():
            kind = _still_may(found)
            kind.undo(plan, actor)
            Import.objects.filter(id=found.id).update(
                status=ImportStatus.DEACTIVATED.value,
                deactivated_at=now(),
                step=None,
                rows_done=found.rows_total,
                rows_total=found.rows_total,
            )
            _record(actor, "import.deactivated", found, **plan.counts())
            finish(job)
    except bulk.Overtaken:
        return False
    return True


def _actor(found: Import) -> SessionActor:
    """The person who asked, as they are now, with a role still to import this there. Raises `import_rights_gone`."""
    try:
        actor = make_actor(session_id=found.session_id, user_id=_asked_by(found), request_id=uuid7())
        if actor is None:
            raise Problem("import_rights_gone")
        require_in(actor, found.area_id, import_kind(found.kind).roles)
    except Problem as problem:
        raise Problem("import_rights_gone") from problem
    return actor


def _still_may(found: Import) -> ImportKind:
    """Asked once more under the last transaction's eyes. Raises `import_rights_gone`."""
    _actor(found)
    return import_kind(found.kind)


def _asked_by(found: Import) -> uuid.UUID:
    from accounts.models import Session

    return Session.objects.values_list("user_id", flat=True).get(id=found.session_id)


def _sheets(found: Import) -> list[Sheet]:
    file = ImportFile.objects.filter(import_id=found.id).first()
    if file is None:
        raise Problem("import_file_gone")
    return read_file(bytes(file.content), found.content_type, import_kind(found.kind))


def _judge(found: Import, actor: SessionActor, progress: Progress) -> tuple[list[Sheet], Load]:
    progress.begin(ImportStep.READING)
    sheets = _sheets(found)
    progress.begin(ImportStep.JUDGING, sum(len(sheet.lines) for sheet in sheets))
    match = import_kind(found.kind).match
    return sheets, match(sheets, area_id=found.area_id, actor=actor, progress=progress)


def _keep_rows(found: Import, load: Load) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM import_row WHERE import_id = %s", [found.id])
    rows = [
        {
            "import_id": found.id,
            "no": row.no,
            "kind": row.kind,
            "sheet": row.sheet,
            "line": row.line,
            "status": row.status.value,
            "label": row.label,
            "subject_id": row.subject_id,
            "faults": row.faults,
            "warnings": row.warnings,
            "changes": row.changes,
        }
        for row in load.rows
    ]
    copy_rows("import_row", rows, {"faults", "warnings", "changes"}).run()


def _keep_things(found: Import, load: Load) -> None:
    """What is about to be made; it counts only once the import is applied."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM import_thing WHERE import_id = %s", [found.id])
        rows = [{"import_id": found.id, "type": kind, "subject_id": id_, "no": no} for kind, id_, no in load.things]
        copy_rows(ImportThing._meta.db_table, rows).run()


def _differing(found: Import, load: Load) -> list[Row]:
    """The rows that no longer amount to what was agreed to, each with its fault."""
    agreed = {
        no: (status, changes)
        for no, status, changes in ImportRow.objects.filter(import_id=found.id).values_list("no", "status", "changes")
    }
    differing = [row for row in load.rows if row.faults or agreed.get(row.no) != row.verdict]
    for row in differing:
        if not row.faults:
            row.faults = [{"column": "", "code": "overtaken", "params": {}, "value": ""}]
        row.status = RowStatus.FAULT
    return differing


def _fail(job: Job, found: Import, problem: Problem, rows: list[Row] | None = None) -> None:
    """End an import that can't be checked or applied, and say why."""
    named = rows or []
    with transaction.atomic():
        for row in named:
            ImportRow.objects.filter(import_id=found.id, no=row.no).update(status=RowStatus.FAULT, faults=row.faults)
        counts: dict[str, dict[str, int]] = found.counts
        if named:
            counts = _recount(found.id)
        Import.objects.filter(id=found.id).update(
            status=ImportStatus.FAILED.value, problem=problem.code, counts=counts, step=None, rows_done=0
        )
        event = Event(
            "import.failed",
            area_id=found.area_id,
            subject_type="import",
            subject_id=found.id,
            details={"problem": problem.code, "rows": len(named)},
        )
        record(event, user_id=found.author_id, request_id=uuid7())
        finish(job)


def _recount(import_id: uuid.UUID) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = ImportRow.objects.filter(import_id=import_id)
    for kind, status, count in rows.values_list("kind", "status").annotate(count=Count("no")):
        found.setdefault(kind, {})[status] = count
    for kind, count in rows.exclude(warnings=[]).values_list("kind").annotate(count=Count("no")):
        found[kind][WARNED] = count
    return found


def _told(sheets: list[Sheet]) -> list[dict[str, object]]:
    return [
        {
            "name": sheet.name[:100],
            "kind": sheet.kind.name if sheet.kind else None,
            "rows": len(sheet.lines),
            "note": sheet.note,
        }
        for sheet in sheets
    ]


def _record(actor: SessionActor, name: str, found: Import, **details: object) -> None:
    event = Event(name, area_id=found.area_id, subject_type="import", subject_id=found.id, details=details)
    record(event, by=actor)
