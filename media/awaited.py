"""Files that were declared and whose bytes haven't come, for whoever asks on a person's behalf."""

import uuid
from collections.abc import Sequence

from accounts.deliveries import Pending
from accounts.scoping import SystemActor
from api.postgres import ask

_AWAITED = """
SELECT 'media', id, kind, size, received_at FROM media
WHERE author_id = %s AND status = 'pending' AND deleted_at IS NULL ORDER BY received_at DESC LIMIT %s
"""


def awaited(user_id: uuid.UUID, limit: int) -> Sequence[Pending]:
    """The newest of a person's files whose bytes are missing: which and how large, nothing of what they show.

    Read as the server, since files are guarded even from the admins who help with them.
    """
    return [Pending(*row) for row in ask(_AWAITED, [user_id, limit], as_actor=SystemActor("support"))]
