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


# Looked up one by one: how many areas lie below a path can't be foreseen, and a plan for many reads them all.
HAMLETS = f"""
asked AS (SELECT %s::uuid AS root_id, %s::date AS day, %s::uuid AS template_id, %s::uuid AS campaign_id),
root AS (
  SELECT p.path FROM asked JOIN area_placement p ON p.area_id = asked.root_id
  WHERE p.tree = 'administrative' AND {_holds("p", "asked.day")}),
hamlet AS MATERIALIZED (
  SELECT p.area_id AS hamlet_id, p.parent_id, p.path, ARRAY(
      SELECT m.area_id FROM area_placement m WHERE {below("m", "p.path")} AND {_holds("m", "asked.day")}
        AND NOT EXISTS (SELECT FROM area_succession s WHERE s.from_area_id = m.area_id
          AND s.to_area_id = m.parent_id AND s.kind = 'split' AND NOT s.is_default)) AS members
  FROM asked CROSS JOIN root
    JOIN area_placement p ON {below("p", "root.path")} AND p.tree = 'administrative' AND {_holds("p", "asked.day")}
    CROSS JOIN LATERAL (SELECT FROM area a WHERE a.id = p.area_id AND a.level = 'hamlet' LIMIT 1) a)
"""
"""CTEs: the hamlets of an area on a day, and whose records each counts: its own, and those of what went into it."""

VALID = """{p}.deleted_at IS NULL AND {p}.status IN ('signed', 'expired', 'withdrawn') AND {p}.signed_on <= {day}
  AND ({p}.expires_on IS NULL OR {p}.expires_on >= {day}) AND ({p}.withdrawn_on IS NULL OR {p}.withdrawn_on > {day})"""
"""Whether a pledge (row `p`) holds at the end of a local day (an SQL term)."""

