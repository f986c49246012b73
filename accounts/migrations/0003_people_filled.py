"""Fills in what accounts have from now on: where people belong, and the key that they are sorted by.

A batch a transaction, so that nobody waits; run again, it goes on where it stopped.
"""

from typing import Any

from django.db import migrations

from accounts.names import name_sort

BATCH = 5_000

HOMES = """
UPDATE user_account u SET area_id = (
  SELECT h.area_id FROM (
    SELECT m.area_id, m.ends_at IS NULL AS holds, m.starts_at, 1 AS no
    FROM membership m WHERE m.user_id = u.id AND m.deleted_at IS NULL
    UNION ALL
    SELECT g.area_id, g.ends_at IS NULL, g.starts_at, 2 FROM role_grant g WHERE g.user_id = u.id) h
  ORDER BY h.holds DESC, h.no, h.starts_at DESC LIMIT 1)
WHERE u.id = ANY(%s::uuid[]) AND u.area_id IS NULL
"""
NAMES = """
UPDATE user_account u SET name_sort = n.key FROM unnest(%s::uuid[], %s::text[]) AS n(id, key)
WHERE u.id = n.id AND u.name_sort = ''
"""


def fill(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("UPDATE role_grant SET confirmed_at = created_at WHERE confirmed_at > created_at")
        last = "00000000-0000-0000-0000-000000000000"
        while True:
            cursor.execute(
                "SELECT id::text, full_name FROM user_account WHERE id > %s ORDER BY id LIMIT %s", [last, BATCH]
            )
            rows = cursor.fetchall()
            if not rows:
                return
            ids = [id_ for id_, _ in rows]
            cursor.execute(HOMES, [ids])
            cursor.execute(NAMES, [ids, [name_sort(name) for _, name in rows]])
            last = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0002_people")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
