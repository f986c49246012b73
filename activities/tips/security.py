"""What the database has to know of whoever meets the guarded tables, for one transaction; else it shows no row.

Three settings, always set together so that none is left over from before: the paths below which the police see tips,
the hash of the receipt that somebody holds, and the one tip whose sealed source is being taken.
"""

from __future__ import annotations

import uuid

from django.db import connection

from accounts.rights import person
from api.actors import Actor

POLICE = frozenset({"police_officer"})
_EVERYWHERE = '{""}'
_SET = """
SELECT set_config('anthon.read_tip', %s, true), set_config('anthon.tip_receipt', %s, true),
  set_config('anthon.tip_source', %s, true)
"""


def act_as_police(actor: Actor, *, source_of: uuid.UUID | None = None) -> None:
    """See the tips of the areas over which the actor is police, or all of them for the server itself."""
    who = person(actor)
    roots = _EVERYWHERE
    if who is not None:
        # Labels of paths are hex digits and dots, so nothing needs quoting.
        roots = "{" + ",".join(path for held in who.holdings if held.role in POLICE for path in held.paths) + "}"
    _set(roots, "", source_of)


def act_by_receipt(receipt_hash: uuid.UUID) -> None:
    """See the one tip whose receipt hashes to this."""
    _set("{}", str(receipt_hash), None)


def _set(roots: str, receipt: str, source_of: uuid.UUID | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, [roots, receipt, str(source_of or "")])
