"""What areas tell the wire about themselves: their record type, events and problems."""

from accounts.areas import problems  # noqa: F401 - fills the table
from accounts.areas.serializers import AREA
from accounts.events import register_events
from api.records import register

register(AREA)
register_events("area.loaded", "area.moved", "area.renamed", "area.counted", "area.ended")
