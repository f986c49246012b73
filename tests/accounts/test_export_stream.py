"""A file of some size over a real server: whole, and piece by piece."""

from __future__ import annotations

from http.client import HTTPConnection
from pathlib import Path

from accounts.exports.parts import Parts
from accounts.models import Export
from accounts.tokens import access_token
from api.localtime import now
from tests.api.raw import server
from tests.cast import raise_cast


def test_a_real_server_sends_it_piece_by_piece(clean_db: None, tmp_path: Path) -> None:
    cast, moment = raise_cast(), now()
    made = Export.objects.create(
        kind="audit_events", format="csv", user_id=cast.son.user_id, session_id=cast.son.session_id,
        status="ready", created_at=moment, ready_at=moment,
    )  # fmt: skip
    parts, line = Parts(made.id), b"0123456789abcdef" * 4096
    for _ in range(100):
        parts.write(line)
    parts.close()
    Export.objects.filter(id=made.id).update(size=parts.size)
    token = access_token(user_id=cast.son.user_id, session_id=cast.son.session_id)
    with server(tmp_path, words=("--workers", "1")) as (port, _):
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        for method in ("GET", "HEAD", "GET"):
            path = f"/v1/exports/{made.id}/content"
            connection.request(method, path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            raw = answer.read()
            assert (answer.status, answer.headers["Content-Length"]) == (200, str(parts.size))
            assert raw == (b"" if method == "HEAD" else line * 100)
        connection.close()
