"""What the server must know of the admin site before its first request."""

from accounts.imports.reading import MOST_BYTES
from api.bodies import allow_larger

_AROUND_A_FILE = 64 << 10
"""A form says more than its file."""
MOST_UPLOADED_BYTES = MOST_BYTES + _AROUND_A_FILE

allow_larger("/admin/imports/new/", MOST_UPLOADED_BYTES)
