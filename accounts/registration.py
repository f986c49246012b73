"""What accounts tells the wire about itself: record types, events, problems."""

import accounts.areas.registration
import accounts.exports.services
import accounts.imports.registration
import accounts.push.sending
import accounts.requests.breaches
import accounts.requests.data_requests
import accounts.requests.reminding
import accounts.sheets.prints
import accounts.site.registration
import accounts.webhooks.sending  # noqa: F401
from accounts import events, problems, retention, team_records  # noqa: F401 - they register what they declare
