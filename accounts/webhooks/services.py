"""Subscriptions, as services: who administers an area says which systems are told of what happens there."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.conf import settings

from accounts.events import record, register_events
from accounts.models import Webhook
from accounts.rights import require_in
from accounts.webhooks.signing import new_secret
from api import outgoing
from api.actors import Actor, Event
from api.ids import uuid7
from api.keyed import decrypted, encrypted
from api.localtime import now
from api.problems import FieldError, Problem

MOST_PER_AREA = 20
_ADMINS = frozenset({"admin"})
_events: set[str] = set()

register_events("webhook.created", "webhook.deleted", "webhook.ended")


def announce(*names: str) -> None:
    """Add events that systems can be told of; called from an app's `ready()`, and harmless when called again."""
    _events.update(names)


def known_events() -> list[str]:
    """The events that can be subscribed to."""
    return sorted(_events)


def create_webhook(
    *, actor: Actor, area_id: uuid.UUID, url: str, events: Collection[str], description: str, id: uuid.UUID | None
) -> tuple[Webhook, str | None]:
    """A subscription for an area and all below it, and its secret: shown this once, None for a repeat.

    Raises Problem `not_found`, `forbidden`, `already_exists`, `webhooks_too_many`, and `invalid` for an event that
    nobody announces or an address that may not be sent to.
    """
    require_in(actor, area_id, _ADMINS)
    wanted = {"area_id": area_id, "url": url, "events": sorted(set(events)), "description": description}
    if id and (made := Webhook.objects.filter(id=id).first()):
        if any(getattr(made, name) != value for name, value in wanted.items()):
            raise Problem("already_exists")
        return made, None
    _check(url, wanted["events"])
    if Webhook.objects.filter(area_id=area_id).count() >= MOST_PER_AREA:
        raise Problem("webhooks_too_many", params={"max": MOST_PER_AREA})
    made_id, secret = id or uuid7(), new_secret()
    made = Webhook.objects.create(
        id=made_id,
        **wanted,
        sealed_secret=encrypted("webhook", made_id.bytes, secret.encode()),
        created_at=now(),
        created_by=actor.user_id,
    )
    _record(actor, "webhook.created", made)
    return made, secret


def secret_of(webhook_id: uuid.UUID, sealed: bytes) -> str:
    """The secret that a subscription signs with."""
    return decrypted("webhook", webhook_id.bytes, sealed).decode()


def read_webhook(*, actor: Actor, webhook_id: uuid.UUID) -> Webhook:
    """One subscription. Raises Problem `not_found` out of scope, `forbidden` for who isn't admin there."""
    found = Webhook.objects.filter(id=webhook_id).first()
    if found is None:
        raise Problem("not_found")
    require_in(actor, found.area_id, _ADMINS)
    return found


def delete_webhook(*, actor: Actor, webhook_id: uuid.UUID) -> None:
    """Nothing more is sent to it, not even what waits. Raises as `read_webhook`."""
    found = read_webhook(actor=actor, webhook_id=webhook_id)
    _record(actor, "webhook.deleted", found)
    found.delete()


def _check(url: str, events: Any) -> None:
    faults = []
    if code := outgoing.fault_of_address(url, private_too=settings.WEBHOOK_PRIVATE_ADDRESSES):
        faults.append(FieldError("/url", code))
    known = known_events()
    faults += [
        FieldError(f"/events/{place}", "invalid_choice", {"choices": ", ".join(known)})
        for place, name in enumerate(events)
        if name not in known
    ]
    if not events:
        faults.append(FieldError("/events", "required"))
    if faults:
        raise Problem("invalid", errors=faults)


def _record(actor: Actor, name: str, webhook: Webhook) -> None:
    details = {"events": list(webhook.events)}
    record(Event(name, webhook.area_id, "webhook", webhook.id, details), by=actor)
