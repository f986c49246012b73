"""The table of files: what was declared of each, and whether the store holds exactly that."""

from django.db import models
from django.db.models.functions import Now

from api.enums import LabelledEnum
from api.records import Record


class MediaKind(LabelledEnum):
    """What a file is to people."""

    PHOTO = "photo", "Ảnh", "Photo"
    VIDEO = "video", "Video", "Video"
    AUDIO = "audio", "Ghi âm", "Audio"
    DOCUMENT = "document", "Tài liệu", "Document"


class MediaContentType(LabelledEnum):
    """What a file is to machines; M4A goes by its registered name, audio/mp4."""

    JPEG = "image/jpeg", "Ảnh JPEG", "JPEG image"
    PNG = "image/png", "Ảnh PNG", "PNG image"
    HEIC = "image/heic", "Ảnh HEIC", "HEIC image"
    WEBP = "image/webp", "Ảnh WebP", "WebP image"
    PDF = "application/pdf", "Tài liệu PDF", "PDF document"
    M4A = "audio/mp4", "Âm thanh M4A", "M4A audio"
    MP4 = "video/mp4", "Video MP4", "MP4 video"


class MediaStatus(LabelledEnum):
    """How far the bytes have come."""

    PENDING = "pending", "Chờ tải lên", "Waiting for its bytes"
    VERIFIED = "verified", "Đã kiểm tra", "Verified"


IMAGES = frozenset({MediaContentType.JPEG, MediaContentType.PNG, MediaContentType.HEIC, MediaContentType.WEBP})
CONTENT_TYPES = {
    MediaKind.PHOTO: IMAGES,
    MediaKind.VIDEO: frozenset({MediaContentType.MP4}),
    MediaKind.AUDIO: frozenset({MediaContentType.M4A}),
    # A paper is photographed more often than scanned.
    MediaKind.DOCUMENT: IMAGES | {MediaContentType.PDF},
}
MOST_BYTES = 200 * 1024 * 1024


class Media(Record):
    """A file. `stored_at` is when the store took its bytes, by the store's clock; the receipt says the same.

    `check_after` belongs to the job that looks for uploads whose `complete` never came; it is no part of the record.
    """

    kind = models.TextField()
    sha256 = models.TextField()
    size = models.BigIntegerField()
    content_type = models.TextField()
    captured_at = models.DateTimeField()
    location_lon = models.FloatField(null=True)
    location_lat = models.FloatField(null=True)
    location_accuracy_m = models.FloatField(null=True)
    subject_type = models.TextField(null=True)
    subject_id = models.UUIDField(null=True)
    status = models.TextField(default=MediaStatus.PENDING, db_default=MediaStatus.PENDING)
    stored_at = models.DateTimeField(null=True)
    receipt = models.TextField(null=True)
    check_after = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        db_table = "media"
        indexes = [
            *Record.Meta.indexes,
            models.Index(fields=["author_id", "sha256"], name="media_by_bytes"),
            models.Index(fields=["subject_id"], name="media_by_subject", condition=~models.Q(subject_id=None)),
            models.Index(
                fields=["check_after"], name="media_to_check", condition=models.Q(status="pending", deleted_at=None)
            ),
            models.Index(
                fields=["erased_at"],
                name="media_to_scrub",
                condition=models.Q(scrubbed_at=None) & ~models.Q(erased_at=None),
            ),
        ]
        constraints = (
            models.CheckConstraint(
                name="media_verified_with_receipt",
                condition=models.Q(status="verified", receipt__isnull=False, stored_at__isnull=False)
                | models.Q(~models.Q(status="verified"), receipt=None, stored_at=None),
            ),
            models.CheckConstraint(name="media_size", condition=models.Q(size__gte=1, size__lte=MOST_BYTES)),
            models.CheckConstraint(name="media_sha256", condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$")),
        )
