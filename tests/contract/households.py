"""The routes of households in the access matrix, and what the examples tell of them."""

from __future__ import annotations

import uuid
from typing import Any

from tests.contract.place import Place
from tests.contract.telling import Story

_HEADS = "401 403 200 200 403 403 403 404 404"
"""Leaders, and the Front's people."""
TABLE = {
    "GET /v1/households/doubles": "401 200 200 200 200 403 200 200 200",
    "POST /v1/households/{id}/merge": _HEADS,
    "GET /v1/households/{id}/id_number": "401 403 200 200 200 403 403 404 404",
    "PUT /v1/households/{id}/id_number": _HEADS,
    "DELETE /v1/households/{id}/id_number": _HEADS.replace("200", "204"),
}


def body(verb: str, path: str, other_id: uuid.UUID) -> Any:
    """The body of a request, by its route; `other_id` is a household of the same hamlet."""
    return {
        "POST /v1/households/{id}/merge": {"other_id": str(other_id), "take": ["phone"]},
        "PUT /v1/households/{id}/id_number": {"number": "079123456789"},
    }.get(f"{verb} {path}")


def tell_households(story: Story, place: Place, lan: str, bao: str) -> None:
    """Lan and Bảo register the same house on two phones; Bảo merges what they wrote."""
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    common = {"area_id": str(place.hamlet), "residence_status": "permanent", "house_number": "12 Ngõ Đình"}
    of_lan = common | {"id": first, "householder": "Phạm Văn Tư", "size": 4, "recorded_at": story.at(5)}
    of_bao = common | {"id": second, "householder": "Phạm Tư", "phone": "0985 114 207", "recorded_at": story.at(9)}
    story.tell("Lan registers a house", "POST", "/v1/households", of_lan, token=lan, expect=201)
    story.tell("Bảo registers it too", "POST", "/v1/households", of_bao, token=bao, expect=201)
    story.tell("Two that look like one", "GET", f"/v1/households/doubles?area={place.hamlet}&limit=10", token=bao)
    number = f"/v1/households/{first}/id_number"
    story.tell("The householder shows an ID card", "PUT", number, {"number": "068079001234"}, token=bao)
    story.tell("Its last digits", "GET", number, token=bao)
    merging = {"other_id": second, "take": ["phone"]}
    story.tell("They are one", "POST", f"/v1/households/{first}/merge", merging, token=bao)
    story.tell("The number is forgotten", "DELETE", number, token=bao, expect=204)
