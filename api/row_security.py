"""Row-level security: which tables the database guards by itself, by which settings, and the policies that read them.

Who acts stands in settings that hold for one transaction, as array literals of path prefixes; unset or empty, nothing
is seen. A prefix reaches what lies below it, '' everything. Rows are compared by uuid and text alone, which is
leakproof, so indexes stay usable. `Actor.row_security()` tells all of them at the head of a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from api.records import record_types


@dataclass(frozen=True)
class Guard:
    """What the settings `anthon.read_<name>` and `anthon.write_<name>` hold: the areas of these roles.

    `count` roles see rows only in transactions that were begun for counting.
    """

    name: str
    read: frozenset[str]
    write: frozenset[str]
    count: frozenset[str] = frozenset()


_guards: dict[str, Guard] = {}


def register_guard(name: str, *, read: str, write: str = "", count: str = "") -> Guard:
    """Guard a table that is no record type's (those declare `row_security=True`); roles as words. Who writes reads."""
    if name in _guards or name in record_types():
        raise ValueError(f"guard {name!r} is registered twice")
    writers = frozenset(write.split())
    _guards[name] = Guard(name, frozenset(read.split()) | writers, writers, frozenset(count.split()))
    return _guards[name]


def guards() -> Iterable[Guard]:
    """All of them; those of record types follow from their access."""
    for kind in record_types().values():
        if kind.row_security:
            access = kind.access
            yield Guard(kind.name, access.read, access.write | access.team_write, access.count)
    yield from _guards.values()


def row_policies(table: str, name: str = "", *, late: bool = True, delete: bool = False) -> tuple[str, str]:
    """The SQL that guards a table by the settings of `name` (its own name unless told), and the SQL that undoes it.

    For `migrations.RunSQL(*row_policies("tip"))`. The table has `area_id`. With `late`, who left lately meets own rows
    (`author_id`) where there is still something to deliver. Nobody may `delete` rows unless that is asked for. What
    this gave once stands in databases: a change belongs into a function of another name.
    """
    name = name or table
    own = "author_id = nullif(current_setting('anthon.user', true), '')::uuid"
    delivers = f" OR ({own} AND {_reached(table, 'late_roots')})" if late else ""
    read, write = (_reached(table, f"{verb}_{name}") + delivers for verb in ("read", "write"))
    policies = {
        "read": f"FOR SELECT TO anthon_api USING ({read})",
        "insert": f"FOR INSERT TO anthon_api WITH CHECK ({write})",
        "update": f"FOR UPDATE TO anthon_api USING ({write}) WITH CHECK ({write})",
    } | ({"delete": f"FOR DELETE TO anthon_api USING ({write})"} if delete else {})
    do = [f"CREATE POLICY {table}_{verb} ON {table} {policy}" for verb, policy in policies.items()]
    undo = [f"DROP POLICY {table}_{verb} ON {table}" for verb in policies]
    return (
        ";\n".join([f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY", *do]),
        ";\n".join([*undo, f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"]),
    )


def _reached(table: str, setting: str) -> str:
    """Whether a row's area lies below one of the paths that a setting holds."""
    return f"""EXISTS (
  SELECT FROM area_placement p, unnest(nullif(current_setting('anthon.{setting}', true), '')::text[]) AS root
  WHERE p.area_id = {table}.area_id AND p.valid_to IS NULL AND p.path >= root AND p.path < root || '~')"""
