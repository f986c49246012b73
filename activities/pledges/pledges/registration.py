"""What templates, campaigns and pledges tell the wire about themselves."""

from __future__ import annotations

from accounts.access_log import log_of
from accounts.events import register_events
from activities.pledges.models.pledges import Campaign, Pledge, PledgeTemplate
from activities.pledges.pledges import consulting, problems, rules  # noqa: F401  (problems register themselves)
from activities.pledges.pledges.serializers import MOST_CLAUSES, MOST_POINTS, MOST_STROKES
from activities.pledges.pledges.serializers import Campaign as CampaignSerializer
from activities.pledges.pledges.serializers import Pledge as PledgeSerializer
from activities.pledges.pledges.serializers import PledgeTemplate as TemplateSerializer
from api.meta import register_limits
from api.problems import Text
from api.records import RecordType, access, register
from api.retention import PUBLIC_TASK, WITH_THE_RECORD, Kept, keep, keep_impersonal
from api.row_security import register_guard

_EVERYONE = "member leader deputy_leader front_work_head police_officer analyst"


PLEDGE_TEMPLATE = register(
    RecordType(
        name="pledge_template",
        collection="pledge_templates",
        model=PledgeTemplate,
        serializer=TemplateSerializer,
        access=access(read=_EVERYONE, write="front_officer"),
        downward=True,
        filters=("status", "language", "campaign_id"),
        search=("title_fold",),
        consult=consulting.for_templates,
        rules=rules.template_faults,
        derive=rules.derive_template,
        columns=rules.template_columns,
        alongside=consulting.beside_templates,
    )
)
CAMPAIGN = register(
    RecordType(
        name="campaign",
        collection="campaigns",
        model=Campaign,
        serializer=CampaignSerializer,
        access=access(read=_EVERYONE, write="front_work_head front_officer"),
        downward=True,
        search=("title_fold",),
        consult=consulting.for_campaigns,
        rules=rules.campaign_faults,
        columns=rules.template_columns,
        verbs=frozenset({"created", "updated", "deleted", "frozen"}),
    )
)
PLEDGE = register(
    RecordType(
        name="pledge",
        collection="pledges",
        model=Pledge,
        serializer=PledgeSerializer,
        access=access(
            read="police_officer",
            write="member leader deputy_leader front_work_head front_officer",
            count="analyst",
        ),
        row_security=True,
        # None by `status`: nobody is to list who refused.
        filters=("household_id", "template_id", "signer_type", "method"),
        consult=consulting.for_pledges,
        allows=rules.pledge_allows,
        lasts=("pledge_signed", rules.was_agreed_to),
        rules=rules.pledge_faults,
        derive=rules.derive_pledge,
        alongside=consulting.beside_pledges,
        verb=rules.pledge_verb,
        seen=log_of("pledges"),
        verbs=frozenset({"created", "updated", "signed", "withdrawn", "expired", "deleted"}),
    )
)
register_events("pledge.erased")
register_guard(
    "campaign_denominator",
    read="member leader deputy_leader police_officer",
    write="front_work_head front_officer",
    count="analyst",
)
register_limits({"signature_strokes": MOST_STROKES, "signature_points": MOST_POINTS, "template_clauses": MOST_CLAUSES})
_PURPOSE = Text("Ghi lại ai đã cam kết điều gì, để chứng minh", "Recording who pledged what, and proving it")
keep(
    Kept("pledge", _PURPOSE, PUBLIC_TASK, WITH_THE_RECORD),
    Kept(
        "campaign_denominator",
        Text("Tính tỷ lệ hộ đã cam kết của một đợt", "The share of households that pledged in a campaign"),
        PUBLIC_TASK,
        WITH_THE_RECORD,
    ),
)
keep_impersonal("pledge_template campaign")
