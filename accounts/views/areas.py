"""Areas changed over the wire: made, edited, renamed, regraded, moved, merged and split, each with a dry run."""

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.areas.checks import NewArea
from accounts.areas.effects import Tried, change_areas
from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.reorganising import Part, merge_areas, split_area
from accounts.areas.serializers import AREA, Area
from accounts.areas.services import create_area, edit_area, move_area, rename_area
from accounts.views import area_shapes as shapes
from api.etags import etag_of
from api.problems import FieldError, Problem
from api.rendering import json_response
from api.resource_schema import IF_MATCH
from api.shapes import decode
from api.sync import store
from api.views import ApiView


class AreaCommandView(ApiView):
    """What the commands share."""

    transaction = "write"

    def told(self, tried: Tried[list[uuid.UUID]], *, dry_run: bool) -> HttpResponse:
        """The areas as they are now, if there was a change, and what it touched."""
        rows = {} if dry_run else {row["id"]: row for row in store.rows_of(AREA, list(tried.result))}
        effect = vars(tried.effect) | {"records": [vars(each) for each in tried.effect.records]}
        areas = [rows[str(area_id)] for area_id in tried.result] if rows else []
        return json_response({"dry_run": dry_run, "areas": areas, "effect": effect})


def command(operation_id: str, request: type[Any]) -> Callable[..., Any]:
    """The document of a command of areas."""
    return extend_schema(
        operation_id=operation_id,
        tags=["areas"],
        request=request,
        responses=shapes.AreaChange,
        extensions={"x-problems": ["forbidden", "not_found"]},
    )


class AreaRenameView(AreaCommandView):
    """`POST /v1/areas/{id}/rename`."""

    @command("areas_rename", shapes.AreaRenameRequest)
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Give an area another name or code from a day on."""
        return self.rename(id, decode(shapes.AreaRenameRequest, request.data))

    def rename(self, area_id: uuid.UUID, body: Mapping[str, Any]) -> HttpResponse:
        def change() -> list[uuid.UUID]:
            kind = AreaKind(body["kind"]) if body.get("kind") else None
            names = {"name": body["name"], "code": body["code"], "kind": kind, "on": _day(body["on"])}
            rename_area(actor=self.actor, area_id=area_id, **names)
            return [area_id]

        tried = change_areas(actor=self.actor, area_ids=[area_id], ends=False, change=change, dry_run=body["dry_run"])
        return self.told(tried, dry_run=body["dry_run"])


class AreaRegradeView(AreaRenameView):
    """`POST /v1/areas/{id}/regrade`."""

    @command("areas_regrade", shapes.AreaRegradeRequest)
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Make an area another kind of its level from a day on."""
        return self.rename(id, decode(shapes.AreaRegradeRequest, request.data))


class AreaMoveView(AreaCommandView):
    """`POST /v1/areas/{id}/move`."""

    @command("areas_move", shapes.AreaMoveRequest)
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """Hang an area, with all below it, under another parent from a day on."""
        body = decode(shapes.AreaMoveRequest, request.data)
        parent = uuid.UUID(body["parent_id"])

        def change() -> list[uuid.UUID]:
            move_area(actor=self.actor, area_id=id, parent_id=parent, on=_day(body["on"]))
            return [id]

        tried = change_areas(
            actor=self.actor, area_ids=[id], also=[parent], ends=False, change=change, dry_run=body["dry_run"]
        )
        return self.told(tried, dry_run=body["dry_run"])


class AreaMergeView(AreaCommandView):
    """`POST /v1/areas/merge`."""

    @command("areas_merge", shapes.AreaMergeRequest)
    def post(self, request: Request) -> HttpResponse:
        """End several areas and begin one in their place, by decree."""
        body = decode(shapes.AreaMergeRequest, request.data)
        ids, into = [uuid.UUID(each) for each in body["area_ids"]], new_area(body["into"])
        if len(ids) < 2:
            raise Problem("invalid", errors=[FieldError("/area_ids", "too_few_areas")])

        def change() -> list[uuid.UUID]:
            decree = {"on": _day(body["on"]), "decree": body["decree"]}
            return [merge_areas(actor=self.actor, area_ids=ids, into=into, pointer="/into", **decree)]

        tried = change_areas(
            actor=self.actor, area_ids=ids, also=[into.parent_id], ends=True, change=change, dry_run=body["dry_run"]
        )
        return self.told(tried, dry_run=body["dry_run"])


