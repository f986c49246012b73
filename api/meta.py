"""`/v1/meta`: what an app asks first: whether it is new enough, what the limits are, and how values are called."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import MAX_BODY_BYTES
from api.enums import enums_for_meta
from api.parsing import DEEPEST
from api.views import ApiView

API_LEVEL = 1
MINIMUM_APP_VERSION = "1.0.0"
LIMITS: dict[str, int] = {"body_bytes": MAX_BODY_BYTES, "json_depth": DEEPEST, "page_items": 200}


def register_limits(limits: dict[str, int]) -> None:
    """Add an app's own limits, under names that carry the unit."""
    taken = [name for name, value in limits.items() if LIMITS.get(name, value) != value]
    if taken:
        raise ValueError(f"these limits are set already: {', '.join(sorted(taken))}")
    LIMITS.update(limits)


class EnumValue(serializers.Serializer):
    """A value, and what people call it."""

    value = serializers.CharField()
    vi = serializers.CharField()
    en = serializers.CharField()


class Meta(serializers.Serializer):
    """What an app asks first."""

    api_level = serializers.IntegerField(help_text="Rises with every addition that an app may rely on.")
    minimum_app_version = serializers.CharField(help_text="Older apps ask their user to update.")
    limits = serializers.DictField(child=serializers.IntegerField())
    enums = serializers.DictField(child=EnumValue(many=True), help_text="Each enum's values with their labels.")


class MetaView(ApiView):
    """The server's level, limits and enums. Anyone may ask."""

    public = True

    @extend_schema(operation_id="meta", responses=Meta, tags=["meta"])
    def get(self, request: Request) -> Response:
        answer = {
            "api_level": API_LEVEL,
            "minimum_app_version": MINIMUM_APP_VERSION,
            "limits": LIMITS,
            "enums": enums_for_meta(),
        }
        return Response(answer, headers={"Cache-Control": "public, max-age=3600"})
