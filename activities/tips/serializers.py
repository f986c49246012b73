"""The shapes of tips on the wire."""

from __future__ import annotations

from rest_framework import serializers

from activities.tips.models import TipCategory, TipChannel, TipSender, TipStatus, TipUrgency
from api.fields import Choice, Flag, Id, Nested, Number, Spread, Text

LONGEST_TEXT, LONGEST_SOURCE = 4000, 2000


class TipLocation(Spread):
    """Where what the tip tells of happens. Kept to a thousandth of a degree, about 100 m."""

    lon = Number(min_value=-180, max_value=180)
    lat = Number(min_value=-90, max_value=90)


class SealedSource(Nested):
    """Who sent it, in a libsodium sealed box that the phone made."""

    key_id = Id(help_text="The key that it is sealed to, from `/v1/tip_keys`.")
    box = Text(
        max_length=12_000,
        help_text="`crypto_box_seal` over the UTF-8 text that `sodium_pad` filled up to a multiple of 512 bytes, "
        "in base64.",
    )


class TipWork(Nested):
    """The proof of work."""

    challenge = Text(max_length=200, help_text="From `GET /v1/public/tips/challenge`.")
    solution = Text(
        max_length=40,
        help_text="A text such that SHA-256 over `<challenge>.<id>.<solution>` begins with `difficulty` zero bits.",
    )


class TipRequest(serializers.Serializer):
    """A tip. Nothing is kept of who sends it, from where, or when beyond the hour."""

    id = Id(help_text="A random UUIDv4 made by whoever sends it; the same again gets the same receipt.")
    area_id = Id(help_text="The hamlet or commune that it is about.")
    category = Choice(choices=TipCategory.choices)
    text = Text(max_length=LONGEST_TEXT, help_text="What is happening; nothing that tells who writes.")
    place = Text(max_length=500, required=False, allow_null=True, help_text="Where, in words.")
    location = TipLocation(required=False, allow_null=True)
    urgency = Choice(choices=TipUrgency.choices, required=False, default=TipUrgency.NORMAL.value)
    channel = Choice(choices=TipChannel.choices, required=False, default=TipChannel.APP.value)
    about_official = Flag(
        required=False,
        default=False,
        help_text="Ask everyone: is it about an official or an officer? Such a denunciation is refused with the "
        "address to go to, and nothing of it is stored.",
    )
    source = Text(  # type: ignore[assignment]  # REST framework's fields have an attribute of this name
        max_length=LONGEST_SOURCE,
        required=False,
        allow_null=True,
        help_text="Who sends it and how to reach them, if they want to be known to the police: for clients that "
        "can't seal. The server seals it before it writes anything.",
    )
    sealed_source = SealedSource(required=False, allow_null=True)


class PublicTipRequest(TipRequest):
    """A tip by anyone, with a proof of work in place of an account."""

    work = TipWork()


class TipReceipt(serializers.Serializer):
    """The only way back to a tip: nobody can find it again for whoever sent it."""

    receipt = serializers.CharField(help_text="16 digits. Whoever holds them sees status and replies.")


class TipChallengeAnswer(serializers.Serializer):
    """What to solve before a tip is taken without an account."""

    challenge = serializers.CharField()
    algorithm = serializers.CharField(help_text="`sha256`")
    difficulty = serializers.IntegerField(help_text="So many zero bits.")
    expires_at = serializers.DateTimeField()


class TipReply(serializers.Serializer):
    """What the police answered."""

    no = serializers.IntegerField(help_text="Counts the messages of both sides.")
    text = serializers.CharField()
    hour = serializers.DateTimeField(help_text="When, to the hour.")


class TipProgress(serializers.Serializer):
    """What a receipt shows: the status and the replies, nothing of the tip."""

    status = serializers.ChoiceField(choices=TipStatus.choices)
    replies = TipReply(many=True)


class TipMessageRequest(serializers.Serializer):
    """A message between police and source."""

    id = Id(help_text="A random UUIDv4 made by whoever sends it; the same again isn't doubled.")
    text = Text(max_length=LONGEST_TEXT)


class TipKeyRequest(serializers.Serializer):
    """A new public key of the police of an area."""

    area_id = Id()
    public_key = Text(max_length=64, help_text="X25519, 32 bytes in base64, as `./anthon tips keygen` shows it.")


class TipKey(serializers.Serializer):
    """A public key of the police to seal sources to."""

    id = serializers.UUIDField(help_text="The first half of the key's SHA-256: compare it with what the police posted.")
    area_id = serializers.UUIDField(help_text="The area whose police hold the private half.")
    public_key = serializers.CharField(help_text="X25519, 32 bytes in base64.")
    valid_from = serializers.DateTimeField()
    valid_to = serializers.DateTimeField(allow_null=True, help_text="Seal to none that has ended.")