_NONE = "'00000000-0000-0000-0000-000000000000'::uuid"
_NO_CAMPAIGN = f"""
scope AS (SELECT {_NONE} AS campaign_id, false AS frozen, hamlet.* FROM hamlet)
"""
# A campaign is about what lies below its area; of those that lie below the asked area, all are. One that ended over a
# year before is asked for by its id: each frozen one costs as much as the rest.
_CAMPAIGNS = f"""
running AS MATERIALIZED (
  SELECT c.id, p.path, c.ends_on <= asked.day AND EXISTS (
      SELECT FROM campaign_denominator d WHERE d.campaign_id = c.id AND d.moment = 'end') AS frozen
  FROM asked CROSS JOIN root JOIN campaign c ON c.deleted_at IS NULL AND c.starts_on <= asked.day
    AND (c.id = asked.campaign_id OR asked.campaign_id IS NULL AND c.ends_on > asked.day - 366)
    JOIN area_placement p ON p.area_id = c.area_id AND p.tree = 'administrative' AND {_holds("p", "asked.day")}
  WHERE {below("p", "root.path")} OR {below("root", "p.path")}),
belongs AS MATERIALIZED (
  SELECT c.id AS campaign_id, t.template_id FROM running JOIN campaign c USING (id) CROSS JOIN LATERAL (
    SELECT unnest(c.template_ids) UNION SELECT id FROM pledge_template WHERE campaign_id = c.id) t(template_id)),
scope AS MATERIALIZED (
  SELECT c.id AS campaign_id, c.frozen, h.* FROM running c JOIN hamlet h ON {below("h", "c.path")})
"""
_RESIDENTS = f"""
SELECT h.id AS household_id FROM household h
WHERE NOT s.frozen AND h.area_id = ANY(s.members) AND {RESIDENT.format(h="h", day="asked.day")}
UNION ALL
SELECT coalesce(m.merged_into_id, f.id) FROM campaign_denominator d CROSS JOIN unnest(d.household_ids) f(id)
  LEFT JOIN household m ON m.id = f.id AND m.merged_into_id IS NOT NULL
WHERE s.frozen AND d.campaign_id = s.campaign_id AND d.area_id = s.hamlet_id AND d.moment = 'end'
"""
_SIGNERS = f"""
SELECT coalesce(m.merged_into_id, p.household_id) AS household_id, p.template_id
FROM pledge p LEFT JOIN household m ON m.id = p.household_id AND m.merged_into_id IS NOT NULL
WHERE p.area_id = ANY(s.members) AND p.signer_type = 'household' AND {VALID.format(p="p", day="asked.day")}
  AND (asked.template_id IS NULL OR p.template_id = asked.template_id)
"""
_BELONGS = "AND p.template_id IN (SELECT b.template_id FROM belongs b WHERE b.campaign_id = s.campaign_id)"
# Hamlet by hamlet, each from its own indexes: one plan for all of them goes by guesses about sets that it can't know.
_COUNTED = f"""
SELECT s.campaign_id, s.hamlet_id, s.parent_id, s.frozen, NULL::uuid AS template_id, t.*
FROM asked CROSS JOIN scope s CROSS JOIN LATERAL (
  SELECT count(*) AS households,
    count(*) FILTER (WHERE r.household_id IN (SELECT g.household_id FROM ({{signers}}) g)) AS covered
  FROM ({_RESIDENTS}) r OFFSET 0) t {{where}}
"""
# Looked up in a hash: as a join it would be one of sorted sets, since nobody knows how many live there.
_LIVES_THERE = "(g.household_id IN (SELECT r.household_id FROM r)) IS TRUE"
# Once for all of a hamlet's campaigns that aren't frozen.
_BY_CAMPAIGN = f"""
UNION ALL
SELECT t.campaign_id, s.hamlet_id, s.parent_id, false, NULL, t.households, t.covered
FROM asked CROSS JOIN (
    SELECT hamlet_id, parent_id, members, false AS frozen, NULL::uuid AS campaign_id, array_agg(campaign_id) AS ids
    FROM scope WHERE NOT frozen GROUP BY hamlet_id, parent_id, members) s CROSS JOIN LATERAL (
  WITH r AS MATERIALIZED ({_RESIDENTS}), g AS (
    SELECT b.campaign_id, count(DISTINCT g.household_id) AS covered
    FROM ({_SIGNERS}) g JOIN belongs b ON b.template_id = g.template_id AND b.campaign_id = ANY(s.ids)
    WHERE {_LIVES_THERE} GROUP BY 1)
  SELECT i.campaign_id, (SELECT count(*) FROM r) AS households, coalesce(g.covered, 0) AS covered
  FROM unnest(s.ids) i(campaign_id) LEFT JOIN g USING (campaign_id) OFFSET 0) t
"""
_BY_TEMPLATE = f"""
SELECT s.campaign_id, s.hamlet_id, s.parent_id, s.frozen, t.*
FROM asked CROSS JOIN scope s CROSS JOIN LATERAL (
  WITH r AS MATERIALIZED ({_RESIDENTS}), g AS MATERIALIZED (
    SELECT DISTINCT g.household_id, g.template_id FROM ({{signers}}) g
    WHERE {_LIVES_THERE})
  SELECT NULL::uuid AS template_id, (SELECT count(*) FROM r) AS households, count(DISTINCT household_id) AS covered
  FROM g UNION ALL SELECT template_id, 0, count(*) FROM g GROUP BY 1 OFFSET 0) t
"""
_ITEM = """
SELECT {key} AS key, sum(households) AS households, sum(covered) AS covered, bool_or(frozen) AS frozen
FROM counted GROUP BY 1
"""
_TEMPLATES = """
SELECT template_id AS key, (SELECT sum(households) FROM counted) AS households, sum(covered) AS covered,
  bool_or(frozen) AS frozen
FROM counted WHERE template_id IS NOT NULL GROUP BY 1
"""
_KEYS = {CoverageBy.HAMLET: "hamlet_id", CoverageBy.COMMUNE: "parent_id", CoverageBy.CAMPAIGN: "campaign_id"}
_ANSWER = """
SELECT json_build_object(
  'households', (SELECT coalesce(sum(households), 0) FROM counted),
  'covered', (SELECT coalesce(sum(covered), 0) FROM counted WHERE template_id IS NULL),
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
    campaigns = asked.by == CoverageBy.CAMPAIGN or asked.campaign_id is not None
    scope = _CAMPAIGNS if campaigns else _NO_CAMPAIGN
    signers = f"{_SIGNERS} {_BELONGS if campaigns else ''}"
    if asked.by == CoverageBy.TEMPLATE:
        counted, item = _BY_TEMPLATE.format(signers=signers), _TEMPLATES
    else:
        item = _ITEM.format(key=_KEYS[CoverageBy(asked.by)])
        counted = _COUNTED.format(signers=signers, where="WHERE s.frozen" if asked.by == CoverageBy.CAMPAIGN else "")
        counted += _BY_CAMPAIGN if asked.by == CoverageBy.CAMPAIGN else ""
    return f"WITH {HAMLETS}, {scope}, counted AS MATERIALIZED ({counted}), item AS ({item}) {_ANSWER}", asked.params


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
