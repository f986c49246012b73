"""Where phones can be reached: a push token a session."""

from django.db import models

from api.ids import uuid7


class PushToken(models.Model):
    """The address under which a push service reaches the app of a session; who is signed in there reads what comes.

    One phone has one token, so it belongs to the session that named it last. `token_hash`: SHA-256, to find it by.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    session_id = models.UUIDField(unique=True)
    user_id = models.UUIDField()
    provider = models.TextField()
    token = models.TextField()
    token_hash = models.BinaryField(unique=True, max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "push_token"
        indexes = (models.Index(fields=["user_id"], name="push_token_by_user"),)
