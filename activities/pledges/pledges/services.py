"""What is done with pledges beside writing them: withdrawing one, and what time does to them."""

from __future__ import annotations

import datetime as dt
import uuid

import orjson
from django.db import transaction

from accounts.scoping import SystemActor
from activities.pledges.models.pledges import AGREED, PledgeStatus
from activities.pledges.pledges.agreement import agreed_text, sha256
from activities.pledges.pledges.consulting import templates
from activities.pledges.pledges.registration import PLEDGE
from api.actors import Actor
from api.jobs import Job
from api.listing import read_one
from api.localtime import local_day, now
from api.postgres import ask
from api.problems import Problem
from api.records import Wire
from api.sync import store
from api.sync.changes import Change
from api.sync.engine import write

MANY = 200

_WAITING = """
SELECT p.id FROM pledge p JOIN pledge_template t ON t.id = p.template_id AND t.deleted_at IS NULL
WHERE p.content_hash IS NULL AND p.status IN ('expired', 'signed', 'withdrawn') AND p.deleted_at IS NULL
ORDER BY p.area_id, p.id LIMIT %s
"""
_OVER = """
SELECT p.id FROM pledge p
WHERE p.status = 'signed' AND p.deleted_at IS NULL AND p.expires_on IS NOT NULL AND p.expires_on < %s
ORDER BY p.expires_on LIMIT %s
"""


def withdraw(
    *, actor: Actor, pledge_id: uuid.UUID, withdrawn_on: str | None = None, withdrawal_note: str | None = None
) -> Wire:
    """Take a pledge back, from today on (or its day of signing, if a clock was ahead) unless told otherwise.

    Gives it as it then stands. Withdrawing it again with the same content changes nothing. Raises Problem
    `pledge_withdrawn` (with `current`) if it was withdrawn otherwise, `pledge_not_signed`, `not_found` out of scope,
    `gone`, `forbidden` for who may only read.
    """
    pledge = orjson.loads(read_one(actor, PLEDGE, pledge_id)[0])
    given = {"withdrawn_on": withdrawn_on, "withdrawal_note": withdrawal_note}
    before = pledge["status"] == PledgeStatus.WITHDRAWN
    wished = {name: value for name, value in given.items() if value is not None}
    day = max(local_day(now()).isoformat(), pledge["signed_on"] or "")
    data = {"status": "withdrawn", "withdrawn_on": day} | wished
    # Nothing is asked of what is withdrawn, but the engine says all the same whether the actor may.
    change = Change(
        type="pledge",
        id=pledge_id,
        op="patch",
        area_id=uuid.UUID(pledge["area_id"]),
        data={} if before or pledge["status"] not in AGREED else data,
        base_version=pledge["version"],
    )
    stands = write(actor, [change])[0].or_raise().record
    if stands is None:
        raise Problem("gone")
    if stands["status"] not in AGREED:
        raise Problem("pledge_not_signed", current=stands)
    if any(stands[name] != value for name, value in wished.items()):
        raise Problem("pledge_withdrawn", current=stands)
    return stands


def hash_waiting(_: Job | None = None) -> None:
    """Hash what was signed under templates that the server has come to know since. Repeats do no harm."""
    while found := _pledges(_WAITING, [MANY]):
        known = templates({each["template_id"] for each in found})
        _patch(
            {each["id"]: (each, {"content_hash": _hash(each, known[each["template_id"]])}) for each in found},
            "template came",
        )
        if len(found) < MANY:
            return


def _hash(pledge: Wire, template: Wire) -> str:
    return sha256(agreed_text(pledge, template))


def expire_due() -> None:
    """Mark what ran out, so that phones and lists know; figures go by the dates alone."""
    found = _pledges(_OVER, [local_day(now()), MANY])
    _patch({each["id"]: (each, {"status": PledgeStatus.EXPIRED.value}) for each in found}, "pledge ran out")


def _pledges(sql: str, params: list[int | dt.date]) -> list[Wire]:
    system = SystemActor(reason="pledges")
    with transaction.atomic():
        ids = [row[0] for row in ask(sql, params, as_actor=system)]
        return store.rows_of(PLEDGE, ids) if ids else []


def _patch(patches: dict[str, tuple[Wire, Wire]], reason: str) -> None:
    changes = [
        Change(
            "pledge",
            uuid.UUID(each["id"]),
            "patch",
            uuid.UUID(each["area_id"]),
            data,
            base_version=each["version"],
            system=True,
        )
        for each, data in patches.values()
    ]
    if changes:
        write(SystemActor(reason=reason), changes)
