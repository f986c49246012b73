"""Search by parts kept quick: what an import only noted down for its indexes is sorted in, by the owner's process.

Postgres would do it some time: on somebody's next write, or when it happens to vacuum the table.
"""

from django.db import connections

_PENDING = """
SELECT coalesce(sum(gin_clean_pending_list(i.indexrelid)), 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
WHERE m.amname = 'gin' AND i.indisvalid AND i.indrelid = 'user_account'::regclass
"""


def sort_in(alias: str = "owner") -> int:
    """Move what waits in the lists before the indexes into them; how many pages of it there were."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_PENDING)
        return int(cursor.fetchone()[0])
