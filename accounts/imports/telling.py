"""Imports and their rows in words: the wire form of each, in the reader's language."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.events import record
from accounts.imports.columns import RowStatus, by_name
from accounts.imports.kinds import import_kind, sheet_kinds
from accounts.imports.load import WARNED
from accounts.imports.values import fault_text
from accounts.models import Import, ImportFile, ImportRow
from accounts.rights import require_in
from api.actors import Actor, Event
from api.problems import PROBLEMS, Problem
from api.problems.render import fill


def find_import(actor: Actor, import_id: uuid.UUID) -> Import:
    """An import that the actor may look at: such as they may bring for its area. Raises Problem `not_found` and
    `forbidden`."""
    found = Import.objects.filter(id=import_id).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, import_kind(found.kind).roles)
    return found


def open_file(actor: Actor, found: Import, *, what: str) -> bytes:
    """The file as it was brought; that somebody took it is in the trail. Raises Problem `import_file_gone`."""
    file = ImportFile.objects.filter(import_id=found.id).first()
    if file is None:
        raise Problem("import_file_gone")
    event = Event("import.downloaded", found.area_id, "import", found.id, {"what": what})
    with transaction.atomic():
        record(event, by=actor)
    return bytes(file.content)


def open_faults(actor: Actor, found: Import) -> tuple[Import, bytes, list[ImportRow]]:
    """What the copy with faults is made of. Raises Problem `import_not_ready` before the check, `import_file_gone`."""
    if found.checked_at is None:
        raise Problem("import_not_ready")
    rows = list(rows_of(found, status=RowStatus.FAULT.value))
    return found, open_file(actor, found, what="faults"), rows


def import_told(found: Import, language: str) -> dict[str, Any]:
    """An import on the wire."""
    return {
        "id": found.id,
        "kind": found.kind,
        "area_id": found.area_id,
        "author_id": found.author_id,
        "filename": found.filename,
        "size": found.size,
        "sha256": found.sha256,
        "status": found.status,
        "progress": {"done": found.rows_done, "of": found.rows_total, "step": found.step},
        "counts": {
            name: {counted: found.counts.get(name, {}).get(counted, 0) for counted in (*RowStatus.values, WARNED)}
            for name in sheet_kinds()
        },
        "sheets": [
            sheet | {"note": sheet["note"] and fault_text(sheet["note"], {}, language)} for sheet in found.sheets
        ],
        "corrects_id": found.corrects_id,
        "corrected_by_id": found.corrected_by_id,
        "problem": found.problem and _problem_told(found.problem, language),
        "created_at": found.created_at,
        "checked_at": found.checked_at,
        "applied_at": found.applied_at,
        "deactivated_at": found.deactivated_at,
    }


def _problem_told(code: str, language: str) -> dict[str, str]:
    text = PROBLEMS[code]
    told = f"{fill(text.detail, language, {})} {fill(text.action, language, {})}"
    return {"code": code, "title": fill(text.title, language, {}), "detail": told}


def row_told(row: ImportRow, language: str) -> dict[str, Any]:
    """A row on the wire."""
    return {
        "no": row.no,
        "kind": row.kind,
        "sheet": row.sheet,
        "line": row.line,
        "status": row.status,
        "label": row.label,
        "faults": [fault_told(row.kind, fault, language) for fault in row.faults],
        "warnings": [fault_told(row.kind, warning, language) for warning in row.warnings],
        "changes": [{**change, "title": _title(row.kind, change["column"], language)} for change in row.changes],
    }


def fault_told(kind: str, fault: dict[str, Any], language: str) -> dict[str, str]:
    """What is wrong in a row, in words."""
    return {
        "column": fault["column"],
        "title": _title(kind, fault["column"], language),
        "value": fault["value"],
        "code": fault["code"],
        "detail": fault_text(fault["code"], fault["params"], language),
    }


def _title(kind: str, column: str, language: str) -> str:
    known = by_name(sheet_kinds()[kind]).get(column)
    return column if known is None else known.title.en if language == "en" else known.title.vi


def rows_of(
    found: Import, *, status: str | None = None, kind: str | None = None, warned: bool = False
) -> QuerySet[ImportRow]:
    """The rows of an import in the file's order. Raises Problem `import_file_gone` once they were purged."""
    rows = ImportRow.objects.filter(import_id=found.id).order_by("no")
    if found.checked_at is not None and not ImportFile.objects.filter(import_id=found.id).exists():
        raise Problem("import_file_gone")
    if status is not None:
        rows = rows.filter(status=status)
    if warned:
        rows = rows.exclude(warnings=[])
    return rows if kind is None else rows.filter(kind=kind)
