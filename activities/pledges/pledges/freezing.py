"""The denominators of campaigns: who was resident when the period began and ended, written down once.

How many they are stands in the campaign itself, so that it is read, listed and synced with it.
"""

from __future__ import annotations

import datetime as dt
import uuid

import orjson

from accounts.rights import require_in
from accounts.scoping import SystemActor
from activities.pledges.households.residence import RESIDENT
from activities.pledges.models.pledges import FrozenMoment
from activities.pledges.pledges.coverage import HAMLETS
from activities.pledges.pledges.registration import CAMPAIGN
from api.actors import Actor
from api.listing import read_one
from api.localtime import local_day, now
from api.postgres import ask
from api.problems import Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write
from api.transactions import run_in

GRACE = dt.timedelta(days=7)
"""So long after the day the server writes down what nobody did: what phones still carry arrives meanwhile."""

_FREEZE = f"""
WITH {HAMLETS}, made AS (
  INSERT INTO campaign_denominator (campaign_id, moment, area_id, day, household_ids, frozen_at, frozen_by)
  SELECT asked.campaign_id, %s, h.hamlet_id, asked.day, ARRAY(
      SELECT r.id FROM household r
      WHERE r.area_id = ANY(h.members) AND {RESIDENT.format(h="r", day="asked.day")} ORDER BY r.id),
    %s, %s
  FROM asked CROSS JOIN hamlet h
  ON CONFLICT DO NOTHING RETURNING household_ids)
SELECT coalesce(sum(cardinality(made.household_ids)), 0), (SELECT version FROM campaign WHERE id = %s) FROM made
"""
_FROZEN = """
SELECT min(day), count(*), coalesce(sum(cardinality(household_ids)), 0), min(frozen_at), min(frozen_by::text)
FROM campaign_denominator WHERE campaign_id = %s AND moment = %s
"""
_DUE = """
SELECT c.id, c.area_id, m.moment, m.day FROM campaign c
  CROSS JOIN LATERAL (VALUES ('start', c.starts_on), ('end', c.ends_on)) m(moment, day)
WHERE c.deleted_at IS NULL AND m.day < %s AND NOT EXISTS (
  SELECT FROM campaign_denominator d WHERE d.campaign_id = c.id AND d.moment = m.moment)
ORDER BY m.day LIMIT 20
"""


def freeze(*, actor: Actor, campaign_id: uuid.UUID, moment: str) -> Wire:
    """Write down who is resident at one end of a campaign's period; once written it stands, and is given back.

    Raises Problem `not_found`, `gone`, `forbidden` for who doesn't run campaigns there, and `campaign_not_there_yet`.
    """
    campaign = orjson.loads(read_one(actor, CAMPAIGN, campaign_id)[0])
    area_id = uuid.UUID(campaign["area_id"])
    require_in(actor, area_id, CAMPAIGN.access.write)
    day = dt.date.fromisoformat(campaign["starts_on" if moment == FrozenMoment.START else "ends_on"])
    if day > local_day(now()):
        raise Problem("campaign_not_there_yet")
    return _write(actor, campaign_id, area_id, moment, day)


def _write(actor: Actor, campaign_id: uuid.UUID, area_id: uuid.UUID, moment: str, day: dt.date) -> Wire:
    # Two who freeze at once wait for one another at the campaign's stream: the second finds it done.
    before = [actor.row_security(), *store.lock_streams([area_id], create=True)]
    if not ask(_FROZEN, [campaign_id, moment], before=before)[0][1]:
        values = [area_id, day, None, campaign_id, moment, now(), actor.user_id, campaign_id]
        [(households, version)] = ask(_FREEZE, values)
        told = {f"households_at_{moment}": int(households)}
        change = Change("campaign", campaign_id, "patch", area_id, told, version, system=True, event="campaign.frozen")
        write(actor, [change])[0].or_raise()
    [(frozen_day, hamlets, households, at, by)] = ask(_FROZEN, [campaign_id, moment])
    return {
        "campaign_id": campaign_id,
        "moment": moment,
        "day": frozen_day or day,
        "hamlets": hamlets,
        "households": int(households),
        "frozen_at": at or now(),
        "frozen_by_id": by,
    }


def freeze_due() -> None:
    """Write down what has been due for a week, campaign by campaign; called by the tick."""
    for campaign_id, area_id, moment, day in ask(_DUE, [local_day(now()) - GRACE]):
        system = SystemActor(reason="campaign period ended")
        run_in("write", lambda system=system, row=(campaign_id, area_id, moment, day): _write(system, *row))  # type: ignore[misc]
