"""Receipts: good for exactly the bytes they name, checked by the published keys alone."""

import base64
import datetime as dt
import uuid

import pytest

from demo.receipts import BadReceipt, UnknownKey, check_receipt
from media.receipts import public_keys, sign_receipt

ID = uuid.UUID("0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00")
FACTS = {"sha256": "ab" * 32, "size": 12345}
AT = dt.datetime(2026, 11, 22, 5, 30, tzinfo=dt.UTC)


def receipt() -> str:
    return sign_receipt(id=ID, received_at=AT, **FACTS)  # type: ignore[arg-type]


def test_a_receipt_is_checked_by_the_published_keys() -> None:
    checked = check_receipt(receipt(), keys=public_keys(), id=str(ID), **FACTS)  # type: ignore[arg-type]
    assert checked.received_at == "2026-11-22T05:30:00.000Z"


def test_the_same_facts_give_the_same_receipt() -> None:
    assert receipt() == receipt()


@pytest.mark.parametrize("change", [{"id": str(uuid.uuid4())}, {"sha256": "ac" * 32}, {"size": 12346}])
def test_it_is_good_for_nothing_else(change: dict[str, object]) -> None:
    with pytest.raises(BadReceipt):
        check_receipt(receipt(), keys=public_keys(), **({"id": str(ID)} | FACTS | change))  # type: ignore[arg-type]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_changed_part_is_noticed(place: int) -> None:
    parts = receipt().split(".")
    parts[place] = ("B" if parts[place][0] != "B" else "C") + parts[place][1:]
    with pytest.raises((BadReceipt, UnknownKey)):
        check_receipt(".".join(parts), keys=public_keys(), id=str(ID), **FACTS)  # type: ignore[arg-type]


def test_the_first_key_signs_and_old_receipts_stay_good_after_a_rotation(settings: object) -> None:
    old = receipt()
    fresh = base64.urlsafe_b64encode(bytes(range(32, 64))).decode().rstrip("=")
    settings.RECEIPT_KEYS = {"fresh": fresh} | settings.RECEIPT_KEYS  # type: ignore[attr-defined]

    assert receipt() != old
    for token in (old, receipt()):
        check_receipt(token, keys=public_keys(), id=str(ID), **FACTS)  # type: ignore[arg-type]


def test_the_published_keys_hold_no_secret() -> None:
    (key,) = public_keys()["keys"]
    assert set(key) == {"kty", "crv", "use", "alg", "kid", "x"}