class AreaSplitView(AreaCommandView):
    """`POST /v1/areas/{id}/split`."""

    @command("areas_split", shapes.AreaSplitRequest)
    def post(self, request: Request, id: uuid.UUID) -> HttpResponse:
        """End an area and begin several in its place, by decree."""
        body = decode(shapes.AreaSplitRequest, request.data)
        parts = [part_of(each) for each in body["parts"]]
        if len(parts) < 2:
            raise Problem("invalid", errors=[FieldError("/parts", "too_few_areas")])

        def change() -> list[uuid.UUID]:
            return split_area(
                actor=self.actor,
                area_id=id,
                parts=parts,
                on=_day(body["on"]),
                decree=body["decree"],
                pointers=[f"/parts/{place}/area" for place in range(len(parts))],
            )

        also = {part.area.parent_id for part in parts}
        tried = change_areas(
            actor=self.actor, area_ids=[id], also=also, ends=True, change=change, dry_run=body["dry_run"]
        )
        return self.told(tried, dry_run=body["dry_run"])


class AreasMade:
    """`POST /v1/areas`, beside the list."""

    @extend_schema(
        operation_id="areas_create",
        tags=["areas"],
        request=shapes.AreaCreateRequest,
        responses={201: Area},
        extensions={"x-problems": ["forbidden", "not_found"]},
    )
    def post(self: Any, request: Request) -> HttpResponse:
        """Make an area below its parent."""
        body = decode(shapes.AreaCreateRequest, request.data)
        made = create_area(actor=self.actor, area=new_area(body), on=_day(body["on"]) if body["on"] else None)
        return _area(made, 201)


class AreasPatched:
    """`PATCH /v1/areas/{id}`, beside reading one."""

    @extend_schema(
        operation_id="areas_patch",
        tags=["areas"],
        request={"application/merge-patch+json": shapes.AreaEdit, "application/json": shapes.AreaEdit},
        parameters=[IF_MATCH],
        responses=Area,
        extensions={"x-problems": ["forbidden", "gone"]},
    )
    def patch(self: Any, request: Request, id: uuid.UUID) -> HttpResponse:
        """Correct an area's number of households or its centre."""
        self.expect(request, id)
        values = decode(shapes.AreaEdit, request.data, partial=True)
        on = values.pop("on", None)
        edit_area(actor=self.actor, area_id=id, values=values, on=_day(on) if on else None)
        return _area(id, 200)


def _area(area_id: uuid.UUID, status: int) -> HttpResponse:
    """The area after a change."""
    [row] = store.rows_of(AREA, [area_id])
    headers = {"ETag": etag_of(row["version"])}
    return json_response(row, status, headers | ({"Location": f"/v1/areas/{area_id}"} if status == 201 else {}))


def new_area(body: Mapping[str, Any]) -> NewArea:
    """An area as a body describes it."""
    centre = body["centre"] or {}
    return NewArea(
        level=AreaLevel(body["level"]),
        kind=AreaKind(body["kind"]),
        name=body["name"],
        parent_id=uuid.UUID(body["parent_id"]) if body["parent_id"] else None,
        code=body["code"],
        lon=centre.get("lon"),
        lat=centre.get("lat"),
        household_count=body["household_count"],
    )


def part_of(body: Mapping[str, Any]) -> Part:
    """A part of a split as a body describes it."""
    share = None if body["share"] is None else Decimal(str(body["share"]))
    children = [uuid.UUID(each) for each in body["child_ids"]]
    return Part(new_area(body["area"]), children, share, body["is_default"])


def _day(text: str) -> date:
    return date.fromisoformat(text)
