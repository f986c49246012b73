"""Accounts as those who look after them see them: found by name, phone number, team, role or state, and told.

What belongs to an account is told as far as it lies in the reader's areas.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Max, Q, QuerySet

from accounts import visible
from accounts.models import ActivationCode, Grant, Membership, Session, Team, User
from accounts.rights import person
from accounts.roles import TeamRole
from api.actors import Actor
from api.enums import LabelledEnum
from api.localtime import now
from api.problems import Problem
from api.text import fold

_DIGITS = re.compile(r"\+?[0-9]{3,}", re.ASCII)
_DECORATION = re.compile(r"[\s.()\-\u2010-\u2015]+")


class UserStatus(LabelledEnum):
    """How far an account has come."""

    WAITING = "waiting", "Chờ kích hoạt", "Waiting for activation"
    ACTIVE = "active", "Đang hoạt động", "Active"
    INACTIVE = "inactive", "Đã khóa", "Deactivated"


_BY_STATUS = {
    UserStatus.WAITING: Q(is_active=True, password=""),
    UserStatus.ACTIVE: Q(is_active=True) & ~Q(password=""),
    UserStatus.INACTIVE: Q(is_active=False),
}


def status_of(user: User) -> UserStatus:
    """How far an account has come."""
    if not user.is_active:
        return UserStatus.INACTIVE
    return UserStatus.ACTIVE if user.password else UserStatus.WAITING


def find_users(
    *,
    actor: Actor,
    area: uuid.UUID | None = None,
    team: uuid.UUID | None = None,
    role: str | None = None,
    status: str | None = None,
    words: str | None = None,
    counted: bool = False,
) -> QuerySet[User]:
    """The accounts that the actor sees and that fit all of these; `words` are looked for in name or phone number.

    `counted`: only to be counted.
    """
    found = visible.users(actor, within=area, counted=counted)
    if team is not None:
        found = found.filter(id__in=Membership.objects.holding().filter(team_id=team).values("user_id"))
    if role is not None:
        found = found.filter(_holding(role))
    if status is not None:
        found = found.filter(_BY_STATUS[UserStatus(status)])
    return found.filter(_matching(words)) if words and words.strip() else found


def _holding(role: str) -> Q:
    if role in TeamRole.values:
        return Q(id__in=Membership.objects.holding().filter(role=role).values("user_id"))
    return Q(id__in=Grant.objects.holding().filter(role=role).values("user_id"))


def _matching(words: str) -> Q:
    """Each word somewhere in the name, without accents; or digits of a phone number, however it is written."""
    bare = _DECORATION.sub("", words)
    if _DIGITS.fullmatch(bare):
        return _phones(bare)
    fits = Q()
    for word in fold(words).split():
        fits &= Q(name_fold__contains=word)
    return fits


def _phones(digits: str) -> Q:
    """`0912…`, `+84912…` and `0084912…` begin a number; other digits may stand anywhere in it."""
    for prefix in ("+84", "0084", "0"):
        if digits.startswith(prefix):
            return Q(phone__startswith=f"+84{digits.removeprefix(prefix)}")
    return Q(phone__contains=digits)


def find_user(*, actor: Actor, user_id: uuid.UUID) -> User:
    """One account. Raises Problem `forbidden` for who sees its area but no accounts, and `not_found`."""
    user = visible.users(actor).filter(id=user_id).first()
    if user is not None:
        return user
    raise Problem("forbidden" if _in_reach(actor, user_id) else "not_found")


def _in_reach(actor: Actor, user_id: uuid.UUID) -> bool:
    """Whether something of what the account belongs to lies in an area that the actor has a role in."""
    areas = [
        *Membership.objects.unended().filter(user_id=user_id).values_list("area_id", flat=True),
        *Grant.objects.unended().filter(user_id=user_id).values_list("area_id", flat=True),
        *User.objects.filter(id=user_id, area_id__isnull=False).values_list("area_id", flat=True),
    ]
    return any(standing.roles for standing in actor.standing([area for area in areas if area]).values())


def tell(*, actor: Actor, users: Sequence[User]) -> list[dict[str, Any]]:
    """These accounts as they are shown, in their order. Six queries, however many there are."""
    ids = [user.id for user in users]
    memberships = list(Membership.objects.unended().filter(user_id__in=ids).order_by("starts_at", "id"))
    grants = list(Grant.objects.unended().filter(user_id__in=ids).order_by("starts_at", "id"))
    teams = Team.objects.in_bulk({m.team_id for m in memberships})
    used = dict(Session.objects.filter(user_id__in=ids).values_list("user_id").annotate(Max("refreshed_at")).order_by())
    codes = dict(
        ActivationCode.objects.filter(user_id__in=ids, used_at=None, expires_at__gt=now())
        .order_by("expires_at")
        .values_list("user_id", "expires_at")
    )
    places_of = [m.area_id for m in memberships] + [g.area_id for g in grants]
    shown = _shown(actor, [*places_of, *(user.area_id for user in users)])
    places: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for membership in memberships:
        if membership.area_id in shown:
            team = teams.get(membership.team_id)
            places[membership.user_id].append(_place(membership, team.name if team else ""))
    roles: dict[uuid.UUID, list[dict[str, Any]]] = defaultdict(list)
    for grant in grants:
        if grant.area_id in shown:
            roles[grant.user_id].append(_role(grant))
    return [
        {
            "id": user.id,
            "phone": user.phone,
            "full_name": user.full_name,
            "locale": user.locale,
            "area_id": user.area_id if user.area_id in shown else None,
            "status": status_of(user).value,
            "memberships": places[user.id],
            "grants": roles[user.id],
            "code_expires_at": codes.get(user.id),
            "last_used_at": used.get(user.id),
            "created_at": user.created_at,
            "deactivated_at": user.deactivated_at,
        }
        for user in users
    ]


def _shown(actor: Actor, areas: Sequence[uuid.UUID | None]) -> set[uuid.UUID]:
    wanted = {area for area in areas if area}
    if person(actor) is None:
        return wanted
    return {area for area, standing in actor.standing(wanted).items() if standing.roles}


def _place(membership: Membership, team_name: str) -> dict[str, Any]:
    names = ("id", "team_id", "area_id", "role", "badge_number", "starts_at", "ends_at")
    return {name: getattr(membership, name) for name in names} | {"team_name": team_name}


def _role(grant: Grant) -> dict[str, Any]:
    names = ("id", "role", "area_id", "starts_at", "ends_at", "confirmed_at")
    return {name: getattr(grant, name) for name in names}
