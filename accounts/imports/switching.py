"""Switching accounts off by the thousand: in sets, with their sessions, never the last admin."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from accounts.events import record
from accounts.models import User
from accounts.sessions import end_sessions_of
from accounts.users import keep_an_admin
from api.actors import Actor, Event
from api.localtime import now


def switch_off(actor: Actor, user_ids: Sequence[uuid.UUID]) -> None:
    """Switch these accounts off from their very next request on, in the caller's transaction. Raises `last_admin`."""
    held = User.objects.select_for_update(no_key=True).filter(id__in=user_ids, is_active=True).order_by("id")
    homes = dict(held.values_list("id", "area_id"))
    ids = list(homes)
    if not ids:
        return
    keep_an_admin(without_users=ids)
    User.objects.filter(id__in=ids).update(is_active=False, deactivated_at=now())
    end_sessions_of(user_ids=ids, because="deactivated", by_user_id=actor.user_id, request_id=actor.request_id)
    record(*(Event("user.deactivated", home, "user", user_id) for user_id, home in homes.items()), by=actor)
