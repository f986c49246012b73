"""Who belongs to which team, as services.

A change of role ends one membership and begins another, so that "who was leader in March" and what a role allowed at
the time stay answerable from the rows themselves.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from accounts.models import Grant, Membership, Team, User
from accounts.rights import heads_team, refused_over, require_in
from accounts.roles import GrantRole, TeamRole, TeamStatus
from api.actors import Actor
from api.ids import uuid7
from api.localtime import now, wire
from api.problems import FieldError, Problem
from api.sync.changes import Change, Outcome
from api.sync.engine import write, write_one


def add_member(
    *,
    actor: Actor,
    team_id: uuid.UUID,
    user_id: uuid.UUID,
    role: str = "member",
    badge_number: str | None = None,
    starts_at: dt.datetime | None = None,
    id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A person's place in a team, by an admin, or for a plain member by the team's leader or deputy; its id.

    The same again under the same id changes nothing. Raises Problem `not_found`, `forbidden`, `team_dissolved`,
    `already_exists` for an id under which something else began, and `invalid` for oneself, for someone who isn't there
    or whom the actor doesn't look after, and for someone in the team already.
    """
    known_role(role, TeamRole)
    team = team_for(actor, team_id, role)
    not_oneself(actor, user_id)
    wanted = {"team_id": team_id, "user_id": user_id, "role": role, "badge_number": badge_number}
    if id and (begun := Membership.objects.filter(id=id).first()):
        if any(getattr(begun, n) != v for n, v in (wanted | ({"starts_at": starts_at} if starts_at else {})).items()):
            raise Problem("already_exists")
        return begun.id
    require_known(actor, user_id)
    with transaction.atomic():
        return begin_membership(
            actor, team, user_id, role=role, badge_number=badge_number, starts_at=starts_at, id=id or uuid7()
        )


def end_membership(*, actor: Actor, membership_id: uuid.UUID, ends_at: dt.datetime | None = None) -> None:
    """The place in the team ends, now or at `ends_at`; what was made before may still be delivered for 30 days."""
    membership = membership_of(membership_id)
    if not (membership.role == "member" and heads_team(actor, membership.team_id)):
        require_in(actor, membership.area_id, {"admin"})
    if membership.ends_at is None:
        end_all(actor, [membership], ends_at or now())


def change_role(*, actor: Actor, membership_id: uuid.UUID, role: str) -> uuid.UUID:
    """Another role in the same team from now on, by an admin; the id of the membership that holds it.

    Asked again after it was done, it gives the membership that it began. Raises Problem `not_found`, `forbidden`,
    `invalid` for oneself, and `conflict` for a membership that has ended.
    """
    membership = membership_of(membership_id)
    require_in(actor, membership.area_id, {"admin"})
    not_oneself(actor, membership.user_id)
    known_role(role, TeamRole)
    with transaction.atomic():
        _hold(membership.user_id)
        membership.refresh_from_db()
        if membership.ends_at is not None:
            begun = {"team_id": membership.team_id, "user_id": membership.user_id, "starts_at": membership.ends_at}
            after = Membership.objects.unended().filter(role=role, **begun).first()
            if after is None:
                raise Problem("conflict")
            return after.id
        if membership.role == role:
            return membership.id
        hold_team(membership.team_id)
        moment = now()
        end_all(actor, [membership], moment)
        badge = membership.badge_number
        team = team_of(membership.team_id)
        return begin_membership(
            actor, team, membership.user_id, role=role, badge_number=badge, starts_at=moment, id=uuid7()
        )


def begin_membership(
    actor: Actor,
    team: Team,
    user_id: uuid.UUID,
    *,
    role: str,
    badge_number: str | None,
    starts_at: dt.datetime | None,
    id: uuid.UUID,
) -> uuid.UUID:
    """The membership itself, in the caller's transaction; who may, the caller has asked. Raises Problem `invalid`."""
    # The row of the user is held, so that nobody is put into a team twice at once.
    user = _hold(user_id)
    if user is None:
        raise Problem("invalid", errors=[FieldError("/user_id", "not_found")])
    if Membership.objects.unended().filter(team_id=team.id, user_id=user_id).exists():
        raise Problem("invalid", errors=[FieldError("/user_id", "already_member")])
    hold_team(team.id)
    data = {
        "team_id": str(team.id),
        "user_id": str(user_id),
        "full_name": user.full_name,
        "role": role,
        "badge_number": badge_number,
        "starts_at": wire(starts_at or now()),
        "ends_at": None,
    }
    put(actor, "membership", id, team.area_id, data)
    settle(user, team.area_id)
    return id


