"""Django's PostgreSQL with fewer round trips and plans that are kept; `api.settings` names it as the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from api.actors import Actor, Statement


def ask(
    sql: str, params: Sequence[Any], *, as_actor: Actor | None = None, before: Sequence[Statement] = ()
) -> list[tuple[Any, ...]]:
    """The rows of a statement that is asked often, from a plan that the connection keeps.

    What goes `before` it is done first, in the same round trip; so is, with `as_actor`, what tells the database who
    acts, where guarded tables are met.
    """
    head = _joined([as_actor.row_security(), *before] if as_actor else before)
    rows: list[tuple[Any, ...]] = connection.ask(sql, params, head)  # type: ignore[attr-defined]
    return rows


def tell(statements: Sequence[Statement], *, before: Sequence[Statement] = ()) -> None:
    """Statements that are made often, from plans that are kept, and `before` them others, in one round trip."""
    connection.tell(_joined(before), statements)  # type: ignore[attr-defined]


def _joined(statements: Sequence[Statement]) -> Statement:
    return "; ".join(text for text, _ in statements), [value for _, values in statements for value in values]
