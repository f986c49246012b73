"""How many of the resident households hold a valid signed pledge, at the end of any local day, past ones too.

What counts is what is known now of that day: what was delivered late counts on the day it was signed. A household that
was merged is the one it was merged into, on every day. What was made in a hamlet that has ended counts where it went.
At the end of a campaign's period, and after, its denominator is the one that was written down (`freezing`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import orjson

from accounts.areas.tree import below
from accounts.rights import require_in
from activities.pledges.households.residence import RESIDENT
from activities.pledges.pledges.registration import CAMPAIGN, PLEDGE
from api.actors import Actor, Statement
from api.enums import LabelledEnum
from api.listing import read_one
from api.localtime import local_day, now
from api.postgres import ask
from api.records import Wire


class CoverageBy(LabelledEnum):
    """What the shares are asked for."""

    HAMLET = "hamlet", "Theo thôn", "By hamlet"
    COMMUNE = "commune", "Theo xã", "By commune"
    TEMPLATE = "template", "Theo mẫu", "By template"
    CAMPAIGN = "campaign", "Theo đợt", "By campaign"


def _holds(alias: str, day: str) -> str:
    """SQL: a placement, of whichever tree, holds on a day."""
    return (
        f"({alias}.valid_from IS NULL OR {alias}.valid_from <= {day})"
        f" AND ({alias}.valid_to IS NULL OR {alias}.valid_to > {day})"
    )


HAMLETS = f"""
asked AS (SELECT %s::uuid AS root_id, %s::date AS day, %s::uuid AS template_id, %s::uuid AS campaign_id),
root AS (
  SELECT p.path FROM asked JOIN area_placement p ON p.area_id = asked.root_id
  WHERE p.tree = 'administrative' AND {_holds("p", "asked.day")}),
hamlet AS MATERIALIZED (
  SELECT p.area_id, p.parent_id, p.path FROM asked CROSS JOIN root
    JOIN area_placement p ON {below("p", "root.path")} AND p.tree = 'administrative' AND {_holds("p", "asked.day")}
    JOIN area a ON a.id = p.area_id AND a.level = 'hamlet'),
member AS MATERIALIZED (
  SELECT h.area_id AS hamlet_id, p.area_id FROM asked CROSS JOIN hamlet h
    JOIN area_placement p ON {below("p", "h.path")} AND {_holds("p", "asked.day")}
  WHERE NOT EXISTS (SELECT FROM area_succession s WHERE s.from_area_id = p.area_id
    AND s.to_area_id = p.parent_id AND s.kind = 'split' AND NOT s.is_default))
"""
"""CTEs: the hamlets of an area on a day, and whose records each counts: its own, and those of what went into it."""

VALID = """{p}.deleted_at IS NULL AND {p}.status IN ('signed', 'expired', 'withdrawn') AND {p}.signed_on <= {day}
  AND ({p}.expires_on IS NULL OR {p}.expires_on >= {day}) AND ({p}.withdrawn_on IS NULL OR {p}.withdrawn_on > {day})"""
"""Whether a pledge (row `p`) holds at the end of a local day (an SQL term)."""

_NONE = "'00000000-0000-0000-0000-000000000000'::uuid"
_NO_CAMPAIGN = f"""
scope AS (SELECT {_NONE} AS campaign_id, area_id AS hamlet_id, false AS frozen FROM hamlet)
"""
# A campaign is about what lies below its area; of those that lie below the asked area, all are.
_CAMPAIGNS = f"""
campaign_here AS MATERIALIZED (
  SELECT c.id, p.path, c.ends_on <= asked.day AND EXISTS (
      SELECT FROM campaign_denominator d WHERE d.campaign_id = c.id AND d.moment = 'end') AS frozen
  FROM asked CROSS JOIN root JOIN campaign c ON c.deleted_at IS NULL AND c.starts_on <= asked.day
    AND (asked.campaign_id IS NULL OR c.id = asked.campaign_id)
    JOIN area_placement p ON p.area_id = c.area_id AND p.tree = 'administrative' AND {_holds("p", "asked.day")}
  WHERE {below("p", "root.path")} OR {below("root", "p.path")}),
scope AS MATERIALIZED (
  SELECT c.id AS campaign_id, h.area_id AS hamlet_id, c.frozen
  FROM campaign_here c JOIN hamlet h ON {below("h", "c.path")}),
belongs AS MATERIALIZED (
  SELECT DISTINCT c.id AS campaign_id, t.template_id FROM campaign_here h JOIN campaign c USING (id)
    CROSS JOIN LATERAL (
      SELECT unnest(c.template_ids) UNION SELECT id FROM pledge_template WHERE campaign_id = c.id) t(template_id))
"""
_COUNTED = f"""
resident AS MATERIALIZED (
  SELECT s.campaign_id, s.hamlet_id, h.id AS household_id FROM asked CROSS JOIN scope s
    JOIN member USING (hamlet_id) JOIN household h ON h.area_id = member.area_id
  WHERE NOT s.frozen AND {RESIDENT.format(h="h", day="asked.day")}
  UNION ALL
  SELECT s.campaign_id, s.hamlet_id, coalesce(m.merged_into_id, f.id) FROM scope s
    JOIN campaign_denominator d ON d.campaign_id = s.campaign_id AND d.area_id = s.hamlet_id AND d.moment = 'end'
    CROSS JOIN unnest(d.household_ids) f(id)
    LEFT JOIN household m ON m.id = f.id AND m.merged_into_id IS NOT NULL
  WHERE s.frozen),
