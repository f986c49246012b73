"""Who may act on accounts, teams and roles. Outside the actor's areas nothing exists; inside, the role decides."""

import uuid
from collections.abc import Collection

from accounts.models import Grant, Membership, User
from accounts.scoping import SessionActor, SystemActor
from api.actors import Actor
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
    if standing is None or not standing.roles:
        raise Problem("not_found")
    if standing.roles.isdisjoint(roles):
        raise Problem("forbidden")


def require_somewhere(actor: Actor, roles: Collection[str]) -> None:
    """One of these roles over any area: else Problem `forbidden`."""
    who = person(actor)
    if who is not None and not any(holding.role in roles for holding in who.holdings):
        raise Problem("forbidden")


def heads_team(actor: Actor, team_id: uuid.UUID) -> bool:
    """Whether the actor is the team's leader or deputy."""
    who = person(actor)
    return who is not None and any(
        holding.team_id == team_id and holding.role in TEAM_HEADS for holding in who.holdings
    )


def require_over_user(actor: Actor, user_id: uuid.UUID, *, heads_too: bool = False) -> None:
    """An admin over all that the user belongs to, or (`heads_too`) the head of all teams of someone with nothing else.

    Somebody belongs to the home area and to those of memberships and grants that have not ended, begun or not. One who
    belongs nowhere is looked after by any admin. Raises Problem `not_found` and `forbidden`.
    """
    if person(actor) is None:
        return
    teams = list(Membership.objects.unended().filter(user_id=user_id).values_list("area_id", "team_id"))
    granted = list(Grant.objects.unended().filter(user_id=user_id).values_list("area_id", flat=True))
    home = {area for area in User.objects.filter(id=user_id).values_list("area_id", flat=True) if area}
    areas = {area for area, _ in teams} | {*granted} | home
    if not areas:
        require_somewhere(actor, {"admin"})
        return
    at_home = bool(teams) and not granted and home <= {area for area, _ in teams}
    if heads_too and at_home and all(heads_team(actor, team) for _, team in teams):
        return
    standings = actor.standing(areas)
    if not any(standing.roles for standing in standings.values()):
        raise Problem("not_found")
    if not all(area in standings and "admin" in standings[area].roles for area in areas):
        raise Problem("forbidden")
