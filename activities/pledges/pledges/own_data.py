"""What pledges say of the member who took them, for that member: which and when, and nothing of who signed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import transaction

from accounts.exports.own_data import made_by, register_own_data
from accounts.scoping import SystemActor
from activities.pledges.models.pledges import Pledge
from api.sync import store

_SYSTEM = SystemActor(reason="own data")


def pledges_taken(user_id: uuid.UUID) -> Iterator[dict[str, Any]]:
    """Those that somebody wrote down, also where they have no part any more: so it is the server that asks."""
    with transaction.atomic():
        store.run([_SYSTEM.row_security()])
        found = Pledge.objects.filter(author_id=user_id, id__in=made_by(user_id, "pledge"), deleted_at=None)
        rows = list(
            found.order_by("recorded_at", "id").values(
                *("id", "area_id", "template_id", "signer_type", "method", "status", "signed_on", "recorded_at")
            )
        )
    yield from rows


register_own_data("pledges_taken", pledges_taken)
