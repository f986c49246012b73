"""Sessions: one login on one phone, its refresh tokens, and what slows guessing down."""

from django.db import models

from api.ids import uuid7


class Session(models.Model):
    """One login on one phone. Ended sessions stay for the audit trail; `ended_because` says why.

    `only_delivers`: opened by a one-time code for a deactivated account, good for handing in what its phone still
    holds. `second_factor`: opened, or gone on with, by a one-time code besides the password.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    device_id = models.UUIDField()
    device_name = models.TextField(default="")
    platform = models.TextField(default="")
    app_version = models.TextField(default="")
    only_delivers = models.BooleanField(default=False)
    second_factor = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.TextField(null=True)

    class Meta:
        db_table = "session"
        indexes = (models.Index(fields=["user_id", "ended_at"], name="session_by_user"),)


class RefreshToken(models.Model):
    """The SHA-256 of one refresh token of a session; the token itself is never stored. `used_at`: first presented."""

    hash = models.BinaryField(primary_key=True, max_length=32)
    session_id = models.UUIDField()
    generation = models.IntegerField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_token"
        constraints = (
            models.UniqueConstraint(fields=["session_id", "generation"], name="refresh_token_one_a_generation"),
        )


class ActivationCode(models.Model):
    """A one-time code that sets the first password, or a new one, or (`purpose` deliver) only delivers what a phone
    still holds.

    `device_id`: the phone that it was used on, which is thereby enrolled for the account.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    user_id = models.UUIDField()
    code_hash = models.BinaryField(unique=True)
    purpose = models.TextField(default="activate")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    device_id = models.UUIDField(null=True)
    issued_by = models.UUIDField(null=True)

    class Meta:
        db_table = "activation_code"
        indexes = (models.Index(fields=["user_id"], name="activation_code_by_user"),)


class LoginFailure(models.Model):
    """A leaky bucket of failures under a keyed hash (of phone, of phone and device, of network), for all processes."""

    key = models.BinaryField(primary_key=True, max_length=32)
    level = models.FloatField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "login_failure"


class SecondFactor(models.Model):
    """Somebody's one-time codes by time (RFC 6238). The secret is sealed under the tables' key, for this user alone.

    Begun until `confirmed_at`. `last_step` is the newest time step that was used: none up to it is good again.
    """

    user_id = models.UUIDField(primary_key=True)
    sealed_secret = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        db_table = "second_factor"


class RecoveryCode(models.Model):
    """A code that stands in for a one-time code, once, when the app that makes them is lost. Kept as a keyed hash."""

    code_hash = models.BinaryField(primary_key=True, max_length=32)
    user_id = models.UUIDField()
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "recovery_code"
        indexes = (models.Index(fields=["user_id"], name="recovery_code_by_user"),)
