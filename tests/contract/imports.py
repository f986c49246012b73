"""The routes of imports in the access matrix: an import for Lan's hamlet, applied, with its file."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from accounts.imports.reading import CSV
from accounts.models import Import, ImportFile
from api.ids import uuid7
from api.localtime import now
from tests.cast import Person
from tests.client import signed_in
from tests.contract.world import World

# Leaders and the Front's people see imports of households; of people, as this one, admins alone.
_ANY, _ONE = "401 403 200 200 403 403 200 403 403", "401 403 403 403 403 403 200 404 404"
_SIGNED_IN = "401 200 200 200 200 200 200 200 200"
TABLE = {
    "GET /v1/imports": _ANY,
    "POST /v1/imports": "401 403 403 403 403 403 201 404 404",
    "GET /v1/imports/{id}": _ONE,
    "GET /v1/imports/{id}/rows": _ONE,
    "GET /v1/imports/{id}/things": _ONE,
    "POST /v1/imports/{id}/check_again": "401 403 403 403 403 403 409 404 404",
    "POST /v1/imports/{id}/apply": "401 403 403 403 403 403 202 404 404",
    "POST /v1/imports/{id}/deactivate": _ONE,
    "GET /v1/imports/{id}/file": _ONE,
    "GET /v1/imports/{id}/faults.xlsx": _ONE,
    "GET /v1/imports/{id}/faults.csv": _ONE,
    "GET /v1/imports/templates/{kind}.xlsx": _SIGNED_IN,
    "GET /v1/imports/templates/{kind}.csv": _SIGNED_IN,
}
PEOPLE = "Số điện thoại,Họ và tên,Mã xã,Thôn,Tổ\n0912345678,Nguyễn Thị Mới,99999,Thôn 1,Tổ 1\n".encode()


def ask(world: World, route: str, person: Person | None, record_id: uuid.UUID | None = None, **more: Any) -> Any:
    """A request that would succeed for whoever may."""
    verb, path = route.split()
    client = signed_in(person)
    address = path.replace("{id}", str(record_id or made(world))).replace("{kind}", "people")
    if route == "POST /v1/imports":
        return client.post(f"{address}?kind=people&area={world.cast.hamlets[0]}", PEOPLE, content_type=CSV, **more)
    if verb == "GET":
        return client.get(address, **{name: value for name, value in more.items() if name != "body"})
    body = more.pop("body", {"dry_run": True} if path.endswith("deactivate") else "")
    return client.post(address, body, content_type="application/json", **more)


def made(world: World) -> uuid.UUID:
    """The import of this world; each request's doings are undone, this too, so it is made anew under its id."""
    import_id = world.ids.setdefault("import", uuid7())
    if not Import.objects.filter(id=import_id).exists():
        moment, son = now(), world.cast.son
        Import.objects.create(
            id=import_id, kind="people", area_id=world.cast.hamlets[0], author_id=son.user_id,
            session_id=son.session_id, content_type=CSV, size=len(PEOPLE), status="applied",
            sha256=hashlib.sha256(PEOPLE).hexdigest(),
            created_at=moment, checked_at=moment, applied_at=moment,
        )  # fmt: skip
        ImportFile.objects.create(import_id=import_id, content=PEOPLE, created_at=moment)
    return import_id
