"""Strict JSON: what is refused, under which code, and that nothing sound is."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.parsing import DEEPEST, parse_json, parse_push
from api.problems import Problem


def code_of(raw: bytes) -> str:
    with pytest.raises(Problem) as caught:
        parse_json(raw)
    assert caught.value.status == 400
    return caught.value.code


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body_invalid"),
        (b"{", "body_invalid"),
        (b"nope", "body_invalid"),
        (b'{"a": NaN}', "body_invalid"),
        (b'{"a": Infinity}', "body_invalid"),
        (b'{"a": 1e400}', "body_invalid"),
        (b'{"a": 1,}', "body_invalid"),
        (b'\xef\xbb\xbf{"a": 1}', "body_invalid"),
        (b'"\xc3\x28"', "body_invalid"),
        (nested(DEEPEST + 1), "body_too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "body_too_deep"),
        (b"[" * 100_000, "body_too_deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "body_too_deep"),
        (b'{"\\\\":"}",' + b'"a":{' * 40 + b"}" * 41, "body_too_deep"),
        (b'{"}":' * 40 + b"1" + b"}" * 40, "body_too_deep"),
        (b'{"}":' * 40 + b"1" + b"}" * 39 + b',"x":"' + b"{" * 40 + b'"}', "body_too_deep"),
        (b'{"a": "\\u0000"}', "text_invalid"),
        (b'{"\\u0000": 1}', "text_invalid"),
        (b'"\\ud800"', "text_invalid"),
        (b'"\\udc00"', "text_invalid"),
        (b'"\\uD83D\\uD83D\\uDE00"', "text_invalid"),
        (b'"\\ud83d x \\ude00"', "text_invalid"),
        (b'"\\ud83d\\n\\ude00"', "text_invalid"),
        (b'"\xed\xa0\x80"', "text_invalid"),
        (b"9223372036854775808", "integer_too_large"),
        (b"-9223372036854775809", "integer_too_large"),
        (b"[18446744073709551616]", "integer_too_large"),
        (b'{"a":' + b"9" * 100_000 + b"}", "integer_too_large"),
    ],
    ids=range(28),
)
def test_what_a_database_could_not_hold_is_refused_by_name(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


@pytest.mark.parametrize(
    "raw",
    [
        nested(DEEPEST),
        b'["' + b"[" * 100 + b'"]',
        b'[{"a":"[[[[{{{{\\"}}"}' + b',{"a":"}"}' * 60 + b"]",
        b'"\\\\u0000"',
        b'"\\\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\\ud83d\\ude00\\uD83D\\uDE00"',
        b"[9223372036854775807, -9223372036854775808]",
        b"[1234567890123456789012.5, 1e300, 0.12345678901234567890123]",
        b'"12345678901234567890"',
        b'"\\"12345678901234567890"',
        '"Đèn đường hỏng 😀 ퟿"'.encode(),
        b" {} ",
    ],
    ids=range(13),
)
def test_what_only_looks_suspicious_is_taken(raw: bytes) -> None:
    assert parse_json(raw) == json.loads(raw)


def test_of_members_that_stand_twice_the_last_counts() -> None:
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}


SOUND_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
SOUND = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SOUND_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(SOUND_TEXT, inner),
    max_leaves=30,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


@settings(max_examples=150, deadline=None)
@given(SOUND, st.booleans())
def test_any_sound_value_comes_through_unchanged(value: object, ascii_only: bool) -> None:
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth(value) > DEEPEST:
        assert code_of(raw) == "body_too_deep"
    else:
        assert parse_json(raw) == value


MUTATION = b'{"mutation_id": "m%d", "type": "note", "id": "i%d", "op": "put", "base_version": 3, "data": {"note": %s}}'


def push(*notes: bytes, tail: bytes = b"") -> bytes:
    mutations = b", ".join(MUTATION % (index, index, note) for index, note in enumerate(notes))
    return b'{"sent_at": "2026-11-22T05:30:00.000Z", "mutations": [' + mutations + b"]" + tail + b"}"


def test_a_sound_push_has_no_problems() -> None:
    body, problems = parse_push(push(b'"a"', b'"b"'))
    assert [mutation["data"]["note"] for mutation in body["mutations"]] == ["a", "b"]
    assert problems == {}


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (b'"\\u0000"', "text_invalid"),
        (b'"\\ud800"', "text_invalid"),
        (b'"\xed\xa0\x80"', "text_invalid"),
        (b"99999999999999999999", "integer_too_large"),
        (b"[" * 29 + b"]" * 29, "body_too_deep"),
        (b"[" * 50_000 + b"]" * 50_000, "body_too_deep"),
    ],
    ids=["nul", "surrogate", "raw surrogate", "integer", "deep", "very deep"],
)
def test_one_bad_mutation_never_stops_another(note: bytes, code: str) -> None:
    body, problems = parse_push(push(b'"a ] } , \\" [ {"', note, b'"c"'))
    assert {index: problem.code for index, problem in problems.items()} == {1: code}
    assert [mutation["id"] for mutation in body["mutations"]] == ["i0", "i1", "i2"]
    assert body["mutations"][1] == {"mutation_id": "m1", "type": "note", "id": "i1", "op": "put", "base_version": 3}
    assert body["mutations"][2]["data"] == {"note": "c"}
    assert body["sent_at"] == "2026-11-22T05:30:00.000Z"


def test_a_mutation_may_be_as_deep_as_the_whole_body_allows() -> None:
    # body, mutations, mutation and data are four levels of the 32.
    _, problems = parse_push(push(nested(28)))
    assert problems == {}


def test_every_mutation_may_be_bad() -> None:
    body, problems = parse_push(push(b'"\\u0000"', b'"\\ud800"'))
    assert sorted(problems) == [0, 1]
    assert [mutation["mutation_id"] for mutation in body["mutations"]] == ["m0", "m1"]


def test_an_id_that_is_bad_itself_is_not_told() -> None:
    body, problems = parse_push(b'{"mutations": [{"mutation_id": "\\u0000", "type": "note", "data": [1, {"id": 4}]}]}')
    assert problems[0].code == "text_invalid"
    assert body["mutations"] == [{"type": "note"}]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (push(b'"a"', tail=b', "cursor": "\\u0000"'), "text_invalid"),
        (push(b'"\\u0000"', tail=b', "limit": 99999999999999999999'), "text_invalid"),
        (b'{"mutations": ["\\u0000"], "mutations": []}', "text_invalid"),
        (b'{"other": {"mutations": ["\\u0000"]}}', "text_invalid"),
        (b'{"mutations": {"a": "\\u0000"}}', "text_invalid"),
        (b'["mutations", ["\\u0000"]]', "invalid"),
        (push(b'"a"')[:-3], "body_invalid"),
        (push(b'"\\u0000"')[:-3], "text_invalid"),
        (push(b"tru"), "body_invalid"),
        (b"[]", "invalid"),
        (b"[" * 100_000, "body_too_deep"),
    ],
    ids=range(11),
)
def test_what_is_wrong_outside_the_mutations_fails_the_whole_push(raw: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_push(raw)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "last", [b'"mutations": 5', b'"mutati\\u006fns": []', b'"mutati\\u006fns": 5', b'"mutations": null']
)
def test_a_push_whose_mutations_stand_twice_is_not_mended(last: bytes) -> None:
    with pytest.raises(Problem, match="text_invalid"):
        parse_push(b'{"mutations": [{"x": "\\u0000"}], ' + last + b"}")


def test_a_push_of_too_many_mutations_is_not_mended() -> None:
    with pytest.raises(Problem, match="text_invalid"):
        parse_push(push(*[b'"a"'] * 1000, b'"\\u0000"'))
