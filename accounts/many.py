"""The same done to many people at once: moved to a team, switched off. In sets, and each person is told of.

Who can't be moved or switched off is refused alone; the others go on. A dry run is the thing itself, taken back.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.events import record
from accounts.memberships import hold_team, known_role, team_for
from accounts.models import Grant, Membership, Team, User
from accounts.rights import refused_over, require_somewhere
from accounts.roles import TeamRole
from accounts.sessions import end_sessions_of
from accounts.users import keep_an_admin
from api.actors import Actor, Event
from api.enums import LabelledEnum
from api.ids import uuid7
from api.localtime import now, wire
from api.problems import Problem
from api.sync.changes import Change
from api.sync.engine import write


class ManyStatus(LabelledEnum):
    """What became of one person in a change of many."""

    DONE = "done", "Đã làm", "Done"
    UNCHANGED = "unchanged", "Không có gì đổi", "Unchanged"
    REFUSED = "refused", "Bị từ chối", "Refused"


@dataclass(frozen=True)
class Told:
    """What became of one person; `code` says why they were refused."""

    user_id: uuid.UUID
    status: ManyStatus
    code: str | None = None


def members_of(*, actor: Actor, team_id: uuid.UUID) -> list[uuid.UUID]:
    """Who is in a team, for who may take people into it. Raises Problem `not_found` and `forbidden`."""
    team_for(actor, team_id, TeamRole.MEMBER)
    held = Membership.objects.unended().filter(team_id=team_id).order_by("id")
    return list(dict.fromkeys(held.values_list("user_id", flat=True)))


def move_users(
    *, actor: Actor, user_ids: Sequence[uuid.UUID], team_id: uuid.UUID, role: str = "member", dry_run: bool = False
) -> list[Told]:
    """As `accounts.moving.move_user` of each: memberships end, one in the team begins, the home goes along.

    Raises Problem `not_found`, `forbidden` and `team_dissolved` for the team, `invalid` for an unknown role.
    """
    known_role(role, TeamRole)
    team = team_for(actor, team_id, role)
    with transaction.atomic():
        users, refused = _hold(actor, user_ids)
        if actor.user_id in users:
            refused[actor.user_id] = "own_account"
        held: dict[uuid.UUID, list[Membership]] = defaultdict(list)
        for membership in Membership.objects.unended().filter(user_id__in=list(users)).order_by("id"):
            held[membership.user_id].append(membership)
        going = {
            user_id: user
            for user_id, user in users.items()
            if user_id not in refused and not _is_there(user, held[user_id], team, role)
        }
        hold_team(team_id)
        if going:
            _move(actor, going, held, team, role)
        transaction.set_rollback(dry_run)
    return _tell(user_ids, refused, going)


def deactivate_users(*, actor: Actor, user_ids: Sequence[uuid.UUID], dry_run: bool = False) -> list[Told]:
    """As `accounts.users.deactivate_user` of each. If these are all admins that there are, none of them is.

    Raises Problem `forbidden` for who is no admin anywhere.
    """
    require_somewhere(actor, {"admin"})
    with transaction.atomic():
        users, refused = _hold(actor, user_ids)
        going = {user_id: user for user_id, user in users.items() if user_id not in refused and user.is_active}
        try:
            keep_an_admin(without_users=list(going))
        except Problem as problem:
            admins = Grant.objects.holding().filter(role="admin", user_id__in=list(going))
            refused |= dict.fromkeys(admins.values_list("user_id", flat=True), problem.code)
            going = {user_id: user for user_id, user in going.items() if user_id not in refused}
        User.objects.filter(id__in=list(going)).update(is_active=False, deactivated_at=now())
        end_sessions_of(
            user_ids=list(going), because="deactivated", by_user_id=actor.user_id, request_id=actor.request_id
        )
        record(*(_event("user.deactivated", user) for user in going.values()), by=actor)
        transaction.set_rollback(dry_run)
    return _tell(user_ids, refused, going)


def _hold(actor: Actor, user_ids: Sequence[uuid.UUID]) -> tuple[dict[uuid.UUID, User], dict[uuid.UUID, str]]:
    """These accounts, locked in one order, and why some are refused; who isn't there is as who is out of scope."""
    users = {
        user.id: user for user in User.objects.select_for_update(no_key=True).filter(id__in=user_ids).order_by("id")
    }
    refused = dict(refused_over(actor, list(users)))
    refused |= {user_id: "not_found" for user_id in user_ids if user_id not in users}
    return users, refused


def _is_there(user: User, held: Sequence[Membership], team: Team, role: str) -> bool:
    """Whether somebody is in that team alone, in that role, and at home there."""
    [only] = held if len(held) == 1 else [None]
    fits = only is not None and only.team_id == team.id and only.role == role and only.ends_at is None
    return fits and user.area_id == team.area_id


def _move(
    actor: Actor,
    users: Mapping[uuid.UUID, User],
    held: Mapping[uuid.UUID, Sequence[Membership]],
    team: Team,
    role: str,
) -> None:
    moment = wire(now())
    kept = {
        m.user_id: m
        for each in held.values()
        for m in each
        if m.team_id == team.id and m.role == role and not m.ends_at
    }
    ends = [
        Change("membership", m.id, "patch", m.area_id, {"ends_at": moment}, expected_version=m.version, system=True)
        for user_id in users
        for m in held[user_id]
        if m is not kept.get(user_id)
    ]
    begins = [_begins(user, team, role, moment) for user_id, user in users.items() if user_id not in kept]
    for outcome in write(actor, [*ends, *begins]) if ends or begins else ():
        if outcome.status == "stale":
            raise Problem("conflict")
        outcome.or_raise()
    User.objects.filter(id__in=list(users)).update(area_id=team.area_id)
    events = [
        Event(
            "user.moved",
            area_id=team.area_id,
            subject_type="user",
            subject_id=user_id,
            details={
                "team_id": team.id,
                "from_team_ids": [m.team_id for m in held[user_id] if m is not kept.get(user_id)],
            },
        )
        for user_id in users
    ]
    record(*events, by=actor)


def _begins(user: User, team: Team, role: str, moment: str) -> Change:
    made = uuid7()
    data = {
        "id": str(made),
        "area_id": str(team.area_id),
        "recorded_at": moment,
        "team_id": str(team.id),
        "user_id": str(user.id),
        "full_name": user.full_name,
        "role": role,
        "badge_number": None,
        "starts_at": moment,
        "ends_at": None,
    }
    return Change("membership", made, "put", team.area_id, data, system=True)


def _tell(
    user_ids: Sequence[uuid.UUID], refused: Mapping[uuid.UUID, str], done: Mapping[uuid.UUID, User]
) -> list[Told]:
    def status(user_id: uuid.UUID) -> ManyStatus:
        if user_id in refused:
            return ManyStatus.REFUSED
        return ManyStatus.DONE if user_id in done else ManyStatus.UNCHANGED

    return [Told(user_id, status(user_id), refused.get(user_id)) for user_id in user_ids]


def _event(name: str, user: User) -> Event:
    return Event(name, area_id=user.area_id, subject_type="user", subject_id=user.id)
