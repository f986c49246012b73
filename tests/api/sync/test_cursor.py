"""Cursors: what goes in comes out, for the user it was made for and nobody else; any other text is useless."""

import base64
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.actors import StreamView
from api.problems import Problem
from api.sync.cursor import Cursor, Place, at_heads, fingerprint
from tests.api.sync.examples import modest

USERS = st.uuids()
PLACES = st.dictionaries(
    st.integers(1, 2**32 - 1),
    st.builds(Place, position=st.integers(0, 2**32 - 1), view=st.integers(0, 2**32 - 1), filling=st.booleans()),
    max_size=40,
)
CURSORS = st.builds(Cursor, epoch=st.integers(0, 2**63), places=PLACES)


def refused(text: str, user: uuid.UUID) -> bool:
    try:
        Cursor.decode(text, user)
    except Problem as problem:
        return problem.code == "cursor_invalid"
    return False


@modest(150)
@given(cursor=CURSORS, user=USERS, other=USERS)
def test_a_cursor_comes_back_whole_for_its_user_alone(cursor: Cursor, user: uuid.UUID, other: uuid.UUID) -> None:
    text = cursor.encode(user)
    assert Cursor.decode(text, user) == cursor
    assert Cursor.decode(text, user).encode(user) == text
    assert user == other or refused(text, other)


@modest(150)
@given(cursor=CURSORS, user=USERS, place=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_any_flipped_bit_makes_it_useless(cursor: Cursor, user: uuid.UUID, place: int, bit: int) -> None:
    text = cursor.encode(user)
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place % len(raw)] ^= 1 << bit
    assert refused(base64.urlsafe_b64encode(raw).decode().rstrip("="), user)
    assert refused(text[: place % len(text)], user)


@modest(60)
@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_garbage_is_cursor_invalid(text: str) -> None:
    assert refused(text, uuid.UUID(int=1))


def test_equal_states_make_equal_cursors_whatever_the_order() -> None:
    places = {no: Place(no * 3, no % 2 + 1) for no in range(1, 30)}
    backwards = dict(reversed(places.items()))
    user = uuid.uuid4()
    assert Cursor(5, places).encode(user) == Cursor(5, backwards).encode(user)


def test_a_stream_takes_eight_bytes() -> None:
    user = uuid.uuid4()

    def size(streams: int) -> int:
        return len(Cursor(1, {no: Place(no, 7) for no in range(1, streams + 1)}).encode(user))

    assert (size(1003) - size(1000)) == 3 * 8 * 4 // 3


@pytest.mark.parametrize("change", [{"roles": frozenset({"leader"})}, {"types": frozenset({"lamp"})}, {"own": False}])
def test_another_view_has_another_fingerprint(change: dict[str, object]) -> None:
    view = StreamView(str(uuid.uuid4()), 1, 0, 0, frozenset({"member"}), frozenset({"lamp", "patrol"}), True)
    other = view._replace(**change)
    assert len({fingerprint(view, 1), fingerprint(other, 1), fingerprint(view, 2), 0}) == 4


def test_the_cursor_at_the_heads_is_that_of_a_phone_that_has_everything() -> None:
    user, roles = uuid.uuid4(), [frozenset({"member"}), frozenset({"leader"}), frozenset()]
    views = [
        StreamView(str(uuid.uuid4()), no, 1000 - no, 0, roles[no % 3], frozenset({"patrol"}), bool(roles[no % 3]))
        for no in range(1, 40)
    ]
    held = Cursor(5, {view.no: Place(view.head, fingerprint(view, 5)) for view in reversed(views)})
    assert at_heads(views, 5, user) == held.encode(user)
    assert at_heads(views, 6, user) != held.encode(user) != at_heads(views[1:], 5, user)
