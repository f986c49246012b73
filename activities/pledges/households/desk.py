"""What the services of households share: reading one as somebody sees it, and who may do more than write it."""

from __future__ import annotations

import uuid

import orjson

from activities.pledges.households.registration import HOUSEHOLD, WRITERS
from api.actors import Actor
from api.listing import read_one
from api.problems import Problem
from api.records import Wire

HEADS = frozenset(WRITERS.split())
"""Who sets ID numbers and merges: the heads of teams, and the Front's people."""
KNOWING_NUMBERS = HEADS | {"police_officer"}
"""Who sees the last digits of ID numbers."""


def read_household(actor: Actor, household_id: uuid.UUID, *, roles: frozenset[str]) -> Wire:
    """A household as it stands. Raises Problem `not_found`, `gone`, and `forbidden` without one of the roles there."""
    text, _ = read_one(actor, HOUSEHOLD, household_id)
    household: Wire = orjson.loads(text)
    require(actor, uuid.UUID(household["area_id"]), roles)
    return household


def require(actor: Actor, area_id: uuid.UUID, roles: frozenset[str]) -> None:
    """One of these roles in an area that the actor sees; else Problem `forbidden`."""
    standing = actor.standing([area_id]).get(area_id)
    if standing is None or standing.roles.isdisjoint(roles):
        raise Problem("forbidden")
