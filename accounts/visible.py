"""Who sees which accounts, roles and sessions: the one place for the scope of lists of people.

An admin sees whoever belongs to the own areas (home, or a membership or role that holds), a leader or deputy the
members of the own team; the police see the police of their areas. All else is to them as what isn't there.

Each function gives a queryset to filter, order and cut further. Where few areas are asked for, their people are
gathered; where many are, which hold a good part of all people, a list walks its own order and asks of each row whether
it is seen: so a page costs little for a hamlet and for the country. Which of the two is a small query of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import BooleanField, F, Func, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from accounts.areas.tree import below
from accounts.imports.kinds import kinds_by_roles
from accounts.models import Area, AreaPlacement, Grant, Import, Membership, Session, Team, User, Webhook
from accounts.rights import TEAM_HEADS, person
from api.actors import Actor
from api.postgres import ask

Row = TypeVar("Row", bound=Model)
MANY_AREAS = 2_000
"""So many areas' people are gathered."""
MANY_PLACES = 20_000
"""So many areas' teams, roles and imports, which are one look each."""
_HERE = (
    "SELECT p.area_id FROM unnest(%s::text[]) r(path) "
    f"JOIN area_placement p ON {below('p', 'r.path')} AND p.valid_to IS NULL"
)
_EXTENT = f"""
SELECT (SELECT count(*) FROM ({_HERE} LIMIT %s) h), NOT EXISTS (
  SELECT FROM area_placement p WHERE p.parent_id IS NULL AND p.valid_to IS NULL AND p.tree = 'administrative'
    AND NOT EXISTS (SELECT FROM unnest(%s::text[]) root WHERE starts_with(p.path, root)))
"""
_UNENDED = "(ends_at IS NULL OR ends_at > statement_timestamp())"
_HOLDS = f"starts_at <= statement_timestamp() AND {_UNENDED}"
# Each area is looked up by itself (OFFSET 0 keeps it so): how many lie below a path can't be foreseen.
_GATHERED = f"""
here AS MATERIALIZED (SELECT DISTINCT area_id FROM ({_HERE}) h), people AS MATERIALIZED (
  SELECT u.id FROM here h CROSS JOIN LATERAL (SELECT id FROM user_account WHERE area_id = h.area_id OFFSET 0) u
  UNION
  SELECT m.user_id FROM here h CROSS JOIN LATERAL (
    SELECT user_id FROM membership WHERE area_id = h.area_id AND deleted_at IS NULL AND {_HOLDS} OFFSET 0) m
  UNION
  SELECT g.user_id FROM here h CROSS JOIN LATERAL (
    SELECT user_id FROM role_grant WHERE area_id = h.area_id AND confirmed_at IS NOT NULL AND {_HOLDS} OFFSET 0) g
  UNION
  SELECT user_id FROM membership WHERE team_id = ANY(%s::uuid[]) AND deleted_at IS NULL AND {_HOLDS}
  UNION
  -- Who belongs nowhere is any admin's.
  SELECT id FROM user_account u WHERE %s AND area_id IS NULL
    AND NOT EXISTS (SELECT FROM membership m WHERE m.user_id = u.id AND m.deleted_at IS NULL AND {_UNENDED})
    AND NOT EXISTS (SELECT FROM role_grant g WHERE g.user_id = u.id AND {_UNENDED}))
"""
_PEOPLE = f"WITH {_GATHERED} SELECT id FROM people"
_OUTSIDE = """
{0}.area_id NOT IN (SELECT area_id FROM here) AND NOT EXISTS (
  SELECT FROM area_placement p CROSS JOIN own WHERE p.area_id = {0}.area_id AND p.valid_to IS NULL
    AND EXISTS (SELECT FROM unnest(own.roots) root WHERE starts_with(p.path, root)) OFFSET 0)
"""
_MANAGEABLE = f"""
WITH own AS (SELECT %s::text[] AS roots), {_GATHERED}
SELECT x.id FROM people x
  CROSS JOIN LATERAL (SELECT area_id FROM user_account WHERE id = x.id OFFSET 0) u
WHERE (u.area_id IS NULL OR NOT ({_OUTSIDE.format("u")}))
  AND NOT EXISTS (SELECT FROM membership m WHERE m.user_id = x.id AND m.deleted_at IS NULL AND {_UNENDED}
                    AND {_OUTSIDE.format("m")} OFFSET 0)
  AND NOT EXISTS (SELECT FROM role_grant g WHERE g.user_id = x.id AND {_UNENDED} AND {_OUTSIDE.format("g")} OFFSET 0)
"""


def users(actor: Actor, *, within: uuid.UUID | None = None, counted: bool = False) -> QuerySet[User]:
    """The accounts that somebody sees; `within` leaves those who belong to that area or below it.

    What is only `counted` has no order to walk in, so more are gathered.
    """
    scope = _scope(actor, "admin", within, counted=counted)
    return _people(scope, [] if within else _teams_headed(actor))


