"""How the views of a record type appear in the document."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers

from api import listing
from api.fields import Choice, Id
from api.records import RecordType
from api.revisions import ResolveRequest, Revision, RevisionStatus

IF_MATCH = OpenApiParameter(
    "If-Match", str, "header", description="The ETag of the version that is changed: 428 without, 412 when stale"
)
_IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, "header", description="`*` makes the record; never changes one")
IF_NEWER = OpenApiParameter(
    "If-None-Match", str, "header", description="The ETag of the copy that is held: 304 if it is"
)


def documented(view: type[Any], kind: RecordType) -> type[Any]:
    """The view with the operations of its methods described for this type."""
    name = kind.collection
    for method, operation in _operations(view, kind).items():
        handler = getattr(view, method, None)
        # A method of the type's own says itself what it does.
        if handler is None or method not in view.http_method_names or not _is_generic(handler):
            continue

        def own(self: Any, *args: Any, _handler: Any = handler, **kwargs: Any) -> Any:
            return _handler(self, *args, **kwargs)

        own.__name__, own.__doc__ = method, handler.__doc__
        setattr(view, method, extend_schema(tags=[name], **operation)(own))
    return view


def _is_generic(handler: Any) -> bool:
    return bool(handler.__module__ == "api.resources")


def _operations(view: type[Any], kind: RecordType) -> dict[str, dict[str, Any]]:
    """What each method of the view is called, takes and answers."""
    base = next(c.__name__ for c in view.__mro__[1:] if c.__name__.endswith("View"))
    return _OPERATIONS[base](kind)


def _operation(
    kind: RecordType, verb: str, summary: str, description: str = "", refusals: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    """One operation; whoever may not see what stands in an area that they know gets 403."""
    return {
        "operation_id": f"{kind.collection}_{verb}",
        "summary": summary,
        "description": description or summary,
        "extensions": {"x-problems": ["forbidden", *refusals]},
        **more,
    }


def _collection(kind: RecordType) -> dict[str, dict[str, Any]]:
    noun, made = _noun(kind), answer_of(kind)
    return {
        "get": _operation(
            kind,
            "list",
            f"List {kind.collection}",
            f"{'By name' if kind.order[1] == 'ASC' else 'The newest first'}, within one's areas. "
            "All filters must hold. Send `next_cursor` as `cursor`, with the same filters, until it is null. "
            "Phones pull instead.",
            responses={200: page_of(kind.serializer)},
        ),
        "post": _operation(
            kind,
            "create",
            f"Make {noun}",
            "With an id of your own making. 201; sent again with the same content 200, so a lost answer does no harm; "
            "with other content 409 `already_exists`, and `current` holds what stands if you may see it.",
            ["not_found", "gone", "already_exists", *_LATE],
            request=kind.serializer,
            responses={201: made, 200: made},
        ),
    }


def _item(kind: RecordType) -> dict[str, dict[str, Any]]:
    noun, made = _noun(kind), answer_of(kind)
    return {
        "get": _operation(
            kind,
            "read",
            f"Read {noun}",
            "As it is now, with the `ETag` that a change must name. With `If-None-Match` it is 304 if you hold that "
            "version already. 410 once it was deleted.",
            ["gone"],
            parameters=[IF_NEWER],
            responses={200: kind.serializer, 304: None},
        ),
        "put": _operation(
            kind,
            "put",
            f"Replace {noun}, or make it",
            "With `If-None-Match: *` it is made, as by POST. With `If-Match` it is replaced: what is left out is "
            "cleared, bar fields that are fixed. 412 if somebody was faster: merge with `current` and send again.",
            ["gone", "already_exists", "area_fixed", *_LATE],
            request=kind.serializer,
            parameters=[IF_MATCH, _IF_NONE_MATCH],
            responses={200: made, 201: made},
        ),
        "patch": _operation(
            kind,
            "patch",
            f"Change {noun}",
            "JSON Merge Patch (RFC 7396): what is absent is left alone, null clears. Needs `If-Match`: 428 "
            "without, 412 if somebody was faster, with the record as it stands in `current`.",
            ["gone", "area_fixed", *_LATE],
            request={"application/merge-patch+json": kind.serializer, "application/json": kind.serializer},
            parameters=[IF_MATCH],
            responses={200: made},
        ),
        "delete": _operation(
            kind,
            "delete",
            f"Delete {noun}",
            "For ever: its id is answered 410 from now on and never used again; phones are told by pull. What it was "
            "stays in its versions. Needs `If-Match`.",
            ["gone", *([kind.lasts[0]] if kind.lasts else ()), *_LATE],
            parameters=[IF_MATCH],
            responses={204: None},
        ),
    }


def _history(kind: RecordType) -> dict[str, dict[str, Any]]:
    return {
        "get": _operation(
            kind,
            "revisions",
            f"List the versions of {_noun(kind)}",
            "The newest first: who changed what, when, and on which phone. Values that lost a conflict stand among "
            "them; `status=conflict` lists those that wait for a choice.",
            ["gone"],
            responses={200: page_of(Revision)},
        )
    }


def _choice(kind: RecordType) -> dict[str, dict[str, Any]]:
    return {
        "post": _operation(
            kind,
            "resolve",
            f"Settle a conflict of {_noun(kind)}",
            "The value that stands stays, or the one that was sent takes its place in a new version. Settling twice "
            "changes nothing. The revision that waits comes from `GET …/revisions?status=conflict`.",
            ["gone", "precondition_failed", *_LATE],
            request=ResolveRequest,
            responses={200: answer_of(kind)},
        )
    }


_OPERATIONS = {
    "CollectionView": _collection,
    "ItemView": _item,
    "RevisionsView": _history,
    "ResolveView": _choice,
}
_LATE = ("membership_ended",)


def _noun(kind: RecordType) -> str:
    """The type with its article: `a patrol`, `an observation`; `media` has no plural."""
    words = kind.name.replace("_", " ")
    if kind.name == kind.collection:
        return words
    return f"{'an' if words[0] in 'aeio' else 'a'} {words}"


_PAGE = [
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, description="Most items of a page"
    ),
    OpenApiParameter("cursor", str, description="`next_cursor` of the page before"),
]
OF_VERSIONS = [*_PAGE, OpenApiParameter("status", str, enum=RevisionStatus.values, description="Only these")]
_DAYS = [
    OpenApiParameter("area", uuid.UUID, description="This area and all below it"),
    OpenApiParameter("since", {"type": "string", "format": "date"}, description="From this local day on"),
    OpenApiParameter("until", {"type": "string", "format": "date"}, description="To this local day, inclusive"),
]


def of_list(kind: RecordType) -> list[OpenApiParameter]:
    """The query parameters of a type's list."""
    found = [*_PAGE, *_DAYS]
    for name, field_name in listing.filter_names(kind).items():
        field = kind.shape.fields[field_name]
        if isinstance(field, Id):
            found.append(OpenApiParameter(name, uuid.UUID, description=f"Only with this `{field_name}`"))
        elif isinstance(field, Choice):
            choices = [str(key) for key in field.choices]
            found.append(OpenApiParameter(name, str, enum=choices, description=f"Only with this `{field_name}`"))
        else:
            found.append(OpenApiParameter(name, str, description=f"Only with this `{field_name}`"))
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


def answer_of(kind: RecordType) -> type[serializers.BaseSerializer[Any]]:
    """The serializer of what a write answers: the record, with what its type adds to it."""
    if kind.acknowledgement is None:
        return kind.serializer
    name = f"{kind.serializer.__name__}Acknowledged"
    if name not in _pages:
        _pages[name] = type(name, (kind.serializer, kind.acknowledgement), {"__doc__": kind.acknowledgement.__doc__})
    return _pages[name]
