"""Signed heads: what an outsider holds on to, so that not even the owner of the tables rebuilds the chain unseen."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.utils import ProgrammingError

from accounts import heads
from accounts.heads import BadHead, held_head, kept_heads, sign_head
from accounts.models import AuditHead
from accounts.sealer import seal, verify_seals
from api.signing import sign
from tests.accounts.test_sealer import as_superuser, happen
from tests.client import CheckedClient
from tests.servers import PostgresAddress

pytestmark = pytest.mark.usefixtures("clean_db")


def chain(count: int) -> AuditHead:
    happen(count)
    seal()
    made = sign_head()
    assert made is not None
    return made


def rebuild(postgres: PostgresAddress) -> None:
    """What whoever owns the tables could do: change an event, and make the whole chain anew."""
    as_superuser(postgres, "UPDATE audit_event SET details = '{\"n\": 70}' WHERE details ->> 'n' = '0'")
    as_superuser(postgres, "DELETE FROM audit_seal")
    import datetime as dt

    seal(since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def test_the_newest_seal_is_signed_once_and_published() -> None:
    first = chain(3)
    assert sign_head() is None
    second = chain(2)
    told = CheckedClient().get("/.well-known/audit-heads.json").json()["heads"]
    assert [(head["seq"], head["jws"]) for head in told] == [(5, second.jws), (3, first.jws)]
    assert held_head(told[0]["jws"]) == (5, bytes.fromhex(told[0]["hash"]))


def test_the_keeper_signs_what_it_sealed() -> None:
    happen(2)
    call_command("keeper", once=True)
    assert AuditHead.objects.get().seq >= 2
    assert verify_seals(heads=kept_heads()).fault is None


def test_a_rebuilt_chain_holds_in_itself_but_not_to_its_heads(postgres: PostgresAddress) -> None:
    chain(4)
    rebuild(postgres)
    assert verify_seals().fault is None
    assert verify_seals(heads=kept_heads()).fault == "seal 4 isn't the one whose head was signed"
    with pytest.raises(CommandError, match="seal 4 isn't the one whose head was signed; the 3 before it hold"):
        call_command("verify_audit")


def test_a_rebuilt_chain_with_its_heads_is_told_by_one_that_was_kept_elsewhere(
    postgres: PostgresAddress, tmp_path: Path
) -> None:
    kept = tmp_path / "head.jws"
    kept.write_text(chain(4).jws)
    call_command("verify_audit", head=[str(kept)])
    rebuild(postgres)
    as_superuser(postgres, "DELETE FROM audit_head")
    call_command("verify_audit")
    with pytest.raises(CommandError, match="seal 4 isn't the one"):
        call_command("verify_audit", head=[str(kept)])
    sign_head()
    with pytest.raises(CommandError, match="was signed twice"):
        call_command("verify_audit", head=[str(kept)])


def test_a_chain_that_lost_its_end_is_told(postgres: PostgresAddress) -> None:
    chain(4)
    as_superuser(postgres, "DELETE FROM audit_seal WHERE seq > 2")
    assert verify_seals(heads=kept_heads()).fault == "the chain was signed at seal 4 and ends at 2"


@pytest.mark.parametrize("change", ["hash = sha256('x')", "seq = 2", "jws = jws || 'A'", "signed_at = now()"])
def test_a_changed_head_is_named(postgres: PostgresAddress, change: str) -> None:
    chain(3)
    as_superuser(postgres, f"UPDATE audit_head SET {change}")
    with pytest.raises(BadHead, match="its row or its signature was changed"):
        kept_heads()


def test_what_was_signed_as_something_else_is_no_head() -> None:
    with pytest.raises(BadHead):
        held_head(sign({"seq": 1, "hash": "00"}, typ="receipt+jws"))


@pytest.mark.parametrize("sql", ["DELETE FROM audit_head", "UPDATE audit_head SET seq = 0", "TRUNCATE audit_head"])
def test_the_serving_role_can_change_no_head(sql: str) -> None:
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(sql)


def test_whoever_listens_hears_of_each_head(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[AuditHead] = []
    monkeypatch.setattr(heads, "_listeners", [])
    heads.on_signed(heard.append)
    assert heard == [] and chain(1) == heard[0]
    connections["owner"].close()


def test_a_head_is_checked_with_nothing_of_ours_but_the_published_keys(postgres: PostgresAddress) -> None:
    import base64
    import json

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    made = chain(2)

    def raw(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    header, payload, signature = made.jws.split(".")
    keys = {key["kid"]: key for key in CheckedClient().get("/.well-known/jwks.json").json()["keys"]}
    key = Ed25519PublicKey.from_public_bytes(raw(keys[json.loads(raw(header))["kid"]]["x"]))
    key.verify(raw(signature), f"{header}.{payload}".encode())
    with psycopg2.connect(postgres.owner) as direct, direct.cursor() as cursor:
        cursor.execute("SELECT encode(hash, 'hex') FROM audit_seal WHERE seq = 2")
        assert cursor.fetchone() == (json.loads(raw(payload))["hash"],)
    direct.close()
