"""The engine: a transaction's BEGIN travels with its first statement, and statements asked often keep their plans.

psycopg2 would send BEGIN as a message of its own, and knows no prepared statements; so the connection stays
in autocommit underneath, and both are written out in SQL.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import psycopg2.extensions
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction

if TYPE_CHECKING:
    from api.actors import Statement

MOST_PLANS = 200


class Cursor(psycopg2.extensions.cursor):
    """Begins the transaction with its first statement."""

    wrapper: DatabaseWrapper | None = None

    def execute(self, query: Any, vars: Any = None) -> None:
        if begin := self._begin():
            if isinstance(query, str):
                query = f"{begin}; {query}"
            else:
                super().execute(begin)
        super().execute(query, vars)

    def executemany(self, query: Any, vars_list: Iterable[Any]) -> None:
        if begin := self._begin():
            super().execute(begin)
        super().executemany(query, vars_list)

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        if begin := self._begin():
            super().execute(begin)
        super().copy_expert(sql, file, size)

    def _begin(self) -> str:
        return self.wrapper.take_begin() if self.wrapper else ""


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread."""

    begin = ""
    """What begins the transaction that nothing was asked in yet."""

    def get_connection_params(self) -> dict[str, Any]:
        return super().get_connection_params() | {"cursor_factory": Cursor}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.begin = ""
        self._names: dict[str, str] = {}
        self._numbers = itertools.count(1)
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        cursor.wrapper = self
        return cursor

    def take_begin(self) -> str:
        """The BEGIN that the next statement has to bring, once."""
        begin, self.begin = self.begin, ""
        return begin

    def ask(self, sql: str, params: Sequence[Any], head: Statement = ("", ())) -> list[tuple[Any, ...]]:
        """The rows of a statement whose plan the connection keeps, in one message with a `head` that goes before it."""
        return self._send(head, [(sql, params)], lambda cursor: cursor.fetchall())

    def tell(self, head: Statement, statements: Sequence[Statement]) -> None:
        """The same for several statements of which no rows are wanted."""
        self._send(head, statements, lambda _: None)

    def _send(self, head: Statement, statements: Sequence[Statement], take: Callable[[Any], Any]) -> Any:
        """To be used with few different texts. Behind a pooler that shares connections they are sent as they are."""
        self.ensure_connection()
        keep = settings.KEEP_PLANS
        names: dict[str, str] = {}
        texts = [head[0]] if head[0] else []
        for sql, params in statements:
            name = (self._names.get(sql) or names.get(sql)) if keep else None
            if keep and name is None and len(self._names) < MOST_PLANS:
                # A name is used once: what failed midway may or may not be there.
                names[sql] = name = f"kept_{next(self._numbers)}"
                texts.append(f"PREPARE {name} AS {numbered(sql)}")
            values = f"({','.join(['%s'] * len(params))})" if params else ""
            texts.append(f"EXECUTE {name}{values}" if name else sql)
        with self.cursor() as cursor:
            cursor.execute("; ".join(texts), [*head[1], *(value for _, values in statements for value in values)])
            taken = take(cursor)
        self._names |= names
        return taken

    def _start_transaction_under_autocommit(self) -> None:
        """Django's hook for databases whose autocommit stays on: `atomic` calls it instead of turning that off."""
        self.begin = "BEGIN"

    def _commit(self) -> None:
        self._end("COMMIT")

    def _rollback(self) -> None:
        self._end("ROLLBACK")

    def _end(self, word: str) -> None:
        if self.connection is None or self.take_begin():
            return
        with debug_transaction(self, word), self.wrap_database_errors, self.connection.cursor() as cursor:
            cursor.execute(word)


def numbered(sql: str) -> str:
    """The statement with `$1`, `$2` … for its `%s`."""
    places = itertools.count(1)
    return re.sub("%s", lambda _: f"${next(places)}", sql)
