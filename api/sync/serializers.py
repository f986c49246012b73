"""The shapes of push, pull and digest, as the document shows them."""

from rest_framework import serializers

from api.enums import LabelledEnum
from api.fields import AnyObject, Choice, Id, Integer, ListOf, Moment, Nested, Text
from api.problem_schema import Problem
from api.sync.changes import MOST_MUTATIONS
from api.sync.pull import MOST_BYTES, MOST_LIMIT


class MutationOp(LabelledEnum):
    """What a mutation does."""

    PUT = "put", "Ghi", "Put"
    PATCH = "patch", "Sửa", "Patch"
    DELETE = "delete", "Xóa", "Delete"


class MutationStatus(LabelledEnum):
    """What became of a mutation."""

    APPLIED = "applied", "Đã ghi", "Applied"
    UNCHANGED = "unchanged", "Đã có từ trước", "Unchanged"
    MERGED = "merged", "Đã gộp", "Merged"
    CONFLICT = "conflict", "Trùng chỗ sửa", "Conflict"
    GONE = "gone", "Đã xóa", "Gone"
    REJECTED = "rejected", "Không nhận", "Rejected"
    DEFERRED = "deferred", "Gửi lại sau", "Deferred"


class MutationInput(Nested):
    """One thing that happened on the phone.

    `mutation_id` is made once, kept for ever, and never used for anything else.
    """

    mutation_id = Id()
    type = Text(max_length=40)
    id = Id()
    op = Choice(choices=MutationOp.choices)
    base_version = Integer(min_value=0, required=False, allow_null=True)
    elapsed_ms = Integer(min_value=-(2**53), max_value=2**53, required=False, allow_null=True)
    data = AnyObject(required=False, allow_null=True)  # type: ignore[assignment]


class PushRequest(serializers.Serializer):
    """Up to 200 mutations, and a cursor if a pull should follow in the same answer."""

    sent_at = Moment()
    mutations = ListOf(child=MutationInput(), max_length=MOST_MUTATIONS)
    cursor = Text(max_length=100_000, required=False, allow_null=True)
    limit = Integer(min_value=1, max_value=MOST_LIMIT, required=False, allow_null=True)


class PullRequest(serializers.Serializer):
    """What to pull; the same as the parameters of the GET."""

    cursor = Text(max_length=100_000, required=False, allow_null=True)
    limit = Integer(min_value=1, max_value=MOST_LIMIT, required=False, allow_null=True)
    max_bytes = Integer(min_value=1024, max_value=MOST_BYTES, required=False, allow_null=True)
    types = ListOf(child=Text(max_length=40), required=False, allow_null=True)
    area = Id(required=False, allow_null=True)


class PullChange(serializers.Serializer):
    """A record as it is now, or that it is gone. Without `data`: the phone has just written this version itself."""

    type = serializers.CharField()
    id = serializers.UUIDField()
    area_id = serializers.UUIDField()
    version = serializers.IntegerField()
    op = serializers.ChoiceField(choices=["put", "delete"])
    data = serializers.DictField(required=False)  # type: ignore[assignment]


class ResetArea(serializers.Serializer):
    """An area that comes anew: mark what is held, refill, and drop what wasn't seen once `reset_done` names it."""

    area_id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=["epoch", "view", "expired"])


class PullPage(serializers.Serializer):
    """A page of changes."""

    changes = PullChange(many=True)
    cursor = serializers.CharField()
    has_more = serializers.BooleanField()
    reset_areas = ResetArea(many=True)
    reset_done = serializers.ListField(child=serializers.UUIDField())
    revoked_areas = serializers.ListField(child=serializers.UUIDField())
    epoch = serializers.IntegerField()
    server_time = serializers.DateTimeField()


class FieldConflict(serializers.Serializer):
    """A field that others changed too: theirs stands, yours is kept as a revision."""

    field = serializers.CharField()
    sent = serializers.JSONField(allow_null=True)
    stored = serializers.JSONField(allow_null=True, required=False)


class MutationResult(serializers.Serializer):
    """What became of one mutation."""

    mutation_id = serializers.CharField(allow_null=True, help_text="As sent; null if that wasn't text.")
    type = serializers.CharField(allow_null=True, help_text="As sent; null if that wasn't text.")
    id = serializers.CharField(allow_null=True, help_text="As sent; null if that wasn't text.")
    status = serializers.ChoiceField(choices=MutationStatus.choices)
    was = serializers.ChoiceField(choices=MutationStatus.choices, required=False)
    version = serializers.IntegerField(allow_null=True)
    problem = Problem(required=False)
    conflicts = FieldConflict(many=True, required=False)
    current = serializers.DictField(required=False, help_text="The record as it stands.")


class PushResponse(serializers.Serializer):
    """One result a mutation, in order; `pull` is the page after the cursor that was sent."""

    results = MutationResult(many=True)
    pull = PullPage(required=False)
    epoch = serializers.IntegerField()
    server_time = serializers.DateTimeField()


class DigestRequest(serializers.Serializer):
    """What the phone holds: by area and type, how many live records, and SHA-256 over lines `<id> <version>\\n`."""

    cursor = Text(max_length=100_000, required=False, allow_null=True)
    areas = AnyObject()


class DigestResponse(serializers.Serializer):
    """What differs, and a cursor that starts anew there."""

    differ = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    behind = serializers.ListField(child=serializers.UUIDField())
    cursor = serializers.CharField()
