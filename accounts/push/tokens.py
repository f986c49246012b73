"""The addresses of phones: named by the app of a session, given up with it."""

from __future__ import annotations

import hashlib
import uuid

from django.db.models import Q

from accounts.models import PushToken
from accounts.scoping import SessionActor
from api.enums import LabelledEnum
from api.localtime import now


class PushProvider(LabelledEnum):
    """The services that reach phones."""

    FCM = "fcm", "Firebase Cloud Messaging", "Firebase Cloud Messaging"


def keep_token(*, actor: SessionActor, provider: str, token: str) -> None:
    """This phone is reached so from now on; whoever else was signed in on it isn't told of there any more.

    The same again changes nothing.
    """
    digest = hashlib.sha256(f"{provider} {token}".encode()).digest()
    if PushToken.objects.filter(session_id=actor.session_id, token_hash=digest).exists():
        return
    PushToken.objects.filter(Q(session_id=actor.session_id) | Q(token_hash=digest)).delete()
    PushToken.objects.create(
        session_id=actor.session_id,
        user_id=actor.user_id,
        provider=provider,
        token=token,
        token_hash=digest,
        created_at=now(),
    )


def drop_token(*, actor: SessionActor) -> None:
    """This session's phone isn't to be reached any more."""
    PushToken.objects.filter(session_id=actor.session_id).delete()


def forget(token_id: uuid.UUID) -> None:
    """An address that its service knows no more."""
    PushToken.objects.filter(id=token_id).delete()
