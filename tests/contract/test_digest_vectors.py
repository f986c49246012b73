"""The test vectors of the digest, for those who write clients: what they say is what the database computes."""

import hashlib
import json
import uuid
from typing import Any

import pytest

from api.localtime import now
from api.sync import store
from api.sync.digest import _DIGESTS
from api.sync.models import StreamEntry
from tests.cast import add_area
from tests.servers import ROOT

VECTORS: list[dict[str, Any]] = json.loads((ROOT / "openapi/digest-vectors.json").read_text())["vectors"]
EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_text_is_made_and_hashed_as_described(vector: dict[str, Any]) -> None:
    lines = sorted(f"{record['id']} {record['version']}\n" for record in vector["records"])
    assert vector["text"] == "".join(lines)
    assert vector["digest"] == hashlib.sha256(vector["text"].encode()).hexdigest()
    assert vector["count"] == len(vector["records"])


@pytest.mark.django_db
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_server_computes_the_same(vector: dict[str, Any]) -> None:
    hamlet = add_area("hamlet", "thon", "Thái An", None)
    StreamEntry.objects.bulk_create(
        StreamEntry(
            record_id=uuid.UUID(record["id"]),
            type="patrol",
            area_id=hamlet,
            seq=place,
            version=record["version"],
            deleted=False,
            changed_at=now(),
        )
        for place, record in enumerate(vector["records"], 1)
    )
    found = {kind: (count, digest) for _, kind, count, digest in store.query(_DIGESTS, [[hamlet]])}
    assert found.get("patrol", (0, EMPTY)) == (vector["count"], vector["digest"])
