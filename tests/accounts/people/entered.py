"""What the cast makes without the engine, brought into its streams."""

from typing import Any

from accounts.models import Area, Membership, Team
from api.localtime import now
from api.sync.models import StreamEntry
from tests.cast import Cast, raise_cast

_KINDS: dict[str, Any] = {"area": Area, "team": Team, "membership": Membership}


def cast_in_streams() -> Cast:
    """Everyone, with areas, teams and memberships that services can change."""
    cast = raise_cast()
    enter_all()
    return cast


def enter_all() -> None:
    """Give every area, team and membership its place in the stream of its area, unless it has one."""
    found = [(name, record) for name, kind in _KINDS.items() for record in kind.objects.all()]
    StreamEntry.objects.bulk_create(
        (
            StreamEntry(
                record_id=record.id, type=name, area_id=record.area_id, seq=0, version=1, deleted=False,
                changed_at=now(),
            )
            for name, record in found
        ),
        ignore_conflicts=True,
    )  # fmt: skip
