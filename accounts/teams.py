"""Teams, who belongs to them, and roles over areas, as services.

Teams and memberships are records: they change through the engine, so phones get them by pull. A change of role ends
one membership and begins another, so that "who was leader in March" and what a role allowed at the time stay
answerable from the rows themselves.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.db import IntegrityError, transaction

from accounts.events import record
from accounts.models import Area, Grant, Membership, Team, User
from accounts.rights import heads_team, person, require_in
from accounts.roles import GrantRole, TeamRole
from accounts.users import keep_an_admin
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now, wire
from api.problems import FieldError, Problem
from api.sync.changes import Change
from api.sync.engine import write, write_one


def create_team(
    *,
    actor: Actor,
    area_id: uuid.UUID,
    team_type: str,
    name: str,
    founding_decision: str | None = None,
    founded_on: dt.date | None = None,
    id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A team of a hamlet, by an admin; the id of the team."""
    require_in(actor, area_id, {"admin"})
    if not Area.objects.filter(id=area_id, level="hamlet", deleted_at=None).exists():
        raise Problem("invalid", errors=[FieldError("/area_id", "not_found")])
    team_id = id or uuid7()
    data = {
        "team_type": team_type,
        "name": name,
        "founding_decision": founding_decision,
        "founded_on": founded_on.isoformat() if founded_on else None,
        "status": "active",
    }
    _put(actor, "team", team_id, area_id, data)
    return team_id


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

    Raises Problem `not_found`, `forbidden`, and `invalid` for oneself, for someone without an account or in the
    team already.
    """
    team = _team(team_id)
    if not (role == "member" and heads_team(actor, team_id)):
        require_in(actor, team.area_id, {"admin"})
    _not_oneself(actor, user_id)
    _known_role(role, TeamRole)
    with transaction.atomic():
        return _begin_membership(
            actor, team, user_id, role=role, badge_number=badge_number, starts_at=starts_at, id=id or uuid7()
        )


def end_membership(*, actor: Actor, membership_id: uuid.UUID, ends_at: dt.datetime | None = None) -> None:
    """The place in the team ends, now or at `ends_at`; what was made before may still be delivered for 30 days."""
    membership = _membership(membership_id)
    if not (membership.role == "member" and heads_team(actor, membership.team_id)):
        require_in(actor, membership.area_id, {"admin"})
    if membership.ends_at is None:
        _end(actor, membership, ends_at or now())


def change_role(*, actor: Actor, membership_id: uuid.UUID, role: str) -> uuid.UUID:
    """Another role in the same team from now on, by an admin; the id of the membership that holds it."""
    membership = _membership(membership_id)
    require_in(actor, membership.area_id, {"admin"})
    _not_oneself(actor, membership.user_id)
    _known_role(role, TeamRole)
    if membership.ends_at is not None:
        raise Problem("conflict")
    if membership.role == role:
        return membership.id
    moment, team = now(), _team(membership.team_id)
    with transaction.atomic():
        _end(actor, membership, moment)
        return _begin_membership(
            actor,
            team,
            membership.user_id,
            role=role,
            badge_number=membership.badge_number,
            starts_at=moment,
            id=uuid7(),
        )


def give_grant(
    *,
    actor: Actor,
    user_id: uuid.UUID,
    role: str,
    area_id: uuid.UUID,
    starts_at: dt.datetime | None = None,
) -> uuid.UUID:
    """A role over an area and all below it, by an admin of that area; a police officer's by police of the area above.

    Raises Problem `not_found`, `forbidden`, and `invalid` for oneself, for someone without an account or who holds
    it already.
    """
    _known_role(role, GrantRole)
    _may_grant(actor, role, area_id)
    _not_oneself(actor, user_id)
    user = User.objects.filter(id=user_id).first()
    if user is None:
        raise Problem("invalid", errors=[FieldError("/user_id", "not_found")])
    moment = now()
    grant = Grant(
        user_id=user_id,
        role=role,
        area_id=area_id,
        starts_at=starts_at or moment,
        granted_by=actor.user_id,
        created_at=moment,
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                grant.save(force_insert=True)
        except IntegrityError:
            raise Problem("invalid", errors=[FieldError("/role", "already_granted")]) from None
        _settle(user, area_id)
        _record_grant(actor, "grant.given", grant)
    return grant.id


def end_grant(*, actor: Actor, grant_id: uuid.UUID) -> None:
    """The role ends now, by an admin of its area; not for the last admin."""
    grant = Grant.objects.filter(id=grant_id).first()
    if grant is None:
        raise Problem("not_found")
    require_in(actor, grant.area_id, {"admin"})
    with transaction.atomic():
        if grant.role == "admin":
            keep_an_admin(without_grants=[grant_id])
        if Grant.objects.filter(id=grant_id, ends_at=None).update(ends_at=now()):
            _record_grant(actor, "grant.ended", grant)


def _may_grant(actor: Actor, role: str, area_id: uuid.UUID) -> None:
    if role != "police_officer":
        require_in(actor, area_id, {"admin"})
        return
    require_in(actor, area_id, {"admin", "police_officer"})
    who = person(actor)
    if who is None:
        return
    # What the actor is elsewhere, or as an admin here, doesn't make them the police above.
    above = tuple(h for h in who.holdings if h.role == "police_officer" and h.area_id != area_id)
    if not replace(who, holdings=above, late=()).standing([area_id]):
        raise Problem("forbidden")


def _begin_membership(
    actor: Actor,
    team: Team,
    user_id: uuid.UUID,
    *,
    role: str,
    badge_number: str | None,
    starts_at: dt.datetime | None,
    id: uuid.UUID,
) -> uuid.UUID:
    # The row of the user is held, so that nobody is put into a team twice at once.
    user = User.objects.select_for_update(no_key=True).filter(id=user_id).first()
    if user is None:
        raise Problem("invalid", errors=[FieldError("/user_id", "not_found")])
    if Membership.objects.filter(team_id=team.id, user_id=user_id, ends_at=None, deleted_at=None).exists():
        raise Problem("invalid", errors=[FieldError("/user_id", "already_member")])
    data = {
        "team_id": str(team.id),
        "user_id": str(user_id),
        "full_name": user.full_name,
        "role": role,
        "badge_number": badge_number,
        "starts_at": wire(starts_at or now()),
        "ends_at": None,
    }
    _put(actor, "membership", id, team.area_id, data)
    _settle(user, team.area_id)
    return id


def _settle(user: User, area_id: uuid.UUID) -> None:
    """Who belongs nowhere yet belongs here from now on."""
    if user.area_id is None:
        User.objects.filter(id=user.id, area_id=None).update(area_id=area_id)


def _end(actor: Actor, membership: Membership, moment: dt.datetime) -> None:
    change = Change(
        type="membership",
        id=membership.id,
        op="patch",
        area_id=membership.area_id,
        data={"ends_at": wire(moment)},
        expected_version=membership.version,
        system=True,
    )
    [outcome] = write(actor, [change])
    if outcome.status == "stale":
        raise Problem("conflict")
    outcome.or_raise()


def _put(actor: Actor, kind: str, id_: uuid.UUID, area_id: uuid.UUID, data: Mapping[str, object]) -> None:
    identity = {"id": str(id_), "area_id": str(area_id), "recorded_at": wire(now())}
    write_one(actor, Change(type=kind, id=id_, op="put", area_id=area_id, data={**identity, **data}, system=True))


def _team(team_id: uuid.UUID) -> Team:
    team = Team.objects.filter(id=team_id, deleted_at=None).first()
    if team is None:
        raise Problem("not_found")
    return team


def _membership(membership_id: uuid.UUID) -> Membership:
    membership = Membership.objects.filter(id=membership_id, deleted_at=None).first()
    if membership is None:
        raise Problem("not_found")
    return membership


def _known_role(role: str, roles: type[TeamRole] | type[GrantRole]) -> None:
    if role not in roles.values:
        raise Problem("invalid", errors=[FieldError("/role", "invalid_choice", {"choices": ", ".join(roles.values)})])


def _not_oneself(actor: Actor, user_id: uuid.UUID) -> None:
    if actor.user_id == user_id:
        raise Problem("invalid", errors=[FieldError("/user_id", "own_account")])


def _record_grant(actor: Actor, name: str, grant: Grant) -> None:
    details = {"user_id": grant.user_id, "role": grant.role}
    event = Event(name, area_id=grant.area_id, subject_type="grant", subject_id=grant.id, details=details)
    record(event, by=actor)
