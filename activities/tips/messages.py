"""Messages between police and source: in the order in which they came, with no time but the hour."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import connection

from activities.tips.times import this_hour
from api.problems import FieldError, Problem

_ATTEMPTS = 5
_ADD = """
INSERT INTO tip_message (id, tip_id, area_id, no, sender, hour, text, mixed)
SELECT %(id)s, %(tip)s, %(area)s, (SELECT coalesce(max(no), 0) + 1 FROM tip_message WHERE tip_id = %(tip)s),
  %(sender)s, %(hour)s, %(text)s, false
ON CONFLICT DO NOTHING
"""
_KNOWN = "SELECT tip_id = %s AND sender = %s AND text = %s FROM tip_message WHERE id = %s"


def add(*, tip_id: uuid.UUID, area_id: uuid.UUID, message_id: uuid.UUID, sender: str, text: str) -> bool:
    """Add a message; False if it was there already. Whoever adds has told the database what they may see.

    Raises Problem `invalid` for an id that isn't a UUIDv4, `tip_id_taken` for one that another message has.
    """
    if message_id.version != 4:
        raise Problem("invalid", errors=[FieldError("/id", "not_uuid4")])
    row: dict[str, Any] = {
        "id": message_id,
        "tip": tip_id,
        "area": area_id,
        "sender": sender,
        "hour": this_hour(),
        "text": text,
    }
    for _ in range(_ATTEMPTS):  # two that come at once want the same place
        with connection.cursor() as cursor:
            cursor.execute(_ADD, row)
            if cursor.rowcount:
                return True
            cursor.execute(_KNOWN, [tip_id, sender, text, message_id])
            known = cursor.fetchone()
        if known:
            if known[0]:
                return False
            raise Problem("tip_id_taken")
    raise Problem("tip_id_taken")
