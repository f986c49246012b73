"""The tables of tips. None names who sent one, from what, or when beyond the hour; the database guards each by rows.

What a row's place and age in the database would tell of its moment, `clock.mix` takes away after the hour.
"""

from django.db import models

from api.enums import LabelledEnum


class TipCategory(LabelledEnum):
    """What a tip is about."""

    DRUGS = "drugs", "Ma túy", "Drugs"
    THEFT = "theft", "Trộm cắp", "Theft"
    LOAN_SHARK = "loan_shark", "Tín dụng đen", "Loan sharks"
    TRAFFICKING = "trafficking", "Mua bán người", "Trafficking in people"
    FRAUD = "fraud", "Lừa đảo", "Fraud"
    GAMBLING = "gambling", "Đánh bạc", "Gambling"
    DISTURBANCE = "disturbance", "Gây rối trật tự", "Disturbance"
    DOMESTIC_VIOLENCE = "domestic_violence", "Bạo lực gia đình", "Domestic violence"
    OTHER = "other", "Khác", "Other"


class TipUrgency(LabelledEnum):
    """How soon somebody should look at it."""

    NORMAL = "normal", "Bình thường", "Normal"
    SOON = "soon", "Cần xem sớm", "Soon"
    URGENT = "urgent", "Khẩn cấp", "Urgent"


class TipChannel(LabelledEnum):
    """How it came."""

    APP = "app", "Ứng dụng", "App"
    WEB = "web", "Trang tin báo công khai", "Public page"
    PHONE = "phone", "Điện thoại", "Telephone"
    IN_PERSON = "in_person", "Gặp trực tiếp", "In person"
    MAILBOX = "mailbox", "Hòm thư tố giác", "Mailbox"


class TipStatus(LabelledEnum):
    """How far the police have come with it."""

    NEW = "new", "Mới", "New"
    ACKNOWLEDGED = "acknowledged", "Đã tiếp nhận", "Acknowledged"
    FORWARDED = "forwarded", "Đã chuyển", "Forwarded"
    VERIFYING = "verifying", "Đang xác minh", "Being verified"
    VALUABLE = "valuable", "Có giá trị", "Valuable"
    UNFOUNDED = "unfounded", "Không có căn cứ", "Unfounded"
    CLOSED = "closed", "Đã kết thúc", "Closed"


class TipSender(LabelledEnum):
    """Who wrote a message."""

    POLICE = "police", "Công an", "Police"
    SOURCE = "source", "Người báo tin", "Source"


WAITING = (TipStatus.NEW, TipStatus.ACKNOWLEDGED)
"""The states in which the 24 hours run."""


class Tip(models.Model):
    """A tip. `unit_id` is the commune whose police look after it, as it was then; `hour` when it came.

    `source_key_id` is the key that its source is sealed to. `status` to `note` are the police's: where they are with
    it, and when it first left the states in `WAITING`. `rung`: their phones were rung for it, as it was urgent.
    """

    id = models.UUIDField(primary_key=True)
    area_id = models.UUIDField()
    unit_id = models.UUIDField()
    hour = models.DateTimeField()
    category = models.TextField()
    text = models.TextField()
    place = models.TextField(null=True)
    location_lon = models.FloatField(null=True)
    location_lat = models.FloatField(null=True)
    urgency = models.TextField()
    channel = models.TextField()
    receipt_hash = models.UUIDField(unique=True)
    content_hash = models.BinaryField(max_length=32)
    source_key_id = models.UUIDField(null=True)
    mixed = models.BooleanField(default=False)
    status = models.TextField(default=TipStatus.NEW)
    status_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    forwarded_to = models.TextField(null=True)
    note = models.TextField(null=True)
    overdue_told = models.BooleanField(default=False)
    rung = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "tip"
        indexes = (
            models.Index(fields=["area_id", "-hour", "-id"], name="tip_by_area"),
            models.Index(fields=["source_key_id"], name="tip_by_key", condition=models.Q(source_key_id__isnull=False)),
            models.Index(fields=["hour"], name="tip_to_mix", condition=models.Q(mixed=False)),
            models.Index(
                fields=["hour"], name="tip_waiting", condition=models.Q(status__in=WAITING, overdue_told=False)
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(category__in=TipCategory.values), name="tip_category_known"),
            models.CheckConstraint(condition=models.Q(urgency__in=TipUrgency.values), name="tip_urgency_known"),
            models.CheckConstraint(condition=models.Q(channel__in=TipChannel.values), name="tip_channel_known"),
            models.CheckConstraint(condition=models.Q(status__in=TipStatus.values), name="tip_status_known"),
        )


class TipSource(models.Model):
    """Who sent a tip, sealed to a key of the police: nobody without its private half reads it, the server least."""

    tip_id = models.UUIDField(primary_key=True)
    area_id = models.UUIDField()
    sealed = models.BinaryField()

    class Meta:
        db_table = "tip_source"


class TipMessage(models.Model):
    """What police and source write to one another after the tip, in the order of `no`."""

    id = models.UUIDField(primary_key=True)
    tip_id = models.UUIDField()
    area_id = models.UUIDField()
    no = models.IntegerField()
    sender = models.TextField()
    hour = models.DateTimeField()
    text = models.TextField()
    mixed = models.BooleanField(default=False)

    class Meta:
        db_table = "tip_message"
        constraints = (
            models.UniqueConstraint(fields=["tip_id", "no"], name="tip_message_once"),
            models.CheckConstraint(condition=models.Q(sender__in=TipSender.values), name="tip_message_sender_known"),
        )
        indexes = (models.Index(fields=["hour"], name="tip_message_to_mix", condition=models.Q(mixed=False)),)


class TipOpening(models.Model):
    """That an officer took the sealed source of a tip, and why. Never changed."""

    id = models.UUIDField(primary_key=True)
    tip_id = models.UUIDField()
    area_id = models.UUIDField()
    user_id = models.UUIDField()
    reason = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "tip_opening"
        indexes = (models.Index(fields=["tip_id"], name="tip_opening_by_tip"),)


class TipKey(models.Model):
    """A public key (X25519) of the police of an area. `id` follows from the key; the private half is never here."""

    id = models.UUIDField(primary_key=True)
    area_id = models.UUIDField()
    public_key = models.BinaryField(max_length=32)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        db_table = "tip_key"
        indexes = (models.Index(fields=["area_id", "-valid_from"], name="tip_key_by_area"),)


class TipChallenge(models.Model):
    """A challenge that was used, by the keyed hash of what makes it unique, until it is of no use any more."""

    nonce_hash = models.BinaryField(primary_key=True, max_length=32)
    hour = models.DateTimeField()

    class Meta:
        db_table = "tip_challenge"
