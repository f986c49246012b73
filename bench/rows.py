"""The rows of the table of speeds: what is asked, as whom, what a right answer is, and which limit stands beside it."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bench.house import Measured
from bench.limits import NOTHING, Limit, Limits
from bench.records import observation_wire
from bench.seed import DEVICE, PASSWORD, RECORD, SESSION, USER, Seed, id_of
from bench.talk import Repeat, Talk
from bench.wire import ask, http_request

if TYPE_CHECKING:
    from api.actors import Actor

READS = 400  # different requests a connection


@dataclass(frozen=True)
class World:
    """What rows are made from."""

    measured: Measured
    seed: Seed


@dataclass(frozen=True)
class Row:
    """One kind of request. `records`: how many an answer carries; `reach` and `stretch`: the bars, as ratios."""

    name: str
    title: str
    records: int
    talks: Callable[[World, Sequence[int]], list[Talk]]
    limit: Callable[[Limits], Limit]
    limit_title: str
    reach: float
    stretch: float

    @property
    def in_records(self) -> bool:
        """Whether the limit is told in records a second, not in requests."""
        return self.name == "push"


def token(user: int) -> str:
    """An access token of a member's session, good for a quarter of an hour."""
    from accounts.tokens import access_token

    return access_token(user_id=id_of(USER, user), session_id=id_of(SESSION, user))


def signed(user: int) -> dict[str, str]:
    """The header that says who asks."""
    return {"Authorization": f"Bearer {token(user)}"}


def actor_of(user: int) -> Actor:
    """Who asks, as the server sees it."""
    from accounts.scoping import make_actor
    from api.ids import uuid7

    actor = make_actor(session_id=id_of(SESSION, user), user_id=id_of(USER, user), request_id=uuid7())
    assert actor is not None
    return actor


def cursor_of(world: World, user: int) -> tuple[str, str]:
    """A cursor at the head of all that this user syncs, and the tag of the answer that has nothing new."""
    from api.sync.cursor import Cursor, Place, fingerprint
    from api.sync.epoch import current_epoch

    actor, epoch = actor_of(user), current_epoch()
    places = {view.no: Place(view.head, fingerprint(view, epoch)) for view in actor.streams()}
    cursor = Cursor(epoch, places).encode(actor.user_id)
    while True:
        path = "/v1/sync/pull?cursor=" + cursor
        answer = ask(world.measured.address, http_request("GET", path, signed(user)))
        page = json.loads(answer.body)
        if page["cursor"] == cursor:
            return cursor, answer.headers["etag"]
        cursor = page["cursor"]


def front(world: World, users: Sequence[int]) -> list[Talk]:
    return [Repeat([NOTHING]) for _ in users]


def empty_pull(world: World, users: Sequence[int]) -> list[Talk]:
    talks: list[Talk] = []
    for user in users:
        cursor, etag = cursor_of(world, user)
        headers = signed(user) | {"If-None-Match": etag}
        talks.append(Repeat([http_request("GET", "/v1/sync/pull?cursor=" + cursor, headers)], expected=304))
    return talks


def read_one(world: World, users: Sequence[int]) -> list[Talk]:
    talks: list[Talk] = []
    for user in users:
        own, dice = world.seed.records_of(user), Random(user)  # noqa: S311 - for a load, not for a secret
        numbers = dice.sample(own, min(READS, len(own)))
        header = signed(user)
        paths = [f"/v1/observations/{id_of(RECORD, number)}" for number in numbers]
        talks.append(Repeat([http_request("GET", path, header) for path in paths], check=_about_a_kilobyte))
    return talks


def list_50(world: World, users: Sequence[int]) -> list[Talk]:
    paths = [f"/v1/observations?area={world.seed.hamlet(user)}&limit=50" for user in users]
    requests = [http_request("GET", path, signed(user)) for path, user in zip(paths, users, strict=True)]
    return [Repeat([request], check=_counts('"place_text":', 50)) for request in requests]


def pull_500(world: World, users: Sequence[int]) -> list[Talk]:
    path = "/v1/sync/pull?limit=500&max_bytes=1048576"
    return [Repeat([http_request("GET", path, signed(user))], check=_counts('"op":"put"', 500)) for user in users]


class Create(Talk):
    """Creates observations, each with an id of its own."""

    expected = 201

    def __init__(self, world: World, user: int) -> None:
        body = json.dumps({"id": "@" * 36, **observation_wire(world.seed, user)}, ensure_ascii=False)
        request = http_request("POST", "/v1/observations", signed(user), body.encode())
        self.before, self.after = request.split(b"@" * 36)
        self.ids = new_ids(user)

    def request(self) -> bytes:
        return b"%b%b%b" % (self.before, next(self.ids), self.after)


def create(world: World, users: Sequence[int]) -> list[Talk]:
    return [Create(world, user) for user in users]


