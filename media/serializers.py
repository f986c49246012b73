"""The shapes of files on the wire."""

from __future__ import annotations

from rest_framework import serializers

from api.fields import Choice, Id, Integer, ListOf, Location, Moment, Spread, Text
from api.problem_schema import Problem as ProblemBody
from api.shapes import RecordSerializer
from media.models import MOST_BYTES, MediaContentType, MediaKind, MediaStatus

MOST_AT_ONCE = 100


class MediaSubject(Spread):
    """The record that a file belongs to. It may come later than the file."""

    type = Text(max_length=40, pattern="^[a-z][a-z_]*$", help_text="A type of record, such as `observation`.")
    id = Id()


class Media(RecordSerializer):
    """A photo, video, sound or paper: what its author declared, and whether the server holds exactly these bytes."""

    kind = Choice(choices=MediaKind.choices, merge="fixed")
    sha256 = Text(
        max_length=64,
        merge="fixed",
        pattern="^[0-9a-f]{64}$",
        help_text="Of the file's bytes, in lower-case hexadecimal.",
    )
    size = Integer(min_value=1, max_value=MOST_BYTES, merge="fixed", help_text="In bytes.")
    content_type = Choice(choices=MediaContentType.choices, merge="fixed", help_text="Must go with `kind`.")
    captured_at = Moment(merge="fixed", help_text="By the phone's clock.")
    location = Location(required=False, allow_null=True)
    subject = MediaSubject(required=False, allow_null=True)
    status = Choice(choices=MediaStatus.choices, read_only=True)
    stored_at = Moment(read_only=True, allow_null=True, help_text="When the store took the bytes, by its clock.")
    receipt = Text(
        max_length=2000,
        read_only=True,
        allow_null=True,
        help_text="A JWS (EdDSA) over `id`, `sha256`, `size`, `received_at`; its keys are in `/.well-known/jwks.json`. "
        "Only with a receipt that it checked may a phone delete its copy.",
    )


class MediaPut(serializers.Serializer):
    """The one request that the store takes for the declared bytes: method PUT, exactly these headers."""

    url = serializers.URLField()
    headers = serializers.DictField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class MediaUpload(serializers.Serializer):
    """How to bring the bytes. The store's 412 on a repeat means that they are there: complete."""

    put = MediaPut()


class MediaAcknowledgement(serializers.Serializer):
    """What a declaration is answered with while the server lacks the bytes."""

    upload = MediaUpload(required=False)


class MediaUploadAnswer(serializers.Serializer):
    """A fresh way to bring the bytes, or null and a receipt if the server holds them already."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=MediaStatus.choices)
    receipt = serializers.CharField(allow_null=True)
    upload = MediaUpload(allow_null=True)


class MediaCompleteInput(serializers.Serializer):
    """Which files were uploaded."""

    ids = ListOf(child=Id(), max_length=MOST_AT_ONCE, help_text="Answered in this order.")


class MediaCompletion(serializers.Serializer):
    """What the server holds of a file, and its word for it."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=MediaStatus.choices)
    version = serializers.IntegerField()
    receipt = serializers.CharField(help_text="As in `Media`.")


class MediaResult(serializers.Serializer):
    """The completion of one file of a batch, or the problem that stands in its way."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=MediaStatus.choices, required=False)
    version = serializers.IntegerField(required=False)
    receipt = serializers.CharField(required=False)
    problem = ProblemBody(required=False)


class MediaResults(serializers.Serializer):
    """One result for each id sent, in their order."""

    results = MediaResult(many=True)


class ReceiptKey(serializers.Serializer):
    """A public key (RFC 8037)."""

    kty = serializers.CharField(help_text="`OKP`")
    crv = serializers.CharField(help_text="`Ed25519`")
    use = serializers.CharField(help_text="`sig`")
    alg = serializers.CharField(help_text="`EdDSA`")
    kid = serializers.CharField(help_text="Which key: the `kid` in the header of a receipt.")
    x = serializers.CharField(help_text="The key in base64url.")


class ReceiptKeys(serializers.Serializer):
    """The keys of all receipts that are about. A `kid` that is missing: fetch them again."""

    keys = ReceiptKey(many=True)