class TipKeys(serializers.Serializer):
    """To which key sources of an area are sealed, and what to tell people before they write."""

    items = TipKey(many=True, help_text="Take the first; none: a tip without its source is taken all the same.")
    notice = serializers.CharField(help_text="To be shown above the form, in the reader's language.")


class TipSummary(serializers.Serializer):
    """A tip in a list: not its text, so that looking at the list is not reading it."""

    id = serializers.UUIDField()
    area_id = serializers.UUIDField()
    unit_id = serializers.UUIDField(help_text="The commune whose police look after it.")
    hour = serializers.DateTimeField(help_text="When it came, to the hour; nothing finer is known.")
    category = serializers.ChoiceField(choices=TipCategory.choices)
    urgency = serializers.ChoiceField(choices=TipUrgency.choices)
    channel = serializers.ChoiceField(choices=TipChannel.choices)
    status = serializers.ChoiceField(choices=TipStatus.choices)
    status_at = serializers.DateTimeField(allow_null=True)
    forward_by = serializers.DateTimeField(help_text="24 hours after its hour.")
    overdue = serializers.BooleanField(help_text="It was not passed on or decided by then.")
    source_key_id = serializers.UUIDField(allow_null=True, help_text="What its source is sealed to; null if anonymous.")
    awaits_reply = serializers.BooleanField(help_text="The source wrote last.")


class TipsPage(serializers.Serializer):
    """A page of tips, the newest hour first."""

    items = TipSummary(many=True)
    next_cursor = serializers.CharField(allow_null=True)


class TipMessage(serializers.Serializer):
    """One message."""

    id = serializers.UUIDField()
    no = serializers.IntegerField(help_text="Its place in the order of both sides.")
    sender = serializers.ChoiceField(choices=TipSender.choices)
    text = serializers.CharField()
    hour = serializers.DateTimeField(help_text="When, to the hour.")


class TipOpening(serializers.Serializer):
    """That somebody took the sealed source."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField(help_text="Who.")
    at = serializers.DateTimeField(help_text="When.")
    reason = serializers.CharField(help_text="Why, in their words.")


class TipPlace(serializers.Serializer):
    """A point, to about 100 m."""

    lon = serializers.FloatField()
    lat = serializers.FloatField()


class Tip(TipSummary):
    """A tip as the police read it; each reading is an audit event."""

    text = serializers.CharField()
    place = serializers.CharField(allow_null=True)
    location = TipPlace(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True, help_text="When it was first passed on or decided.")
    forwarded_to = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="The police's own note; no receipt shows it.")
    messages = TipMessage(many=True)
    openings = TipOpening(many=True)


class TipStepRequest(serializers.Serializer):
    """A step of the police's work."""

    note = Text(max_length=2000, required=False, allow_null=True)


class TipForwardRequest(TipStepRequest):
    """Passing a tip on."""

    forwarded_to = Text(max_length=300, help_text="To whom: a unit, not a person.")


class TipConcludeRequest(TipStepRequest):
    """The outcome of verifying."""

    outcome = Choice(choices=[(each.value, each.label_en) for each in (TipStatus.VALUABLE, TipStatus.UNFOUNDED)])


class TipSourceRequest(serializers.Serializer):
    """Why the source is needed."""

    reason = Text(max_length=500, help_text="Kept with the officer's name, for the unit and its superiors to read.")


class TipSealedSource(serializers.Serializer):
    """The sealed source: opened on the officer's machine alone, by `./anthon tips open`."""

    tip_id = serializers.UUIDField()
    opening_id = serializers.UUIDField(allow_null=True, help_text="The entry that says who took it and why.")
    key_id = serializers.UUIDField(help_text="Which key opens it.")
    box = serializers.CharField(help_text="A libsodium sealed box in base64.")


class TipResealRequest(serializers.Serializer):
    """A source sealed anew."""

    replaces = Text(max_length=64, pattern="^[0-9a-f]{64}$", help_text="SHA-256 of the box that was opened, in hex.")
    sealed_source = SealedSource()


class TipCount(serializers.Serializer):
    """How many tips came."""

    area_id = serializers.UUIDField(help_text="A province, or a commune.")
    category = serializers.ChoiceField(choices=TipCategory.choices, allow_null=True)
    count = serializers.IntegerField()


class TipCounts(serializers.Serializer):
    """The counts of a month that is over. What isn't listed is under five, or would give away what is."""

    month = serializers.CharField(help_text="`YYYY-MM`, local.")
    suppressed_under = serializers.IntegerField(help_text="5")
    items = TipCount(many=True)
