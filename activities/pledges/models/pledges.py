"""The tables of pledges: templates, campaigns with their frozen denominators, and what was signed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from api.enums import LabelledEnum
from api.records import Record


class PledgeTopic(LabelledEnum):
    """What a pledge is about."""

    LAW = "law", "Chấp hành pháp luật", "Keeping the law"
    DRUGS = "drugs", "Phòng, chống ma túy", "Against drugs"
    WEAPONS_FIREWORKS = "weapons_fireworks", "Vũ khí, vật liệu nổ, pháo", "Weapons, explosives, fireworks"
    FIRE_SAFETY = "fire_safety", "Phòng cháy, chữa cháy", "Fire safety"
    TRAFFIC = "traffic", "An toàn giao thông", "Traffic safety"
    SECURITY = "security", "An ninh, trật tự", "Security and order"


class TemplateStatus(LabelledEnum):
    """How far a template has come. What was issued never changes; a correction is a new edition."""

    DRAFT = "draft", "Đang soạn", "Draft"
    ISSUED = "issued", "Đã ban hành", "Issued"
    RETIRED = "retired", "Thôi dùng", "Retired"


class SignerType(LabelledEnum):
    """Who pledges."""

    HOUSEHOLD = "household", "Hộ gia đình", "Household"
    CLAN = "clan", "Dòng họ", "Clan"
    VEHICLE_OWNER = "vehicle_owner", "Chủ phương tiện", "Vehicle owner"
    SCHOOL = "school", "Nhà trường", "School"
    SHOP = "shop", "Cơ sở kinh doanh", "Shop"


class PledgeMethod(LabelledEnum):
    """How it is signed. `otp` and `digital_signature` aren't available yet."""

    PAPER = "paper", "Ký trên giấy", "On paper"
    SCREEN = "screen", "Ký trên màn hình", "On the screen"
    OTP = "otp", "Mã xác nhận một lần", "One-time code"
    DIGITAL_SIGNATURE = "digital_signature", "Chữ ký số", "Digital signature"


class PledgeStatus(LabelledEnum):
    """What became of asking somebody to sign."""

    DRAFT = "draft", "Chưa ký", "Not signed yet"
    SIGNED = "signed", "Đã ký", "Signed"
    EXPIRED = "expired", "Hết hạn", "Expired"
    WITHDRAWN = "withdrawn", "Đã rút", "Withdrawn"
    REFUSED = "refused", "Không ký", "Not signing"
    ABSENT = "absent", "Vắng nhà", "Nobody at home"


class FrozenMoment(LabelledEnum):
    """The ends of a campaign's period, at which the residents are written down."""

    START = "start", "Đầu đợt", "Start"
    END = "end", "Cuối đợt", "End"


class VerificationState(LabelledEnum):
    """What a stored pledge is when it is held against the hash of what was agreed to."""

    INTACT = "intact", "Còn nguyên như lúc ký", "As it was signed"
    CHANGED = "changed", "Đã bị sửa sau khi ký", "Changed after it was signed"
    WAITING = "waiting", "Máy chủ chưa có mẫu để kiểm tra", "Its template isn't known yet"


AGREED = frozenset({PledgeStatus.SIGNED.value, PledgeStatus.EXPIRED.value, PledgeStatus.WITHDRAWN.value})
"""The states of a pledge that was signed, whatever came after."""


class PledgeTemplate(Record):
    """One edition of the text that people agree to. An edition is a record: a correction supersedes, never changes."""

    title = models.TextField()
    clauses = ArrayField(models.TextField(), default=list)
    topics = ArrayField(models.TextField(), default=list)
    language = models.TextField()
    edition = models.IntegerField(default=1)
    supersedes_id = models.UUIDField(null=True)
    campaign_id = models.UUIDField(null=True)
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    status = models.TextField()
    title_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "pledge_template"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(
                fields=["campaign_id"], name="pledge_template_by_campaign", condition=~models.Q(campaign_id=None)
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=TemplateStatus.values), name="pledge_template_status"),
        )


