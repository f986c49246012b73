"""Keyed hashes while a key is exchanged: what callers bring back goes on, and what tables hold never notices."""

import uuid

import pytest
from pytest_django.fixtures import Settings

from accounts.codes import code_hash
from accounts.scoping import pseudonym
from api.keyed import keyed_hash, seal, unseal
from api.problems import Problem

OLD, NEW = "old " * 10, "new " * 10


def have(settings: Settings, first: str, *fallbacks: str) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = first, list(fallbacks)


def test_in_each_step_of_an_exchange_what_both_sides_sealed_is_read(settings: Settings) -> None:
    sealed = {}
    for first in (OLD, NEW):
        have(settings, first)
        sealed[first] = seal("page-cursor", b"who", b"where")
    assert sealed[OLD] != sealed[NEW]
    for first, fallback in ((OLD, NEW), (NEW, OLD)):
        have(settings, first, fallback)
        assert seal("page-cursor", b"who", b"where") == sealed[first]
        assert {unseal("page-cursor", b"who", text) for text in sealed.values()} == {b"where"}


def test_when_a_key_is_gone_so_is_what_it_sealed(settings: Settings) -> None:
    have(settings, OLD)
    text = seal("page-cursor", b"who", b"where")
    have(settings, NEW)
    with pytest.raises(Problem, match="cursor_invalid"):
        unseal("page-cursor", b"who", text)


def test_what_tables_hold_is_the_same_after_an_exchange(settings: Settings) -> None:
    phone = uuid.uuid4()

    def held() -> list[object]:
        return [pseudonym(phone), code_hash("7K3M-9QX2-C4TB"), keyed_hash("mutation", b"{}")]

    have(settings, OLD)
    before = held()
    have(settings, NEW)
    assert held() == before
