"""Roles over areas, as services: given, confirmed by a second person where that is needed, ended.

An admin gives roles in the own areas, nobody anything to themself. A police officer reads tips, so one admin doesn't
make one: the role waits, and holds nothing, until another admin or the police of an area above confirm it.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from accounts import visible
from accounts.events import record
from accounts.memberships import known_role, not_oneself, require_known, settle
from accounts.models import Grant, User
from accounts.rights import person, require_in
from accounts.roles import GrantRole
from accounts.users import keep_an_admin
from api.actors import Actor, Event
from api.enums import LabelledEnum
from api.ids import uuid7
from api.localtime import day_bounds, now
from api.problems import FieldError, Problem

_OPENED_LATELY = dt.timedelta(days=30)
NEEDS_A_SECOND = frozenset({GrantRole.POLICE_OFFICER.value})


class GrantStatus(LabelledEnum):
    """Whether a role holds, and if not, why."""

    HOLDING = "holding", "Đang có hiệu lực", "Holds"
    WAITING = "waiting", "Chờ người thứ hai xác nhận", "Waits for a second person"
    UPCOMING = "upcoming", "Chưa bắt đầu", "Has not begun"
    ENDED = "ended", "Đã kết thúc", "Has ended"


def status_of(grant: Grant) -> GrantStatus:
    """Whether a role holds, and if not, why."""
    moment = now()
    if grant.ends_at is not None and grant.ends_at <= moment:
        return GrantStatus.ENDED
    if grant.confirmed_at is None:
        return GrantStatus.WAITING
    return GrantStatus.HOLDING if grant.starts_at <= moment else GrantStatus.UPCOMING


def find_grants(
    *,
    actor: Actor,
    area: uuid.UUID | None = None,
    user: uuid.UUID | None = None,
    role: str | None = None,
    status: str | None = None,
    expiring_before: dt.date | None = None,
) -> QuerySet[Grant]:
    """The roles that the actor sees and that fit all of these; `expiring_before` that local day, of those not ended."""
    found = visible.grants(actor, within=area)
    if user is not None:
        found = found.filter(user_id=user)
    if role is not None:
        found = found.filter(role=role)
    if status is not None:
        found = found.filter(_with_status(GrantStatus(status)))
    if expiring_before is not None:
        found = found.filter(ends_at__gt=now(), ends_at__lt=day_bounds(expiring_before, None)[0])
    return found


def _with_status(status: GrantStatus) -> Q:
    moment = now()
    unended = Q(ends_at=None) | Q(ends_at__gt=moment)
    match status:
        case GrantStatus.ENDED:
            return Q(ends_at__lte=moment)
        case GrantStatus.WAITING:
            return unended & Q(confirmed_at=None)
        case GrantStatus.HOLDING:
            return unended & Q(confirmed_at__isnull=False, starts_at__lte=moment)
        case GrantStatus.UPCOMING:
            return unended & Q(confirmed_at__isnull=False, starts_at__gt=moment)


def give_grant(
    *,
    actor: Actor,
    user_id: uuid.UUID,
    role: str,
    area_id: uuid.UUID,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
    id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A role over an area and all below it, by an admin of that area; its id. A police officer's waits.

    The same again under the same id changes nothing. Raises Problem `not_found`, `forbidden`, `already_exists` for an
    id under which something else was given, and `invalid` for oneself, for someone who isn't there or whom the actor
    doesn't look after, for what is held already, and for an end before the beginning.
    """
    known_role(role, GrantRole)
    require_in(actor, area_id, {"admin"})
    not_oneself(actor, user_id)
    wanted = {"user_id": user_id, "role": role, "area_id": area_id} | ({"starts_at": starts_at} if starts_at else {})
    if id and (given := Grant.objects.filter(id=id).first()):
        if any(getattr(given, name) != value for name, value in wanted.items()):
            raise Problem("already_exists")
        return given.id
    require_known(actor, user_id)
    moment = now()
    if ends_at is not None and ends_at <= max(starts_at or moment, moment):
        raise Problem("invalid", errors=[FieldError("/ends_at", "before", {"other": "starts_at"})])
    waits = role in NEEDS_A_SECOND and person(actor) is not None
    grant = Grant(
        id=id or uuid7(),
        **wanted | {"starts_at": starts_at or moment},
        ends_at=ends_at,
        granted_by=actor.user_id,
        created_at=moment,
        confirmed_at=None if waits else moment,
    )
    with transaction.atomic():
        # The row of the user is held, so that nobody is given the same twice at once.
        user = User.objects.select_for_update(no_key=True).get(id=user_id)
        if Grant.objects.unended().filter(user_id=user_id, role=role, area_id=area_id).exists():
            raise Problem("invalid", errors=[FieldError("/role", "already_granted")])
        grant.save(force_insert=True)
        settle(user, area_id)
        _record(actor, "grant.proposed" if waits else "grant.given", grant)
    return grant.id