signed AS MATERIALIZED (
  SELECT DISTINCT member.hamlet_id, coalesce(m.merged_into_id, p.household_id) AS household_id, p.template_id
  FROM asked CROSS JOIN member JOIN pledge p USING (area_id)
    LEFT JOIN household m ON m.id = p.household_id AND m.merged_into_id IS NOT NULL
  WHERE p.signer_type = 'household' AND {VALID.format(p="p", day="asked.day")}
    AND (asked.template_id IS NULL OR p.template_id = asked.template_id)),
covered AS MATERIALIZED (
  SELECT DISTINCT s.campaign_id, s.hamlet_id, g.household_id FROM scope s JOIN signed g USING (hamlet_id) {{belongs}})
"""
_BELONGS = "JOIN belongs b ON b.campaign_id = s.campaign_id AND b.template_id = g.template_id"
_OF_RESIDENTS = "resident r LEFT JOIN covered c USING (campaign_id, hamlet_id, household_id)"
_BY_AREA = f"""
SELECT h.{{key}} AS key, count(r.household_id) AS households, count(c.household_id) AS covered,
  coalesce((SELECT bool_or(frozen) FROM scope), false) AS frozen
FROM hamlet h LEFT JOIN ({_OF_RESIDENTS}) ON r.hamlet_id = h.area_id GROUP BY 1
"""
_BY_CAMPAIGN = f"""
SELECT h.id AS key, count(r.household_id) AS households, count(c.household_id) AS covered, h.frozen
FROM campaign_here h LEFT JOIN ({_OF_RESIDENTS}) ON r.campaign_id = h.id GROUP BY h.id, h.frozen
"""
_BY_TEMPLATE = """
SELECT g.template_id AS key, (SELECT count(*) FROM resident) AS households, count(*) AS covered,
  coalesce((SELECT bool_or(frozen) FROM scope), false) AS frozen
FROM signed g JOIN resident r USING (hamlet_id, household_id) {belongs} GROUP BY 1
"""
_ANSWER = f"""
SELECT json_build_object(
  'households', (SELECT count(*) FROM resident), 'covered', (SELECT count(*) FROM {_OF_RESIDENTS}
    WHERE c.household_id IS NOT NULL),
  'items', (SELECT coalesce(json_agg(i ORDER BY i.key), '[]') FROM item i))::text
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked for: an area, a day, what by, and of which template or campaign alone."""

    area_id: uuid.UUID
    day: dt.date
    by: str = CoverageBy.HAMLET.value
    template_id: uuid.UUID | None = None
    campaign_id: uuid.UUID | None = None

    @property
    def params(self) -> list[object]:
        """What `HAMLETS` takes."""
        return [self.area_id, self.day, self.template_id, self.campaign_id]


def coverage_sql(asked: Asked) -> Statement:
    """The statement that answers it, as one JSON text."""
    by_campaign = asked.by == CoverageBy.CAMPAIGN
    campaigns = by_campaign or asked.campaign_id is not None
    item = {
        CoverageBy.HAMLET: _BY_AREA.format(key="area_id"),
        CoverageBy.COMMUNE: _BY_AREA.format(key="parent_id"),
        CoverageBy.CAMPAIGN: _BY_CAMPAIGN,
        CoverageBy.TEMPLATE: _BY_TEMPLATE.format(
            belongs="JOIN belongs b ON b.campaign_id = r.campaign_id AND b.template_id = g.template_id"
            if campaigns
            else ""
        ),
    }[CoverageBy(asked.by)]
    counted = _COUNTED.format(belongs=_BELONGS if campaigns else "")
    scope = _CAMPAIGNS if campaigns else _NO_CAMPAIGN
    return f"WITH {HAMLETS}, {scope}, {counted}, item AS ({item}) {_ANSWER}", asked.params


def coverage(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    as_of: dt.date | None = None,
    by: str = CoverageBy.HAMLET.value,
    template_id: uuid.UUID | None = None,
    campaign_id: uuid.UUID | None = None,
) -> Wire:
    """The shares of an area at the end of a day: today, or a campaign's last day, unless told otherwise.

    By whoever reads or counts pledges there. Raises Problem `not_found` out of scope, `forbidden` within it. Of several
    campaigns there is no whole, since a household may belong to each.
    """
    require_in(actor, area_id, PLEDGE.access.read | PLEDGE.access.count)
    today = local_day(now())
    if campaign_id is not None:
        campaign = orjson.loads(read_one(actor, CAMPAIGN, campaign_id)[0])
        as_of = as_of or min(today, dt.date.fromisoformat(campaign["ends_on"]))
    day = as_of or today
    asked = Asked(area_id=area_id, day=day, by=by, template_id=template_id, campaign_id=campaign_id)
    [[text]] = ask(*coverage_sql(asked), before=[actor.row_security(counting=True)])
    answer = orjson.loads(text)
    if by == CoverageBy.CAMPAIGN and campaign_id is None:
        answer |= {"households": None, "covered": None}
    for each in (answer, *answer["items"]):
        each["share"] = each["covered"] / each["households"] if each["households"] else None
    return {"area_id": str(area_id), "as_of": day.isoformat(), "by": by, **answer}
