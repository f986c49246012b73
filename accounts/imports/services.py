"""Imports as services: brought, applied, deactivated. Each writes its audit event; the work itself is done by jobs."""

from __future__ import annotations

import hashlib
import uuid

from django.db import transaction

from accounts.events import record
from accounts.imports.kinds import ImportKind, import_kind
from accounts.imports.reading import MOST_BYTES, check_size
from accounts.imports.states import CARRY_OUT, CHECK, CORRECTABLE, UNDO, ImportStatus
from accounts.models import Import, ImportFile, ImportThing
from accounts.rights import person, require_in, require_somewhere
from accounts.scoping import SessionActor
from api import jobs
from api.actors import Actor, Event
from api.localtime import now
from api.problems import Problem
from api.sync import store
from api.text import nfc


def receive_import(
    *,
    actor: Actor,
    kind: str,
    content: bytes,
    content_type: str,
    filename: str = "",
    area_id: uuid.UUID | None = None,
    corrects: Import | None = None,
) -> Import:
    """Keep a file and have it checked, by whoever may import such, for an area of theirs (the only one unless told).

    `corrects`: the import that went wrong, and which this file brings anew. Nothing is changed by it. Raises Problem
    `not_found` and `forbidden` for the area, `import_area_needed`, `import_stands`, `body_too_large`,
    `import_unreadable`, `import_too_large`, and what the kind's `screen` finds: then nothing of the file is kept.
    """
    who = person(actor)
    assert who is not None, "an import has an author"
    about = import_kind(kind)
    area = _area_of(who, about, area_id)
    if len(content) > MOST_BYTES:
        raise Problem("body_too_large", params={"limit": MOST_BYTES})
    check_size(content, content_type)
    if about.screen:
        about.screen(content, content_type)
    moment = now()
    found = Import(
        kind=about.name,
        area_id=area,
        author_id=who.user_id,
        session_id=who.session_id,
        filename=" ".join(nfc(filename).split())[:200],
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        corrects_id=corrects.id if corrects else None,
        created_at=moment,
        kept_until=moment + about.kept,
    )
    with transaction.atomic():
        if corrects:
            _succeed(corrects, found)
        found.save(force_insert=True)
        ImportFile.objects.create(import_id=found.id, content=content, created_at=moment)
        store.run([jobs.put(CHECK, str(found.id))])
        _record(actor, "import.received", found)
    return found


def _succeed(wrong: Import, by: Import) -> None:
    """An import that went wrong has a successor; the latest counts."""
    correctable = Import.objects.filter(id=wrong.id, status__in=CORRECTABLE)
    if not correctable.update(corrected_by_id=by.id):
        raise Problem("import_stands")


def check_again(*, actor: Actor, found: Import) -> Import:
    """The same file once more as it stands, for an import that went wrong by what changed around it.

    Asked twice, it is the same new import, unless that went wrong too. Raises Problem `import_stands`, and
    `import_file_gone` once it was kept for its time.
    """
    require_in(actor, found.area_id, import_kind(found.kind).roles)
    with transaction.atomic():
        found = Import.objects.select_for_update(no_key=True).get(id=found.id)
        if found.corrected_by_id:
            again = Import.objects.filter(id=found.corrected_by_id, sha256=found.sha256)
            if standing := again.exclude(status__in=CORRECTABLE).first():
                return standing
        file = ImportFile.objects.filter(import_id=found.id).first()
        if file is None:
            raise Problem("import_file_gone")
        return receive_import(
            actor=actor,
            kind=found.kind,
            content=bytes(file.content),
            content_type=found.content_type,
            filename=found.filename,
            area_id=found.area_id,
            corrects=found,
        )


def _area_of(who: SessionActor, kind: ImportKind, area_id: uuid.UUID | None) -> uuid.UUID:
    """The area that an import is for; the actor must have a role there that may import such."""
    if area_id is not None:
        require_in(who, area_id, kind.roles)
        return area_id
    require_somewhere(who, kind.roles)
    held = {holding.area_id for holding in who.holdings if holding.role in kind.roles}
    if len(held) > 1:
        raise Problem("import_area_needed")
    return held.pop()


def apply_import(*, actor: Actor, found: Import) -> Import:
    """Have a checked import applied, all or nothing. Applying what is being applied, or was, changes nothing.

    Raises Problem `import_faulty` if any row is, and `import_not_ready` before the check is done or after it failed.
    """
    require_in(actor, found.area_id, import_kind(found.kind).roles)
    with transaction.atomic():
        found = Import.objects.select_for_update(no_key=True).get(id=found.id)
        if found.status in (ImportStatus.APPLYING, ImportStatus.APPLIED):
            return found
        if found.status == ImportStatus.FAULTY:
            raise Problem("import_faulty", params={"faults": fault_count(found)})
        if found.status != ImportStatus.READY:
            raise Problem("import_not_ready")
        who = person(actor)
        found.status, found.apply_asked_at, found.rows_done = ImportStatus.APPLYING.value, now(), 0
        found.session_id = who.session_id if who else found.session_id
        found.save(update_fields=["status", "apply_asked_at", "rows_done", "session_id"])
        store.run([jobs.put(CARRY_OUT, str(found.id))])
        _record(actor, "import.apply_asked", found)
    return found


def undo_import(*, actor: Actor, found: Import) -> Import:
    """Have all that an import made deactivated, as far as it still stands as it was made. A repeat changes nothing.

    Raises Problem `import_not_applied`.
    """
    require_in(actor, found.area_id, import_kind(found.kind).roles)
    with transaction.atomic():
        found = Import.objects.select_for_update(no_key=True).get(id=found.id)
        if found.status in (ImportStatus.DEACTIVATING, ImportStatus.DEACTIVATED):
            return found
        if found.status != ImportStatus.APPLIED:
            raise Problem("import_not_applied")
        who = person(actor)
        found.status, found.deactivate_asked_at, found.rows_done = ImportStatus.DEACTIVATING.value, now(), 0
        found.rows_total = ImportThing.objects.filter(import_id=found.id).count()
        found.session_id, found.deactivated_by = (who.session_id if who else found.session_id), actor.user_id
        found.save()
        store.run([jobs.put(UNDO, str(found.id))])
        _record(actor, "import.deactivate_asked", found)
    return found


def fault_count(found: Import) -> int:
    """How many rows of an import are faulty."""
    return sum(counts.get("fault", 0) for counts in found.counts.values())


def _record(actor: Actor, name: str, found: Import) -> None:
    details: dict[str, object] = {"kind": found.kind, "sha256": found.sha256, "size": found.size}
    if found.corrects_id:
        details["corrects"] = str(found.corrects_id)
    record(Event(name, area_id=found.area_id, subject_type="import", subject_id=found.id, details=details), by=actor)
