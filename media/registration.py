"""What media tells the wire about itself: its record type, problems, limits and check of readiness."""

from __future__ import annotations

from accounts.deliveries import register_pending
from accounts.events import register_events
from accounts.scrubbing import register_erasable
from api.health import register_check
from api.jobs import periodic
from api.meta import register_limits
from api.problems import FieldError, Text
from api.records import Known, RecordType, Wire, access, record_types, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep
from media import erasing_bytes, problems, storage  # noqa: F401  (jobs and problems register themselves)
from media.awaited import awaited
from media.erasing import consult
from media.models import CONTENT_TYPES, MOST_BYTES, Media, MediaStatus
from media.receipts import facts_of
from media.serializers import MOST_AT_ONCE, MediaAcknowledgement
from media.serializers import Media as MediaSerializer
from media.uploads import acknowledge, check_uploads


def rules(record: Wire, known: Known) -> list[FieldError]:
    """A content type that goes with the kind, a subject that exists or may, nothing altered under a receipt."""
    faults = []
    if record["content_type"] not in CONTENT_TYPES[record["kind"]]:
        faults.append(FieldError("/content_type", "type_not_of_kind", {"kind": record["kind"]}))
    subject = record["subject"]
    if subject and subject["type"] not in record_types():
        faults.append(FieldError("/subject/type", "invalid_choice", {"choices": ", ".join(sorted(record_types()))}))
    if subject and subject["id"] in known.get("erased", ()):
        faults.append(FieldError("/subject", "subject_erased"))
    if record["receipt"]:
        signed = facts_of(record["receipt"])
        faults += [FieldError(f"/{name}", "receipted") for name in ("sha256", "size") if record[name] != signed[name]]
    return faults


def derive(record: Wire, _: Known) -> Wire:
    """A new file waits for its bytes."""
    return {"status": record["status"] or MediaStatus.PENDING.value}


def verb(before: Wire | None, after: Wire | None) -> str:
    """Declared, changed or deleted; `verified` is said by the service that verifies."""
    return "declared" if before is None else "deleted" if after is None else "updated"


MEDIA = register(
    RecordType(
        name="media",
        collection="media",
        model=Media,
        serializer=MediaSerializer,
        access=access(
            read="front_work_head front_officer police_officer",
            write="member leader deputy_leader",
        ),
        row_security=True,
        filters=("kind", "status"),
        made_at="captured_at",
        consult=consult,
        rules=rules,
        derive=derive,
        verb=verb,
        verbs=frozenset({"declared", "updated", "verified", "deleted"}),
        acknowledge=acknowledge,
        acknowledgement=MediaAcknowledgement,
    )
)
register_erasable(MEDIA)
register_events("media.erased", "media.bytes_erased")
register_limits({"media_bytes": MOST_BYTES, "media_complete_ids": MOST_AT_ONCE})
register_check("storage", storage.probe, needed=False)
periodic("media.check_uploads", every_s=60, run=check_uploads)


register_pending("media", awaited)
keep(
    Kept(
        "media",
        Text(
            "Ảnh, phim, tài liệu làm bằng chứng cho công việc của tổ",
            "Photos, films and papers that prove a team's work",
        ),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    )
)
