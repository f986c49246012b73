"""What the examples tell of administration: Sơn looks after the accounts, teams and areas of his commune."""

from __future__ import annotations

import uuid

from accounts.heads import sign_head
from accounts.sealer import seal_leftovers
from tests.client import CheckedClient
from tests.contract.place import PASSWORD, Place
from tests.contract.telling import Story


def tell_administration(story: Story, place: Place) -> None:
    """A day of Sơn's."""
    laptop = {"id": str(uuid.uuid4()), "name": "Máy tính UBND xã", "platform": "web", "app_version": "1.0.0"}
    signed_in = {"phone": "0913 550 246", "password": PASSWORD, "device": laptop}
    son = CheckedClient().post("/v1/auth/token", signed_in, "application/json").json()["access"]
    _audit(story, place, son)


def _audit(story: Story, place: Place, son: str) -> None:
    seal_leftovers()
    sign_head()
    asked = f"/v1/audit_events?area={place.commune}&name=membership.began&limit=2"
    story.tell("Who came into the commune's teams", "GET", asked, token=son)
    story.tell("What anyone may hold on to", "GET", "/.well-known/audit-heads.json")
