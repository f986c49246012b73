"""The officer's program, where a stranger's text meets a terminal."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from api.ids import uuid7
from officer import __main__ as program
from officer.boxes import seal


def test_what_a_stranger_sealed_cannot_steer_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pair, secret = PrivateKey.generate(), tmp_path / "secret"
    secret.write_text("one two three")
    box = base64.b64encode(seal("Nguyễn Văn Thế\n\x1b]52;c;cm0=\x07\u202e0912\x9b2J", bytes(pair.public_key))).decode()
    monkeypatch.setattr(program.keyfile, "unlock", lambda *_: pair)
    monkeypatch.setattr(program.Server, "take", lambda *_: {"box": box})
    asked = ["open", "key", str(uuid7()), "--reason", "vụ 12", "--server", "https://api.example.vn"]
    assert program.main([*asked, "--passphrase-file", str(secret), "--token-file", str(secret)]) == 0
    assert capsys.readouterr().out == "Nguyễn Văn Thế\n\\u001b]52;c;cm0=\\u0007\\u202e0912\\u009b2J\n"
