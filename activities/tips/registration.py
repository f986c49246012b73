"""What tips tell the wire about themselves: events, problems, retention, limits and what runs by the clock."""

import datetime as dt

from accounts.events import register_events
from activities.tips import problems  # noqa: F401  (register themselves)
from activities.tips.clock import BEAT_S, beat, find_overdue
from activities.tips.handling import VERBS
from activities.tips.serializers import LONGEST_SOURCE, LONGEST_TEXT
from api.jobs import periodic
from api.meta import register_limits
from api.problems import Text
from api.retention import PUBLIC_TASK, Kept, keep, keep_impersonal

_YEARS = dt.timedelta(days=5 * 365)
_PURPOSE = Text(
    "Tiếp nhận, xác minh tin báo về an ninh, trật tự mà không để lộ người báo",
    "Taking and verifying what people tell of security and order, without giving them away",
)
_FIVE_YEARS = Text("5 năm sau tháng nhận tin", "5 years after the month in which it came")
# By whole months: counts of a month don't shrink day by day.
_OLD = (
    "(date_trunc('month', hour AT TIME ZONE 'Asia/Ho_Chi_Minh') + interval '1 month')"
    " AT TIME ZONE 'Asia/Ho_Chi_Minh' < %(before)s"
)


def _beside(table: str) -> Kept:
    """What belongs to a tip goes after it."""
    gone = f"NOT EXISTS (SELECT FROM tip t WHERE t.id = {table}.tip_id)"
    return Kept(table, _PURPOSE, PUBLIC_TASK, _FIVE_YEARS, gone, _YEARS)


register_events("tip.received", "tip.message_received", "tip.overdue", police=True)
register_events("tips.listed", "tip.viewed", "tip.answered", *(f"tip.{verb}" for verb in VERBS.values()), police=True)
register_events("tip.source_taken", "tip.source_resealed", "tip_key.published", "tip_key.ended", police=True)
register_limits({"tip_text_characters": LONGEST_TEXT, "tip_source_characters": LONGEST_SOURCE})
periodic("tips.mix", every_s=BEAT_S, run=beat, traceless=True)
periodic("tips.find_overdue", every_s=300, run=find_overdue)
keep(
    Kept("tip", _PURPOSE, PUBLIC_TASK, _FIVE_YEARS, _OLD, _YEARS),
    _beside("tip_source"),
    _beside("tip_message"),
    _beside("tip_opening"),
)
keep_impersonal("tip_key tip_challenge")
