"""Pages of people, roles and sessions by key, and the query parameters that their lists share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter

from api.actors import Actor
from api.pagination import decode_cursor, encode_cursor
from api.problems import Problem

Row = TypeVar("Row", bound=Model)

OF_PAGE = (
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Most items of a page"
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
)
AREA = OpenApiParameter("area", uuid.UUID, description="This area and all below it")


def page(
    rows: QuerySet[Row], *, order: tuple[str, ...], actor: Actor, what: str, query: Mapping[str, str], limit: int
) -> tuple[list[Row], str | None]:
    """So many rows, and the cursor of the next page: by `("-id",)`, or by a key and the id, as `("name_sort", "id")`.

    A cursor is good for the same person and the same filters only.
    """
    chosen = sorted((name, value) for name, value in query.items() if name not in ("cursor", "limit"))
    scope = f"{what}:{actor.user_id}:{chosen}"
    if query.get("cursor"):
        rows = rows.filter(_after(order, decode_cursor(query["cursor"], scope)))
    found = list(rows.order_by(*order)[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], encode_cursor([_plain(getattr(last, name.removeprefix("-"))) for name in order], scope)


def _after(order: tuple[str, ...], values: list[Any]) -> Q:
    """What comes after these values; the first comparison is one that an index begins at."""
    if order == ("-id",):
        return Q(id__lt=uuid.UUID(values[0]))
    key, (value, last_id) = order[0], values
    return Q(**{f"{key}__gte": value}) & (Q(**{f"{key}__gt": value}) | Q(id__gt=uuid.UUID(last_id)))


def _plain(value: object) -> object:
    return str(value) if isinstance(value, uuid.UUID) else value


def one_of(query: Mapping[str, str], name: str, choices: list[str]) -> str | None:
    """The parameter, if it is there; Problem `parameter_invalid` unless it is one of these."""
    value = query.get(name)
    if value is not None and value not in choices:
        raise Problem("parameter_invalid", params={"parameter": name, "choices": ", ".join(choices)})
    return value
