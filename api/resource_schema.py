"""How the views of a record type appear in the document."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from api import listing
from api.fields import Choice, Id
from api.records import RecordType
from api.revisions import ResolveRequest, Revision

_IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", description="The ETag of the version that is changed: 428 without, 412 when stale"
)
_IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, "header", description="`*` makes the record; never changes one")


def documented(view: type[Any], kind: RecordType) -> type[Any]:
    """The view with the operations of its methods described for this type."""
    name = kind.collection
    for method, operation in _operations(view, kind).items():
        handler = getattr(view, method, None)
        if handler is None or method not in view.http_method_names:
            continue

        def own(self: Any, *args: Any, _handler: Any = handler, **kwargs: Any) -> Any:
            return _handler(self, *args, **kwargs)

        own.__name__, own.__doc__ = method, handler.__doc__
        setattr(view, method, extend_schema(tags=[name], **operation)(own))
    return view


def _operations(view: type[Any], kind: RecordType) -> dict[str, dict[str, Any]]:
    """What each method of the view is called, takes and answers."""
    record, name = kind.serializer, kind.collection
    base = next(c.__name__ for c in view.__mro__[1:] if c.__name__.endswith("View"))
    match base:
        case "CollectionView":
            return {
                "get": {
                    "operation_id": f"{name}_list",
                    "parameters": _filters(kind),
                    "responses": {200: page_of(record)},
                },
                "post": {
                    "operation_id": f"{name}_create",
                    "request": record,
                    "responses": {201: record, 200: record},
                },
            }
        case "ItemView":
            return {
                "get": {"operation_id": f"{name}_read", "responses": {200: record, 304: None}},
                "put": {
                    "operation_id": f"{name}_put",
                    "request": record,
                    "parameters": [_IF_MATCH, _IF_NONE_MATCH],
                    "responses": {200: record, 201: record},
                },
                "patch": {
                    "operation_id": f"{name}_patch",
                    "request": {"application/merge-patch+json": record, "application/json": record},
                    "parameters": [_IF_MATCH],
                    "responses": {200: record},
                },
                "delete": {"operation_id": f"{name}_delete", "parameters": [_IF_MATCH], "responses": {204: None}},
            }
        case "RevisionsView":
            return {
                "get": {
                    "operation_id": f"{name}_revisions",
                    "parameters": [*_PAGE, OpenApiParameter("status", str, enum=["applied", "conflict", "resolved"])],
                    "responses": {200: page_of(Revision)},
                }
            }
        case _:
            return {
                "post": {"operation_id": f"{name}_resolve", "request": ResolveRequest, "responses": {200: record}},
            }


_PAGE = [
    OpenApiParameter("limit", int, description="How many: 50, at most 200"),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
]
_DAYS = [
    OpenApiParameter("area", uuid.UUID, description="This area and all below it"),
    OpenApiParameter("since", {"type": "string", "format": "date"}, description="From this local day on"),
    OpenApiParameter("until", {"type": "string", "format": "date"}, description="To this local day, inclusive"),
]


def _filters(kind: RecordType) -> list[OpenApiParameter]:
    """The query parameters of a list."""
    found = [*_PAGE, *_DAYS]
    for name, field_name in listing.filter_names(kind).items():
        field = kind.shape.fields[field_name]
        if isinstance(field, Id):
            found.append(OpenApiParameter(name, uuid.UUID))
        elif isinstance(field, Choice):
            found.append(OpenApiParameter(name, str, enum=[str(key) for key in field.choices]))
        else:
            found.append(OpenApiParameter(name, str))
    if kind.search:
        found.append(OpenApiParameter("q", str, description="Words to look for; accents and case don't matter"))
    return found


_pages: dict[str, type[serializers.BaseSerializer[Any]]] = {}


def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.BaseSerializer[Any]]:
    """The serializer of a page of items."""
    name = f"{item.__name__}Page"
    if name not in _pages:
        members = {
            "items": item(many=True),
            "next_cursor": serializers.CharField(allow_null=True),
            "__doc__": "A page; `next_cursor` is null on the last one.",
        }
        _pages[name] = type(name, (serializers.Serializer,), members)
    return _pages[name]
