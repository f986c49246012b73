"""Pledges on paper: the signed sheet with its signature as lines, and forms to sign, filled in for a whole hamlet."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from itertools import accumulate
from pathlib import Path
from typing import Any

import orjson

from accounts.areas.names import AreaKind, Name
from accounts.rights import require_in
from activities.pledges.households.residence import RESIDENT
from activities.pledges.models.pledges import PledgeMethod, SignerType
from activities.pledges.pledges.registration import PLEDGE, PLEDGE_TEMPLATE
from activities.pledges.pledges.verifying import examine
from api.actors import Actor
from api.listing import read_one
from api.localtime import local_day, now
from api.postgres import ask
from api.press import printed, square_code
from api.problems import Problem
from api.records import Wire

SHEET = Path(__file__).parent / "sheet.typ"
MOST_FORMS = 1000
"""So many households of one hamlet fit into a print."""

_HOUSEHOLDS = f"""
SELECT t.id, t.householder, t.house_number FROM household t
WHERE t.area_id = %s AND {RESIDENT.format(h="t", day="%s")}
ORDER BY t.house_fold, t.householder_fold, t.id LIMIT {MOST_FORMS}
"""
_CHAIN = """
WITH RECURSIVE up AS (
  SELECT id, kind, name, parent_id, 0 AS height FROM area WHERE id = %s
  UNION ALL SELECT a.id, a.kind, a.name, a.parent_id, up.height + 1 FROM up JOIN area a ON a.id = up.parent_id)
SELECT kind, name FROM up ORDER BY height
"""


def signed_sheet(*, actor: Actor, pledge_id: uuid.UUID, server: str) -> bytes:
    """The PDF of a signed pledge, set from the text that was agreed to; its square code leads to the verification.

    Raises Problem `not_found` out of scope, `forbidden`, `gone`, `pledge_not_signed`, `template_unknown`.
    """
    pledge = orjson.loads(read_one(actor, PLEDGE, pledge_id)[0])
    found = examine(actor=actor, pledge_id=pledge_id)
    if found["agreed_text"] is None:
        raise Problem("template_unknown")
    agreed = json.loads(found["agreed_text"])
    address = f"{server}/v1/pledges/{pledge_id}/verify?hash={found['content_hash']}"
    on_screen = agreed["method"] == PledgeMethod.SCREEN
    sheet = _blank(agreed["template"]) | {
        "place": place_of(uuid.UUID(pledge["area_id"])),
        "signer": {"label": SignerType(agreed["signer"]["type"]).label_vi, "name": agreed["signer"]["name"]},
        "house_number": None,
        "signed": {
            "on": _day(agreed["signed_on"]),
            "until": _day(agreed["expires_on"]),
            "witness": agreed["witness_name"],
            "method": PledgeMethod(agreed["method"]).label_vi,
            "signature": drawn(pledge["signature"]) if on_screen and pledge["signature"] else None,
            "withdrawn": _day(pledge["withdrawn_on"]),
            "hash": found["content_hash"],
            "address": address,
            "qr": square_code(address),
        },
    }
    return printed(SHEET, {"title": agreed["template"]["title"], "sheets": [sheet]})


def blank_forms(*, actor: Actor, template_id: uuid.UUID, area_id: uuid.UUID | None) -> tuple[bytes, list[uuid.UUID]]:
    """The PDF of forms to sign, and whose: one with empty lines, or one for each resident household of a hamlet.

    Raises Problem `not_found` out of scope, `forbidden` for who may not read households there, `no_households`.
    """
    template = orjson.loads(read_one(actor, PLEDGE_TEMPLATE, template_id)[0])
    form = _blank(template)
    sheets, households = [form], []
    if area_id is not None:
        require_in(actor, area_id, PLEDGE.access.read)
        rows = ask(_HOUSEHOLDS, [area_id, *[local_day(now())] * 2], as_actor=actor)
        if not rows:
            raise Problem("no_households")
        place = place_of(area_id)
        label = SignerType.HOUSEHOLD.label_vi
        sheets = [
            form | {"place": place, "signer": {"label": label, "name": name}, "house_number": number}
            for _, name, number in rows
        ]
        households = [row[0] for row in rows]
    return printed(SHEET, {"title": template["title"], "sheets": sheets}), households


def _blank(template: Wire) -> Wire:
    """A form under this edition, with nothing filled in."""
    return {
        "title": template["title"],
        "clauses": template["clauses"],
        "edition": template["edition"],
        "template_id": template["id"],
        "place": None,
        "signer": None,
        "house_number": None,
        "signed": None,
    }


def drawn(signature: Wire) -> dict[str, Any]:
    """A signature as lines of points, each from 0 to 1 of the width; the height is told in widths.

    What lies far outside of the box, which nobody's finger did, is kept near it: the press takes no such lengths.
    """
    width = signature["width"]

    def near(place: int) -> float:
        return min(max(place / width, -1.0), 2.0)

    lines = [
        [[near(x), near(y)] for x, y in zip(accumulate(each["dx"]), accumulate(each["dy"]), strict=True)]
        for each in signature["strokes"]
    ]
    return {"lines": lines, "height": signature["height"] / width}


def place_of(area_id: uuid.UUID) -> str:
    """`Thôn Thái An, xã Hồng Thái, tỉnh Lâm Đồng`, as the areas hang now. One query."""
    names = [Name(AreaKind(kind), name).full for kind, name in ask(_CHAIN, [area_id])]
    return ", ".join([*names[:1], *(name[:1].lower() + name[1:] for name in names[1:])])


def _day(text: str | None) -> str | None:
    return f"{dt.date.fromisoformat(text):%d/%m/%Y}" if text else None
