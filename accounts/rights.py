"""Who may act on accounts, teams and roles. Outside the actor's areas nothing exists; inside, the role decides."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from accounts.models import Grant, Membership, User
from accounts.scoping import SessionActor, SystemActor
from api.actors import Actor, Standing
from api.problems import Problem

TEAM_HEADS = frozenset({"leader", "deputy_leader"})


def person(actor: Actor) -> SessionActor | None:
    """Who acts, if somebody does; None for the server itself, which may do everything."""
    if isinstance(actor, SystemActor):
        return None
    assert isinstance(actor, SessionActor)
    return actor


def require_in(actor: Actor, area_id: uuid.UUID, roles: Collection[str]) -> None:
    """One of these roles over the area: else Problem `not_found` out of scope, `forbidden` within it."""
    if person(actor) is None:
        return
    standing = actor.standing([area_id]).get(area_id)
    held = standing.roles if standing else frozenset()
    if not held.isdisjoint(roles):
        return
    if _withheld(actor, area_id, roles):
        raise Problem("second_factor_required")
    raise Problem("forbidden" if held else "not_found")


def _withheld(actor: Actor, area_id: uuid.UUID, roles: Collection[str]) -> bool:
    """Whether one of these roles over the area waits for a second factor."""
    who = person(actor)
    waiting = tuple(holding for holding in who.withheld if holding.role in roles) if who else ()
    return bool(who and waiting and replace(who, holdings=waiting, late=()).standing([area_id]))


def require_somewhere(actor: Actor, roles: Collection[str]) -> None:
    """One of these roles over any area: else Problem `forbidden`."""
    who = person(actor)
    if who is None or any(holding.role in roles for holding in who.holdings):
        return
    raise Problem("second_factor_required" if any(h.role in roles for h in who.withheld) else "forbidden")


def heads_team(actor: Actor, team_id: uuid.UUID) -> bool:
    """Whether the actor is the team's leader or deputy."""
    who = person(actor)
    return who is not None and any(
        holding.team_id == team_id and holding.role in TEAM_HEADS for holding in who.holdings
    )


def require_over_user(actor: Actor, user_id: uuid.UUID, *, heads_too: bool = False) -> None:
    """As `refused_over` of one. Raises Problem `not_found` and `forbidden`."""
    if code := refused_over(actor, [user_id], heads_too=heads_too).get(user_id):
        raise Problem(code)


def refused_over(actor: Actor, user_ids: Collection[uuid.UUID], *, heads_too: bool = False) -> Mapping[uuid.UUID, str]:
    """On whom of these the actor may not act, and why: `not_found` out of scope, `forbidden` within it. Four queries.

    Who may is an admin over all that the user belongs to, or (`heads_too`) the head of all teams of someone with
    nothing else. Somebody belongs to the home area and to those of memberships and grants that have not ended, begun or
    not. One who belongs nowhere is looked after by any admin, and isn't there for others.
    """
    who = person(actor)
    if who is None:
        return {}
    belongings = {user_id: _Belongings() for user_id in user_ids}
    teams = Membership.objects.unended().filter(user_id__in=user_ids)
    for user_id, area_id, team_id in teams.values_list("user_id", "area_id", "team_id"):
        belongings[user_id].teams[team_id] = area_id
    grants = Grant.objects.unended().filter(user_id__in=user_ids)
    for user_id, area_id in grants.values_list("user_id", "area_id"):
        belongings[user_id].granted.add(area_id)
    for user_id, home in User.objects.filter(id__in=user_ids).values_list("id", "area_id"):
        belongings[user_id].exists, belongings[user_id].home = True, home
    standings = actor.standing({area for each in belongings.values() for area in each.areas})
    found = {
        user_id: None if heads_too and each.headed_by(actor) else each.refusal(who, standings)
        for user_id, each in belongings.items()
    }
    return {user_id: code for user_id, code in found.items() if code}


@dataclass
class _Belongings:
    """What a user belongs to, if there is one: teams with their areas, areas of grants, the home area."""

    teams: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    granted: set[uuid.UUID] = field(default_factory=set)
    home: uuid.UUID | None = None
    exists: bool = False

    @property
    def areas(self) -> set[uuid.UUID]:
        return {*self.teams.values(), *self.granted, *([self.home] if self.home else [])}

    def headed_by(self, actor: Actor) -> bool:
        at_home = bool(self.teams) and not self.granted and self.home in (None, *self.teams.values())
        return at_home and all(heads_team(actor, team) for team in self.teams)

    def refusal(self, who: SessionActor, standings: Mapping[uuid.UUID, Standing]) -> str | None:
        if not self.areas:
            anyone = self.exists and any(holding.role == "admin" for holding in who.holdings)
            return None if anyone else "not_found"
        if not any(standings[area].roles for area in self.areas if area in standings):
            return "not_found"
        over_all = all(area in standings and "admin" in standings[area].roles for area in self.areas)
        return None if over_all else "forbidden"
