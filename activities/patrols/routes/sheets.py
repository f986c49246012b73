"""What stands on the sheets of codes that are hung up at checkpoints, as data for the press."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from accounts.sheets.slips import places_of
from activities.patrols.routes.codes import code_of
from api.localtime import local_day, now
from api.press import printed, square_code
from api.records import Wire

_TEMPLATE = Path(__file__).parent / "sheet.typ"


def print_codes(title: str, checkpoints: Sequence[Wire]) -> bytes:
    """A PDF: a list of these checkpoints to tick off, then their codes, two a page to cut apart.

    `title` is the route's or the checkpoint's name; empty for those of a whole area. Nothing may be held meanwhile.
    """
    return printed(_TEMPLATE, press_data(title, checkpoints))


def press_data(title: str, checkpoints: Sequence[Wire]) -> Wire:
    """The data of the template. A query a level of areas."""
    places = places_of({uuid.UUID(each["area_id"]) for each in checkpoints})
    return {
        "title": title,
        "printed": f"{local_day(now()):%d/%m/%Y}",
        "checkpoints": [
            {
                "name": each["name"],
                "note": each["note"] or "",
                "place": places[uuid.UUID(each["area_id"])],
                "radius": each["radius_m"],
                "version": each["code_version"],
                "qr": square_code(code_of(uuid.UUID(each["id"]), each["code_version"])),
            }
            for each in checkpoints
        ],
    }
