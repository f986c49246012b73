"""What accounts tells the wire about itself: record types, events, problems."""

import accounts.areas.registration  # noqa: F401 - registers areas
from accounts import events, problems, team_records  # noqa: F401 - they register what they declare
