"""What the cast makes without the engine, brought into its streams."""

from accounts.models import Membership, Team
from api.localtime import now
from api.sync.models import StreamEntry
from tests.cast import Cast, raise_cast


def cast_in_streams() -> Cast:
    """Everyone, with teams and memberships that services can change."""
    cast = raise_cast()
    enter_all()
    return cast


def enter_all() -> None:
    """Give every team and membership its place in the stream of its area, unless it has one."""
    found = [("team", team) for team in Team.objects.all()] + [("membership", m) for m in Membership.objects.all()]
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