class Push(Talk):
    """Pushes of a hundred new observations; every one must be applied."""

    reads = True

    def __init__(self, world: World, user: int, mutations: int = 100, cursor: str | None = None) -> None:
        data = observation_wire(world.seed, user)
        mutation = {"mutation_id": "@" * 36, "type": "observation", "id": "@" * 36, "op": "put", "base_version": 0}
        body: dict[str, object] = {
            "sent_at": data["recorded_at"],
            "mutations": [{**mutation, "data": data}] * mutations,
        }
        if cursor:
            body["cursor"] = cursor
        request = http_request("POST", "/v1/sync/push", signed(user), json.dumps(body, ensure_ascii=False).encode())
        self.parts = request.replace(b"%", b"%%").replace(b"@" * 36, b"%b")
        self.ids = new_ids(user)
        self.mutations = mutations

    def request(self) -> bytes:
        return self.parts % tuple(itertools.islice(self.ids, 2 * self.mutations))

    def answered(self, body: bytes) -> str | None:
        applied = body.count(b'"applied"')
        return None if applied == self.mutations else f"{applied} of {self.mutations} applied: {body[:600]!r}"


def push(world: World, users: Sequence[int]) -> list[Talk]:
    return [Push(world, user) for user in users]


class Refresh(Talk):
    """Goes along the chain of refresh tokens of one session."""

    reads = True

    def __init__(self, user: int, refresh: str) -> None:
        self.refresh, self.device = refresh, str(id_of(DEVICE, user))

    def request(self) -> bytes:
        body = json.dumps({"refresh": self.refresh, "device_id": self.device}).encode()
        return http_request("POST", "/v1/auth/refresh", {}, body)

    def answered(self, body: bytes) -> str | None:
        self.refresh = json.loads(body)["refresh"]
        return None


def refresh(world: World, users: Sequence[int]) -> list[Talk]:
    """A new chain for each session."""
    from accounts.tokens import first_refresh_secret

    talks: list[Talk] = []
    with world.measured.connect() as connection, connection.cursor() as cursor:
        for user in users:
            secret = first_refresh_secret(id_of(SESSION, user))
            cursor.execute("DELETE FROM refresh_token WHERE session_id = %s", [str(secret.session_id)])
            cursor.execute(
                "INSERT INTO refresh_token (hash, session_id, generation, created_at) VALUES (%s, %s, 0, now())",
                [secret.hash, str(secret.session_id)],
            )
            talks.append(Refresh(user, secret.text))
    return talks


def login(world: World, users: Sequence[int]) -> list[Talk]:
    talks: list[Talk] = []
    for user in users:
        device = {"id": str(id_of(DEVICE, user)), "name": "máy", "platform": "android", "app_version": "1.0"}
        body = {"phone": f"+849{user:08}", "password": PASSWORD, "device": device}
        talks.append(Repeat([http_request("POST", "/v1/auth/token", {}, json.dumps(body).encode())]))
    return talks


def new_ids(writer: int) -> Iterator[bytes]:
    """UUIDv7s, ever higher, as bytes of their text; cheap, since a push of 100 needs 200."""
    dice = Random(time.time_ns() + writer)  # noqa: S311 - for a load, not for a secret
    while True:
        head = f"{time.time_ns() // 1_000_000:012x}"
        tail = f"{dice.getrandbits(14) | 0x8000:04x}-{dice.getrandbits(36):09x}"
        for number in range(256):
            yield f"{head[:8]}-{head[8:]}-7{number:03x}-{tail}{number:03x}".encode()


def _about_a_kilobyte(body: bytes) -> str | None:
    return None if 900 <= len(body) <= 1150 else f"a record of {len(body)} bytes: {body[:300]!r}"


def _counts(mark: str, expected: int) -> Callable[[bytes], str | None]:
    def check(body: bytes) -> str | None:
        found = body.count(mark.encode())
        return None if found == expected else f"{found} records instead of {expected}: {body[:300]!r}"

    return check


EMPTY_VIEW = "empty view, granian alone"
AS_TEXT = "JSON text by Postgres, one process"
FRONT = Row("front", "empty view, our front", 0, front, lambda at: at.empty_view, EMPTY_VIEW, 0, 0)
ROWS = [
    FRONT,
    Row("empty", "empty pull, 304", 0, empty_pull, lambda at: at.empty_view, EMPTY_VIEW, 0.3, 0.5),
    Row("read", "read one", 1, read_one, lambda at: at.empty_view, EMPTY_VIEW, 0.25, 0.4),
    Row("create", "create one", 1, create, lambda at: at.insert, "durable inserts, one process", 0.35, 0.5),
    Row("list", "list 50 of an area", 50, list_50, lambda at: at.json(50), AS_TEXT, 0.55, 0.7),
    Row("push", "push of 100", 100, push, lambda at: at.insert_100, "inserts of 100, durable, one process", 0.4, 0.8),
    Row("pull", "pull of 500", 500, pull_500, lambda at: at.json(500), AS_TEXT, 1.0, 1.4),
    Row("refresh", "refresh", 0, refresh, lambda at: at.update, "durable updates, one process", 0.3, 0.5),
    Row("login", "login", 0, login, lambda at: at.argon2id, "argon2id on all cores", 0.7, 0.9),
]