def confirm_grant(*, actor: Actor, grant_id: uuid.UUID) -> None:
    """The second person's word, by another admin of the area or by the police of an area above: from now on it holds.

    Confirming what is confirmed changes nothing. Raises Problem `not_found`, `forbidden`, `second_person_needed` for
    whoever proposed it or is to have it, and `conflict` for a role that has ended.
    """
    grant = grant_of(grant_id)
    _require_second(actor, grant)
    with transaction.atomic():
        grant = Grant.objects.select_for_update(no_key=True).get(id=grant_id)
        if grant.confirmed_at is not None:
            return
        moment = now()
        if grant.ends_at is not None and grant.ends_at <= moment:
            raise Problem("conflict")
        Grant.objects.filter(id=grant_id).update(confirmed_at=moment, confirmed_by=actor.user_id)
        _record(actor, "grant.confirmed", grant)


def end_grant(*, actor: Actor, grant_id: uuid.UUID) -> None:
    """The role ends now, or never begins, by an admin of its area; not the last admin's. What has ended stays so."""
    grant = grant_of(grant_id)
    require_in(actor, grant.area_id, {"admin"})
    with transaction.atomic():
        if grant.role == "admin":
            keep_an_admin(without_grants=[grant_id])
        if Grant.objects.unended().filter(id=grant_id).update(ends_at=now()):
            _record(actor, "grant.ended", grant)


def grant_of(grant_id: uuid.UUID) -> Grant:
    """The role that was given; Problem `not_found`."""
    grant = Grant.objects.filter(id=grant_id).first()
    if grant is None:
        raise Problem("not_found")
    return grant


def _require_second(actor: Actor, grant: Grant) -> None:
    require_in(actor, grant.area_id, {"admin", "police_officer"})
    who = person(actor)
    if who is None:
        return
    # What the actor is elsewhere, or as police of that very area, doesn't make them the police above.
    fit = tuple(
        h for h in who.holdings if h.role == "admin" or (h.role == "police_officer" and h.area_id != grant.area_id)
    )
    if not replace(who, holdings=fit, late=()).standing([grant.area_id]):
        raise Problem("forbidden")
    if who.user_id in (grant.granted_by, grant.user_id) or _is_puppet(who.user_id, grant.granted_by):
        raise Problem("second_person_needed")


# Whose hand somebody's right comes from, and whose hand that one's came from, up to those who were appointed first.
_LINE = """
WITH RECURSIVE line(user_id) AS (
  SELECT granted_by FROM role_grant WHERE user_id = %(second)s AND role IN ('admin', 'police_officer')
    AND (ends_at IS NULL OR ends_at > statement_timestamp())
  UNION
  SELECT g.granted_by FROM line JOIN role_grant g ON g.user_id = line.user_id AND g.role = 'admin')
SELECT EXISTS (SELECT FROM line WHERE user_id = %(first)s) OR EXISTS (
  SELECT FROM activation_code WHERE user_id = %(second)s AND issued_by = %(first)s AND used_at > %(since)s)
"""


def _is_puppet(second: uuid.UUID, first: uuid.UUID | None) -> bool:
    """Whether the first made the second what they are, or lately opened their account by a code."""
    if first is None:
        return False
    params: dict[str, Any] = {"second": second, "first": first, "since": now() - _OPENED_LATELY}
    with connection.cursor() as cursor:
        cursor.execute(_LINE, params)
        [(found,)] = cursor.fetchall()
    return bool(found)


def doubt_police(*, actor: Actor, user_ids: Collection[uuid.UUID]) -> None:
    """Let the police roles of these wait for a second person again, in the transaction of what opens their accounts.

    Whoever hands out the code, or takes the one-time codes away, could sign in as the officer and read tips: so it is
    to them as if they had proposed the role. Nothing of the kind when the server itself does it.
    """
    if person(actor) is None:
        return
    roles = Grant.objects.unended().filter(user_id__in=user_ids, role__in=NEEDS_A_SECOND, confirmed_at__isnull=False)
    held = list(roles.select_for_update(no_key=True).order_by("id"))
    Grant.objects.filter(id__in=[grant.id for grant in held]).update(
        confirmed_at=None, confirmed_by=None, granted_by=actor.user_id
    )
    for grant in held:
        _record(actor, "grant.proposed", grant)


def _record(actor: Actor, name: str, grant: Grant) -> None:
    details = {"user_id": grant.user_id, "role": grant.role}
    record(Event(name, area_id=grant.area_id, subject_type="grant", subject_id=grant.id, details=details), by=actor)