def manageable(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[User]:
    """The accounts that an admin may act on: all that they belong to lies in the own areas."""
    return _manageable(_scope(actor, "admin", within))


def sessions(actor: Actor, *, within: uuid.UUID | None = None, counted: bool = False) -> QuerySet[Session]:
    """The sessions, ended ones too, of those whom an admin may act on."""
    scope = _scope(actor, "admin", within, counted=counted)
    found = Session.objects.all()
    if scope.everything:
        return found
    if not scope.own:
        return found.none()
    if scope.wide:
        theirs = _first(_manageable(scope).filter(id=OuterRef("user_id")))
        return found.alias(whose=theirs).filter(whose__isnull=False)
    return found.filter(_among("user_id", _MANAGEABLE, [list(scope.own), *_gathering(scope, [])]))


def grants(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[Grant]:
    """Roles over areas, ended ones too: to admins all in the own areas, to the police those of the police."""
    scope, police = (_scope(actor, role, within) for role in ("admin", "police_officer"))
    found = Grant.objects.all()
    if scope.everything:
        return found
    seen = Q()
    for part, wanted in ((scope, Q()), (police, Q(role="police_officer"))):
        if part.roots and part.vast:
            found = found.alias(place=_first(_placed("area_id", part.roots)))
            seen |= wanted & Q(place__isnull=False)
        elif part.roots:
            seen |= wanted & Q(_among("area_id", _HERE, [list(part.roots)]))
    return found.filter(seen) if seen else found.none()


def imports(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[Import]:
    """The imports of each kind for the areas where somebody may import such."""
    found, seen = Import.objects.all(), Q()
    for number, (roles, kinds) in enumerate(kinds_by_roles().items()):
        scope, wanted = _scope(actor, roles, within), Q(kind__in=kinds)
        if scope.everything:
            seen |= wanted
        elif scope.roots and scope.vast:
            place = f"place_{number}"
            found = found.alias(**{place: _first(_placed("area_id", scope.roots))})
            seen |= wanted & Q(**{f"{place}__isnull": False})
        elif scope.roots:
            seen |= wanted & Q(_among("area_id", _HERE, [list(scope.roots)]))
    return found.filter(seen) if seen else found.none()


def administered(actor: Actor, rows: QuerySet[Row], *, within: uuid.UUID | None = None) -> QuerySet[Row]:
    """Of rows that have an `area_id`, those of the areas that somebody administers."""
    scope = _scope(actor, "admin", within)
    if scope.everything:
        return rows
    if scope.roots and scope.vast:
        found = rows.alias(place=_first(_placed("area_id", scope.roots)))
        return found.filter(place__isnull=False)  # type: ignore[return-value]  # aliases hide what rows these are
    return rows.filter(_among("area_id", _HERE, [list(scope.roots)]))


@dataclass(frozen=True)
class _Scope:
    """What is looked after (`own`) and what of it is asked for (`roots`), as paths of the tree.

    `everything`: the whole country, by the server itself or by who looks after all of it. `areas`: how many lie below
    the roots, counted until they are very many.
    """

    own: Sequence[str]
    roots: Sequence[str]
    asked: bool
    everything: bool = False
    areas: int = 0
    counted: bool = False

    @property
    def wide(self) -> bool:
        """Whether more areas lie there than one gathers the people of."""
        return self.areas > (MANY_PLACES if self.counted else MANY_AREAS)

    @property
    def vast(self) -> bool:
        """Whether more lie there than one looks up at all."""
        return self.areas > MANY_PLACES

    @property
    def anywhere(self) -> bool:
        """Whether those who belong nowhere are meant too."""
        return bool(self.own) and not self.asked


def _scope(actor: Actor, role: str | frozenset[str], within: uuid.UUID | None, *, counted: bool = False) -> _Scope:
    who = person(actor)
    roles = {role} if isinstance(role, str) else role
    own = [path for h in who.holdings if h.role in roles for path in h.paths] if who else [""]
    if who is None and within is None:
        return _Scope(own, own, asked=False, everything=True)
    roots = own
    if within is not None and own:
        asked = list(AreaPlacement.objects.filter(area_id=within, valid_to=None).values_list("path", flat=True))
        inner = [path for path in asked if any(path.startswith(root) for root in own)]
        roots = inner or [root for root in own if any(root.startswith(path) for path in asked)]
    areas, whole = _extent(roots)
    asked_for = within is not None
    return _Scope(own, roots, asked_for, everything=whole and not asked_for, areas=areas, counted=counted)


def is_everything(actor: Actor) -> bool:
    """Whether somebody looks after the whole country."""
    return _scope(actor, "admin", None).everything


def _extent(roots: Sequence[str]) -> tuple[int, bool]:
    """How many areas lie there, counted until there are many, and whether nothing of the country lies elsewhere."""
    if not roots:
        return 0, False
    [(areas, whole)] = ask(_EXTENT, [list(roots), MANY_PLACES + 1, list(roots)])
    return areas, whole


def _people(scope: _Scope, teams: Sequence[uuid.UUID]) -> QuerySet[User]:
    if scope.everything:
        return User.objects.all()
    if not scope.wide:
        return User.objects.filter(_among("id", _PEOPLE, _gathering(scope, teams)))
    memberships = Membership.objects.holding().filter(user_id=OuterRef("id"))
    roles = Grant.objects.holding().filter(user_id=OuterRef("id"))
    seen = User.objects.alias(
        home=_first(_placed("area_id", scope.roots)),
        team=_first(memberships.alias(place=_first(_placed("area_id", scope.roots))).filter(place__isnull=False)),
        role=_first(roles.alias(place=_first(_placed("area_id", scope.roots))).filter(place__isnull=False)),
        own_team=_first(memberships.filter(team_id__in=teams)),
    )
    which = Q(home__isnull=False) | Q(team__isnull=False) | Q(role__isnull=False) | Q(own_team__isnull=False)
    if scope.anywhere:
        seen = seen.alias(
            some_team=_first(Membership.objects.unended().filter(user_id=OuterRef("id"))),
            some_role=_first(Grant.objects.unended().filter(user_id=OuterRef("id"))),
        )
        which |= Q(area_id=None, some_team=None, some_role=None)
    return seen.filter(which)


def _manageable(scope: _Scope) -> QuerySet[User]:
    if scope.everything:
        return User.objects.all()
    if not scope.own:
        return User.objects.none()
    if not scope.wide:
        return User.objects.filter(_among("id", _MANAGEABLE, [list(scope.own), *_gathering(scope, [])]))
    memberships = Membership.objects.unended().filter(user_id=OuterRef("id"))
    roles = Grant.objects.unended().filter(user_id=OuterRef("id"))
    return (
        _people(scope, [])
        .alias(
            own_home=_first(_placed("area_id", scope.own)),
            team_outside=_first(memberships.alias(own=_first(_placed("area_id", scope.own))).filter(own=None)),
            role_outside=_first(roles.alias(own=_first(_placed("area_id", scope.own))).filter(own=None)),
        )
        .filter(Q(area_id=None) | Q(own_home__isnull=False), team_outside=None, role_outside=None)
    )


def _placed(area: str, roots: Sequence[str]) -> QuerySet[AreaPlacement]:
    """The places at or below these paths of the area that a column of the row outside names."""
    here = Q()
    for root in roots:
        here |= Q(path__gte=root, path__lt=f"{root}~")
    return AreaPlacement.objects.filter(here, area_id=OuterRef(area), valid_to=None)


def _first(rows: QuerySet[Any]) -> Subquery:
    """The id of one of the rows, or null; as EXISTS, the database would rather read them all beforehand."""
    return Subquery(rows.values("id")[:1])


class _IsAmong(Func):
    """Whether a column is among the rows of a query, as an array: the database then looks each of them up."""

    arg_joiner = " = ANY(ARRAY"
    template = "%(expressions)s)"
    output_field = BooleanField()


def _among(column: str, sql: str, params: list[Any]) -> _IsAmong:
    """One of this module's own queries; what varies are its parameters."""
    return _IsAmong(F(column), RawSQL(sql, params))  # noqa: S611


def _gathering(scope: _Scope, teams: Sequence[uuid.UUID]) -> list[Any]:
    """The parameters of `_GATHERED`."""
    return [list(scope.roots), list(teams), scope.anywhere]


def _teams_headed(actor: Actor) -> list[uuid.UUID]:
    who = person(actor)
    return [h.team_id for h in who.holdings if h.team_id and h.role in TEAM_HEADS] if who else []


def teams(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[Team]:
    """The teams, dissolved ones too, of the areas that an admin looks after."""
    scope, found = _scope(actor, "admin", within), Team.objects.filter(deleted_at=None)
    if scope.everything:
        return found
    if scope.vast:
        return found.alias(place=_first(_placed("area_id", scope.roots))).filter(place__isnull=False)
    return found.filter(_among("area_id", _HERE, [list(scope.roots)]))


def areas(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[Area]:
    """The areas that an admin looks after, ended ones too, since they hang below what took their place."""
    scope, found = _scope(actor, "admin", within), Area.objects.filter(deleted_at=None)
    if scope.everything:
        return found
    if scope.vast:
        return found.alias(place=_first(_placed("id", scope.roots))).filter(place__isnull=False)
    return found.filter(_among("id", _HERE, [list(scope.roots)]))


def webhooks(actor: Actor, *, within: uuid.UUID | None = None) -> QuerySet[Webhook]:
    """The subscriptions for areas that an admin looks after."""
    scope = _scope(actor, "admin", within)
    if scope.everything:
        return Webhook.objects.all()
    # They are few, so each one's area is looked up.
    return Webhook.objects.alias(place=_first(_placed("area_id", scope.roots))).filter(place__isnull=False)
