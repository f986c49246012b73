"""Access tokens: one algorithm, known keys, and nothing that passes for one without being one."""

import uuid
from collections.abc import Iterator
from time import time
from typing import Any

import jwt
import pytest

from accounts import tokens
from api.problems import Problem

OLD, NEW = "an old signing secret, long enough for HS256", "a new signing secret, long enough for HS256"
USER, SESSION = uuid.uuid4(), uuid.uuid4()


@pytest.fixture(autouse=True)
def keys(settings: Any) -> Iterator[None]:
    settings.ACCESS_KEYS = {"old": OLD}
    tokens.key_ring.cache_clear()
    yield
    tokens.key_ring.cache_clear()


def forged(header: dict[str, Any] | None = None, key: str = OLD, algorithm: str = "HS256", **claims: Any) -> str:
    """A token as ours is, but for what is given."""
    body = {
        "token_type": "access", "sub": str(USER), "sid": str(SESSION), "jti": "1", "iss": "anthon", "aud": "anthon",
        "iat": int(time()), "exp": int(time()) + 86_400,  # made long before the test runs
    }  # fmt: skip
    body = {name: value for name, value in (body | claims).items() if value is not None}
    return jwt.encode(body, key, algorithm=algorithm, headers={"kid": "old", "typ": "at+jwt"} | (header or {}))


def test_a_token_names_user_session_and_key_and_carries_no_rights() -> None:
    text = tokens.access_token(user_id=USER, session_id=SESSION)
    assert tokens.read_access_token(text) == (USER, SESSION)
    assert jwt.get_unverified_header(text) == {"alg": "HS256", "kid": "old", "typ": "at+jwt"}
    claims = jwt.decode(text, options={"verify_signature": False})
    assert set(claims) == {"token_type", "exp", "iat", "jti", "sub", "sid", "aud", "iss"}
    assert claims["exp"] - claims["iat"] == 900
    assert tokens.read_access_token(forged()) == (USER, SESSION)


def test_two_keys_are_valid_while_they_rotate(settings: Any) -> None:
    before = tokens.access_token(user_id=USER, session_id=SESSION)
    settings.ACCESS_KEYS = {"new": NEW, "old": OLD}
    tokens.key_ring.cache_clear()
    after = tokens.access_token(user_id=USER, session_id=SESSION)
    assert jwt.get_unverified_header(after)["kid"] == "new"
    assert tokens.read_access_token(before) == tokens.read_access_token(after) == (USER, SESSION)
    settings.ACCESS_KEYS = {"new": NEW}
    tokens.key_ring.cache_clear()
    with pytest.raises(Problem, match="token_invalid"):
        tokens.read_access_token(before)


@pytest.mark.parametrize(
    "token",
    [
        forged(key="another secret, also long enough for HS256"),
        forged({"kid": "unknown"}),
        forged({"typ": "JWT"}),
        forged(algorithm="HS512", key=OLD * 2),
        forged(algorithm="none", key=""),
        forged(iss="someone"),
        forged(aud="something"),
        forged(aud=None),
        forged(token_type="refresh"),
        forged(exp=None),
        forged(sid=None),
        forged(sub="lan"),
        "",
        "a.b.c",
        "é",
    ],
)
def test_what_is_no_access_token_of_ours_is_refused(token: str) -> None:
    with pytest.raises(Problem, match="token_invalid"):
        tokens.read_access_token(token)


def test_an_expired_token_is_told_apart_so_that_the_phone_refreshes() -> None:
    with pytest.raises(Problem, match="token_expired"):
        tokens.read_access_token(forged(exp=int(time()) - 1))