class Campaign(Record):
    """A time in which an area asks its households to sign. Both days belong to it."""

    title = models.TextField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    template_ids = ArrayField(models.UUIDField(), default=list)
    households_at_start = models.IntegerField(null=True)
    households_at_end = models.IntegerField(null=True)
    title_fold = models.TextField(default="")

    class Meta(Record.Meta):
        db_table = "campaign"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(fields=["ends_on"], name="campaign_by_end", condition=models.Q(deleted_at=None)),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_on__gte=models.F("starts_on")), name="campaign_ends_after"),
        )


class CampaignDenominator(models.Model):
    """The resident households of a hamlet at an end of a campaign's period, written down once.

    The households themselves are kept, not their number alone: what is signed or delivered later counts among just
    these, so that a share never passes one. No `frozen_by`: the server did it when nobody had.
    """

    pk = models.CompositePrimaryKey("campaign_id", "moment", "area_id")
    campaign_id = models.UUIDField()
    moment = models.TextField()
    area_id = models.UUIDField()
    day = models.DateField()
    household_ids = ArrayField(models.UUIDField())
    frozen_at = models.DateTimeField()
    frozen_by = models.UUIDField(null=True)

    class Meta:
        db_table = "campaign_denominator"
        constraints = (
            models.CheckConstraint(condition=models.Q(moment__in=FrozenMoment.values), name="denominator_moment_known"),
        )


class Pledge(Record):
    """What somebody was asked to sign, and what came of it.

    `agreed_text` is the text that `content_hash` is over (see `activities.pledges.pledges.agreement`), kept as it was;
    it is on no wire but that of the verification.
    """

    template_id = models.UUIDField()
    signer_type = models.TextField()
    household_id = models.UUIDField(null=True)
    signed_household_id = models.UUIDField(null=True)
    signer_name = models.TextField(null=True)
    method = models.TextField()
    signature = models.JSONField(null=True)
    scan_media_id = models.UUIDField(null=True)
    witness_name = models.TextField(null=True)
    signed_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    status = models.TextField()
    withdrawn_on = models.DateField(null=True)
    withdrawal_note = models.TextField(null=True)
    renews_id = models.UUIDField(null=True)
    content_hash = models.TextField(null=True)
    agreed_text = models.TextField(null=True)
    erased_at = models.DateTimeField(null=True)
    scrubbed_at = models.DateTimeField(null=True)

    class Meta(Record.Meta):
        db_table = "pledge"
        indexes = (  # type: ignore[assignment]  # the base's tuple has one
            *Record.Meta.indexes,
            models.Index(fields=["household_id"], name="pledge_by_household", condition=~models.Q(household_id=None)),
            models.Index(
                fields=["template_id"],
                name="pledge_to_be_hashed",
                condition=models.Q(content_hash=None, status__in=sorted(AGREED), deleted_at=None),
            ),
            models.Index(
                fields=["expires_on"],
                name="pledge_to_expire",
                condition=models.Q(status=PledgeStatus.SIGNED.value, deleted_at=None) & ~models.Q(expires_on=None),
            ),
            models.Index(
                fields=["erased_at"],
                name="pledge_to_scrub",
                condition=models.Q(scrubbed_at=None) & ~models.Q(erased_at=None),
            ),
            models.Index(
                fields=["area_id"],
                name="pledge_counted",
                include=["household_id", "template_id", "signed_on", "expires_on", "withdrawn_on", "author_id"],
                condition=models.Q(deleted_at=None, signer_type=SignerType.HOUSEHOLD.value, status__in=sorted(AGREED)),
            ),
        )
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=PledgeStatus.values), name="pledge_status_known"),
            models.CheckConstraint(condition=models.Q(method__in=PledgeMethod.values), name="pledge_method_known"),
            models.CheckConstraint(condition=models.Q(signer_type__in=SignerType.values), name="pledge_signer_known"),
            models.CheckConstraint(
                condition=~models.Q(status__in=sorted(AGREED))
                | (models.Q(signed_on__isnull=False) & models.Q(signer_name__isnull=False)),
                name="pledge_signed_by_someone_some_day",
            ),
        )
