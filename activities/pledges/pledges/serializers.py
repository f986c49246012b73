"""The shapes of templates, campaigns and pledges on the wire."""

from rest_framework import serializers

from activities.pledges.models.pledges import (
    FrozenMoment,
    PledgeMethod,
    PledgeStatus,
    PledgeTopic,
    SignerType,
    VerificationState,
)
from activities.pledges.models.pledges import TemplateStatus as Status
from api.fields import Choice, Day, Flag, Id, Integer, ListOf, Moment, Nested, Number, Text
from api.shapes import RecordSerializer

AGREEMENT = "group:agreement"
MOST_CLAUSES, MOST_STROKES, MOST_POINTS = 60, 200, 4000


class PledgeTemplate(RecordSerializer):
    """One edition of the text that people agree to; `clauses` are numbered by their places, from 1.

    Once `issued` its words never change: a correction is a new template whose `supersedes_id` names this one.
    """

    title = Text(max_length=300)
    clauses = ListOf(child=Text(max_length=2000), max_length=MOST_CLAUSES, required=False, default=list)
    topics = ListOf(child=Choice(choices=PledgeTopic.choices), merge="set", required=False, default=list)
    language = Text(max_length=3, pattern="^[a-z]{2,3}$", required=False, default="vi")
    edition = Integer(read_only=True, help_text="Counts the editions of a text, from 1.")
    supersedes_id = Id(required=False, allow_null=True)
    campaign_id = Id(required=False, allow_null=True)
    valid_from = Day(required=False, allow_null=True)
    valid_until = Day(required=False, allow_null=True)
    status = Choice(choices=Status.choices, required=False, default=Status.DRAFT.value)


class Campaign(RecordSerializer):
    """A time in which an area, and all below it, asks its households to sign. Both days belong to it.

    How many households were resident at either end stands in it once that is written down.
    """

    title = Text(max_length=300)
    starts_on = Day(merge="group:period")
    ends_on = Day(merge="group:period")
    template_ids = ListOf(child=Id(), merge="set", max_length=50, required=False, default=list)
    households_at_start = Integer(read_only=True, allow_null=True)
    households_at_end = Integer(read_only=True, allow_null=True)


class SignatureStroke(Nested):
    """One line without lifting the finger: `t_ms` after the first touch, then differences from point to point.

    Row 0 of `dx` and `dy` is the place itself, from the top left corner, and of `dt_ms` it is 0.
    """

    t_ms = Integer(min_value=0, max_value=3_600_000)
    dx = ListOf(child=Integer(min_value=-10_000, max_value=10_000), max_length=1000)
    dy = ListOf(child=Integer(min_value=-10_000, max_value=10_000), max_length=1000)
    dt_ms = ListOf(child=Integer(min_value=0, max_value=3_600_000), max_length=1000)


class Signature(Nested):
    """A signature on the screen as lines with times, in a box of `width` by `height` units."""

    width = Integer(min_value=1, max_value=10_000)
    height = Integer(min_value=1, max_value=10_000)
    strokes = ListOf(child=SignatureStroke(), max_length=MOST_STROKES)


class Pledge(RecordSerializer):
    """What somebody was asked to sign, and what came of it. What was signed is never altered: withdraw and sign anew.

    `content_hash` is over the exact text that was agreed to; null while the server doesn't know the template yet.
    `signed_household_id` is the household as it was named then; `household_id` follows a merge.
    """

    template_id = Id(merge=AGREEMENT)
    signer_type = Choice(choices=SignerType.choices, merge=AGREEMENT)
    household_id = Id(merge=AGREEMENT, required=False, allow_null=True)
    signed_household_id = Id(read_only=True, allow_null=True)
    signer_name = Text(max_length=200, merge=AGREEMENT, required=False, allow_null=True)
    method = Choice(choices=PledgeMethod.choices, merge=AGREEMENT)
    signature = Signature(merge=AGREEMENT, required=False, allow_null=True)
    scan_media_id = Id(merge=AGREEMENT, required=False, allow_null=True)
    witness_name = Text(max_length=200, merge=AGREEMENT, required=False, allow_null=True)
    signed_on = Day(merge=AGREEMENT, required=False, allow_null=True)
    expires_on = Day(merge=AGREEMENT, required=False, allow_null=True, help_text="The last day on which it holds.")
    status = Choice(choices=PledgeStatus.choices, merge=AGREEMENT)
    withdrawn_on = Day(merge=AGREEMENT, required=False, allow_null=True, help_text="From this day on it holds no more.")
    withdrawal_note = Text(max_length=1000, merge=AGREEMENT, required=False, allow_null=True)
    renews_id = Id(required=False, allow_null=True)
    content_hash = Text(max_length=64, read_only=True, allow_null=True)


class PledgeWithdrawInput(serializers.Serializer):
    """From when on a pledge holds no more; today if it is left out."""

    withdrawn_on = Day(required=False, allow_null=True)
    withdrawal_note = Text(max_length=1000, required=False, allow_null=True)


class CampaignFreezeInput(serializers.Serializer):
    """Which end of the period."""

    moment = Choice(choices=FrozenMoment.choices)


class CampaignFrozen(serializers.Serializer):
    """The denominator of a campaign at one end of its period. `frozen_by_id` is null if the server did it."""

    campaign_id = Id()
    moment = Choice(choices=FrozenMoment.choices)
    day = Day()
    hamlets = Integer()
    households = Integer()
    frozen_at = Moment()
    frozen_by_id = Id(allow_null=True)


class CoverageItem(serializers.Serializer):
    """How many of the resident households hold a valid signed pledge, under one key: an area, template or campaign."""

    key = Id(help_text="The area, template or campaign that `by` asks for.")
    covered = Integer()
    households = Integer()
    share = Number(allow_null=True, help_text="`covered` ÷ `households`; null where there are none.")
    frozen = Flag(help_text="Whether `households` are those written down at the end of the campaign.")


class Coverage(serializers.Serializer):
    """Coverage at the end of a day, and the whole of it."""

    area_id = Id()
    as_of = Day()
    by = serializers.CharField()
    covered = Integer(allow_null=True)
    households = Integer(allow_null=True)
    share = Number(allow_null=True)
    items = CoverageItem(many=True)


class PledgeVerification(serializers.Serializer):
    """Whether a pledge is as it was signed, and whether it holds today; nothing of who signed it."""

    pledge_id = Id()
    state = Choice(choices=VerificationState.choices)
    valid = Flag()
    content_hash = Text(max_length=64, allow_null=True)
    hash_matches = Flag(allow_null=True)
    template_title = Text(max_length=300, allow_null=True)
    signed_on = Day()
    expires_on = Day(allow_null=True)
    withdrawn_on = Day(allow_null=True)


class PledgeVerifyInput(serializers.Serializer):
    """The hash that stands on the sheet."""

    content_hash = Text(max_length=64, pattern="^[0-9a-f]{64}$", required=False, allow_null=True)


class PledgeAgreement(PledgeVerification):
    """The same for the pledge's own area: which parts changed, and the text that was agreed to."""

    changed = ListOf(child=Text(max_length=40))
    computed_hash = Text(max_length=64, allow_null=True)
    agreed_text = Text(max_length=200_000, allow_null=True)
