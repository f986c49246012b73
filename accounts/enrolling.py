"""Taking people in: an account and, if they join a team, the place in it, by an admin or the team's leader."""

import uuid
from typing import Any

import orjson
from django.db import transaction

from accounts import visible
from accounts.memberships import begin_membership, known_role, team_for
from accounts.models import Area, User
from accounts.phones import normalise_phone
from accounts.rights import require_in, require_somewhere
from accounts.roles import TeamRole
from accounts.users import add_account
from api.actors import Actor
from api.ids import uuid7
from api.keyed import keyed_hash
from api.problems import FieldError, Problem


def enrol(
    *,
    actor: Actor,
    phone: str,
    full_name: str,
    locale: str = "vi",
    area_id: uuid.UUID | None = None,
    team_id: uuid.UUID | None = None,
    role: str = "member",
    badge_number: str | None = None,
    id: uuid.UUID | None = None,
) -> tuple[User, bool]:
    """An account that waits for its code, and whether it was made now. The same again under the same id makes none.

    By an admin over `area_id`, the home; with a `team_id` also by the leader or deputy for a plain member, and home is
    the team's hamlet unless told. Raises Problem `not_found`, `forbidden`, `team_dissolved`, `already_exists` for an id
    under which another account was made (with `current` for who sees that), and `invalid`.
    """
    content = {
        "phone": normalise_phone(phone),
        "full_name": full_name,
        "locale": locale,
        "area_id": area_id,
        "team_id": team_id,
        "role": role,
        "badge_number": badge_number,
    }
    made_of = keyed_hash("user-content", orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    require_somewhere(actor, {"admin", "leader", "deputy_leader"})
    if id and (known := _known(actor, id, made_of)):
        return known, False
    known_role(role, TeamRole)
    team = team_for(actor, team_id, role) if team_id else None
    home = _home(actor, area_id, team.area_id if team else None)
    account: dict[str, Any] = {"phone": phone, "full_name": full_name, "locale": locale, "area_id": home}
    try:
        with transaction.atomic():
            user = add_account(actor=actor, made_of=made_of, id=id, **account)
            if team:
                begin_membership(actor, team, user.id, role=role, badge_number=badge_number, starts_at=None, id=uuid7())
    except Problem as problem:
        # The same request at the same time was faster.
        known = _known(actor, id, made_of) if id and problem.code in ("already_exists", "invalid") else None
        if known is None:
            raise
        return known, False
    return user, True


def _known(actor: Actor, id: uuid.UUID, made_of: bytes) -> User | None:
    user = User.objects.filter(id=id).first()
    if user is None:
        return None
    seen = visible.users(actor).filter(id=id).exists()
    if seen and bytes(user.made_of or b"") == made_of:
        return user
    raise Problem("already_exists")


def _home(actor: Actor, area_id: uuid.UUID | None, of_team: uuid.UUID | None) -> uuid.UUID:
    """Where the person will belong: an area that stands, and of the admin's own unless it is the team's."""
    if area_id is None and of_team is None:
        raise Problem("invalid", errors=[FieldError("/area_id", "required")])
    if area_id is None or area_id == of_team:
        return of_team or area_id  # type: ignore[return-value]
    require_in(actor, area_id, {"admin"})
    if not Area.objects.filter(id=area_id, valid_to=None, deleted_at=None).exists():
        raise Problem("invalid", errors=[FieldError("/area_id", "not_found")])
    return area_id
