"""The site speaks Vietnamese: every text is in the catalogue, the catalogue is compiled, and no page shows English."""

from __future__ import annotations

import html
import re
from functools import cache

import pytest

from accounts.events import event_names
from accounts.models import Session
from accounts.site.sessions import because
from accounts.site.wording import is_worded
from tests.accounts.site import texts
from tests.browser import browser
from tests.cast import Person
from tests.contract import site
from tests.contract.world import World, make_world, undone

_PARAMETER = re.compile(r"%\(\w+\)[sd]")
# What is the same in both languages, by itself or as a name.
SAME = {"An Thôn", "English", "PDF", "Excel", "Google Authenticator", "Thôn", "XLSX", "CSV", "MB", "Chrome"}


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def test_every_text_has_its_vietnamese() -> None:
    known = texts.catalogue()
    for text in texts.said():
        message = known.get(text[0] if isinstance(text, tuple) else text)
        assert message is not None, f"{text!r} isn't in the catalogue; run python -m tests.accounts.site.texts"
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(strings), f"{text!r} has no Vietnamese"
        wanted = set(_PARAMETER.findall(text[-1] if isinstance(text, tuple) else text))
        assert all(set(_PARAMETER.findall(each)) == wanted for each in strings), f"{text!r}: other parameters"


def test_the_catalogue_holds_nothing_that_nobody_says() -> None:
    said = {text[0] if isinstance(text, tuple) else text for text in texts.said()}
    kept = {m.id[0] if isinstance(m.id, tuple) else m.id for m in texts.catalogue() if m.id}
    assert kept == said


def test_what_django_reads_is_the_catalogue() -> None:
    assert texts.MO.read_bytes() == texts.compiled(texts.catalogue())


def test_every_event_of_the_trail_has_words() -> None:
    assert [name for name in sorted(event_names()) if not is_worded(name)] == []


def test_every_reason_why_a_session_ended_has_words() -> None:
    modules = (texts.HOUSE / "accounts").rglob("*.py")
    reasons = {reason for path in modules for reason in re.findall(r'because="(\w+)"', path.read_text())}
    assert len(reasons) > 8
    assert [reason for reason in sorted(reasons) if because(Session(ended_because=reason)) == because(Session())] == []


@cache
def english() -> set[str]:
    """All that the site says in English and otherwise in Vietnamese, without what stands between parameters."""
    known = texts.catalogue()
    found = set()
    for text in texts.said():
        for each in text if isinstance(text, tuple) else (text,):
            string = known.get(text[0] if isinstance(text, tuple) else text).string
            if each in (string if isinstance(string, tuple) else (string,)):
                continue
            found.add(max(_PARAMETER.split(each), key=len).strip())
    return {each for each in found if len(each) > 2}


# Words that English can't do without and Vietnamese doesn't have.
_GIVE_AWAY = re.compile(
    r"\b(the|of|and|is|are|this|with|from|you|your|for|not|was|has|required|enter|valid|field)\b", re.I
)


def shown(page: str) -> str:
    """What people see or hear of a page: its text, and the attributes that are read out."""
    page = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r'<(\w+)[^>]*\blang="en"[^>]*>.*?</\1>', " ", page, flags=re.DOTALL)
    read_out = re.findall(
        r'\b(?:aria-label|placeholder|title|alt|data-label|data-light|data-dark|data-auto)="([^"]*)"', page
    )
    return html.unescape(" ".join([re.sub(r"<[^>]*>", " ", page), *read_out]))


def assert_vietnamese(page: str, where: str) -> None:
    text = " ".join(shown(page).split())
    for same in SAME:
        text = text.replace(same, " ")
    assert not (found := _GIVE_AWAY.search(text)), f"{where}: …{text[max(0, found.start() - 60) : found.end() + 60]}…"
    for each in english():
        if each in text and re.search(rf"(?<![\w]){re.escape(each)}(?![\w])", text):
            raise AssertionError(f"{where} says {each!r}")


def test_a_page_in_vietnamese_has_no_english(world: World) -> None:
    for route in site.TABLE:
        if "static" in route or "template" in route:
            continue
        with undone():
            answer = site.ask(world, route, world.cast.son)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert '<html lang="vi">' in answer.content.decode(), route
            assert_vietnamese(answer.content.decode(), route)


def test_an_empty_form_is_refused_in_vietnamese(world: World) -> None:
    site.ids(world)
    for path in site.COMMANDS:
        where = site.address(world, f"/admin/{path}")
        with undone():
            answer = browser(world.cast.son).post(
                where, {"phone": "x" * 300, "area_id": "x", "team_id": "x", "ends_on": "x"}
            )
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            assert_vietnamese(answer.content.decode(), path)


@pytest.mark.parametrize("person", ["lan", None])
def test_what_others_see_is_vietnamese_too(world: World, person: str | None) -> None:
    who: Person | None = world.cast.people[person] if person else None
    for path in ("/admin/people/", "/admin/login/", "/admin/activate/", "/admin/second_factor/"):
        answer = browser(who).get(path)
        if answer.status_code != 302:
            assert_vietnamese(answer.content.decode(), path)
    slip = browser(who, enforce_csrf_checks=True).post("/admin/language/", {"language": "en"})
    assert_vietnamese(slip.content.decode(), "a page that is too old")
    assert_vietnamese(browser(who).put("/admin/login/").content.decode(), "a method that isn't")


def test_the_same_pages_in_english(world: World) -> None:
    client = browser(world.cast.son, language="en")
    for path in ("", "people/", f"people/{world.cast.lan.user_id}/", "areas/", "audit/"):
        page = client.get(f"/admin/{path}").content.decode()
        assert '<html lang="en">' in page
        assert "Sign out" in page and "Đăng xuất" not in page