def hold_team(team_id: uuid.UUID) -> None:
    """Lock the team's row, since it may be closed at this moment; before any stream, as who closes it does.

    Raises Problem `team_dissolved`.
    """
    if Team.objects.select_for_update(no_key=True).get(id=team_id).status == TeamStatus.DISSOLVED:
        raise Problem("team_dissolved")


def end_all(actor: Actor, memberships: Sequence[Membership], moment: dt.datetime | None = None) -> None:
    """These memberships end, now or at that moment. Raises Problem `conflict` if one was changed meanwhile."""
    data = {"ends_at": wire(moment or now())}
    patch_all(actor, memberships, lambda _: data)


def patch_all(actor: Actor, memberships: Sequence[Membership], data: Callable[[Membership], Mapping[str, Any]]) -> None:
    """These memberships get what `data` says. Raises Problem `conflict` if one was changed meanwhile."""
    changes = [
        Change("membership", m.id, "patch", m.area_id, dict(data(m)), expected_version=m.version, system=True)
        for m in memberships
    ]
    for outcome in write(actor, changes) if changes else ():
        if outcome.status == "stale":
            raise Problem("conflict")
        outcome.or_raise()


def put(actor: Actor, kind: str, id_: uuid.UUID, area_id: uuid.UUID, data: Mapping[str, object]) -> Outcome:
    """A new team or membership. Raises Problem `already_exists` for an id that is taken."""
    identity = {"id": str(id_), "area_id": str(area_id)}
    return write_one(actor, Change(kind, id_, "put", area_id, {**identity, **data}, system=True))


def settle(user: User, area_id: uuid.UUID) -> None:
    """Who belongs nowhere yet belongs here from now on."""
    if user.area_id is None:
        User.objects.filter(id=user.id, area_id=None).update(area_id=area_id)


def team_for(actor: Actor, team_id: uuid.UUID, role: str) -> Team:
    """The team, for who may take somebody into it in this role: an admin, for plain members its leader or deputy.

    Raises Problem `not_found`, `forbidden`, and `team_dissolved`.
    """
    team = team_of(team_id)
    if not (role == "member" and heads_team(actor, team_id)):
        require_in(actor, team.area_id, {"admin"})
    if team.status == TeamStatus.DISSOLVED:
        raise Problem("team_dissolved")
    return team


def team_of(team_id: uuid.UUID) -> Team:
    """The team; Problem `not_found`."""
    team = Team.objects.filter(id=team_id, deleted_at=None).first()
    if team is None:
        raise Problem("not_found")
    return team


def membership_of(membership_id: uuid.UUID) -> Membership:
    """The membership; Problem `not_found`."""
    membership = Membership.objects.filter(id=membership_id, deleted_at=None).first()
    if membership is None:
        raise Problem("not_found")
    return membership


def known_role(role: str, roles: type[TeamRole] | type[GrantRole]) -> None:
    """Problem `invalid` for a role that isn't one."""
    if role not in roles.values:
        raise Problem("invalid", errors=[FieldError("/role", "invalid_choice", {"choices": ", ".join(roles.values)})])


def not_oneself(actor: Actor, user_id: uuid.UUID) -> None:
    """Nobody gives anything to themself: Problem `invalid`."""
    if actor.user_id == user_id:
        raise Problem("invalid", errors=[FieldError("/user_id", "own_account")])


def require_known(actor: Actor, user_id: uuid.UUID) -> None:
    """Whoever lies outside of the actor's areas is as someone who isn't there: Problem `invalid`.

    Who belongs nowhere can be taken in by whoever takes people in.
    """
    user = User.objects.filter(id=user_id).first()
    if user is None or (refused_over(actor, [user_id]).get(user_id) == "not_found" and not _belongs_nowhere(user)):
        raise Problem("invalid", errors=[FieldError("/user_id", "not_found")])


def _belongs_nowhere(user: User) -> bool:
    held = (rows.unended().filter(user_id=user.id) for rows in (Membership.objects, Grant.objects))
    return user.area_id is None and not any(rows.exists() for rows in held)


def _hold(user_id: uuid.UUID) -> User | None:
    return User.objects.select_for_update(no_key=True).filter(id=user_id).first()
