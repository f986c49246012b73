"""The OpenAPI document: what drf-spectacular can't know by itself – merge kinds, problems, and the order of things."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema

from api.fields import Wired


class Schema(AutoSchema):
    """Adds to each field how it merges."""

    def _map_serializer_field(self, field: Any, direction: Any, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, Wired) and field.merge != "atom" and schema:
            schema = {**schema, "x-merge": field.merge}
        return schema


def finish(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """The last word on the document."""
    return result
