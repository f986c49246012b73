"""The site in a real browser, on a phone and on a desk: nothing serious for axe-core, no sideways scroll, no complaint.

Skipped, with a word, where there is no Chromium; `.ci/run` installs it.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.handlers.wsgi import WSGIHandler

from tests.browser import browser
from tests.cast import Cast, raise_cast
from tests.chromium import CHROMIUM, PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Sideways scrolling begins where a page is wider than this.
NARROW, WIDE = PHONE, 1280
PICTURES = os.environ.get("ANTHON_PICTURES")
"""A folder to keep a picture of every page in, for looking at."""

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium isn't installed: no page was looked at")


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def cast(clean_db: None) -> Cast:
    return raise_cast()


@pytest.fixture
def house(cast: Cast) -> Iterator[str]:
    """The site on a port of its own, in a thread."""
    server: WSGIServer = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def pages(cast: Cast) -> list[str]:
    lan, hamlet, team = cast.lan, cast.hamlets[0], cast.teams[0]
    return [
        "",
        "people/",
        "people/?q=lan&status=active",
        "people/?q=nobody",
        "people/new/",
        f"people/new/?team={team}",
        f"people/{lan.user_id}/",
        f"people/{cast.son.user_id}/",
        *(
            f"people/{lan.user_id}/{command}/"
            for command in ("code", "sheet", "lost_phone", "edit", "deactivate", "reactivate", "move", "grant")
        ),
        f"people/{lan.user_id}/move/?team={cast.teams[1]}",
        f"sessions/{lan.session_id}/end/",
        "areas/",
        "areas/?q=thai&for=/admin/people/",
        f"areas/{cast.province}/",
        f"areas/{hamlet}/",
        "teams/",
        f"teams/{team}/",
        f"teams/{team}/sheet/",
        f"teams/{team}/close/",
        "grants/",
        "sessions/",
        "imports/",
        "imports/new/",
        "audit/",
        "second_factor/",
        "nothing/",
    ]


def _complains(said: Any) -> bool:
    """Whether the browser is unhappy, beyond a page that isn't there."""
    return said.type == "error" and "404" not in said.text


def visit(chromium: Browser, house: str, cast: Cast, width: int, scheme: Any, faults: list[str]) -> Page:
    """A tab of Sơn's; what the browser complains of is added to the faults."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="vi-VN")
    cookies = browser(cast.son).cookies
    context.add_cookies([{"name": name, "value": morsel.value, "url": house} for name, morsel in cookies.items()])
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on("console", lambda said: faults.append(f"{page.url}: {said.text}") if _complains(said) else None)
    return page


def look(page: Page, where: str, faults: list[str]) -> None:
    """Is it too wide, and what does axe-core say."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{where}: {wide} px too wide")
    before = len(faults)
    violations = Axe().run(page).response["violations"]
    del faults[before:]  # what the browser forbids axe-core to do
    for found in violations:
        if found["impact"] in ("serious", "critical"):
            faults.append(f"{where}: {found['id']}: {found['nodes'][0]['html'][:200]}")
    if PICTURES:
        name = re.sub(r"\W+", "_", where).strip("_")
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(NARROW, "light"), (WIDE, "dark")])
def test_pages_are_fit_to_be_used(chromium: Browser, house: str, cast: Cast, width: int, scheme: str) -> None:
    faults: list[str] = []
    page = visit(chromium, house, cast, width, scheme, faults)
    for path in pages(cast):
        page.goto(f"{house}/admin/{path}")
        look(page, f"{path or 'start'} {width} {scheme}", faults)
    if width == NARROW:
        page.goto(f"{house}/admin/people/")
        page.click("[data-menu]")
        look(page, f"menu {width} {scheme}", faults)
    page.context.clear_cookies()
    for path in ("login/", "activate/"):
        page.goto(f"{house}/admin/{path}")
        look(page, f"{path} {width} {scheme}", faults)
    page.context.close()
    assert not faults, "\n".join(faults)


def test_son_switches_lan_off_and_on_again_by_hand(chromium: Browser, house: str, cast: Cast) -> None:
    faults: list[str] = []
    page = visit(chromium, house, cast, NARROW, "light", faults)
    page.goto(f"{house}/admin/people/")
    page.fill("#q", "lan")
    page.click("form[data-filters] button[type=submit]")
    page.click("td.main a")
    page.click("text=Ngừng tài khoản")
    assert "Ngừng tài khoản của lan" in page.inner_text("h1")
    page.click("main form button[type=submit]")
    assert "Đã ngừng tài khoản của lan" in page.inner_text(".an-messages")
    page.click("text=Mở lại tài khoản")
    page.click("main form button[type=submit]")
    assert "Đã mở lại tài khoản của lan" in page.inner_text(".an-messages")
    page.context.close()
    assert not faults


def test_the_theme_is_chosen_and_kept(chromium: Browser, house: str, cast: Cast) -> None:
    faults: list[str] = []
    page = visit(chromium, house, cast, WIDE, "light", faults)
    page.goto(f"{house}/admin/")
    for dark in (False, True):
        page.click("[data-theme-switch]")
        assert page.evaluate("document.documentElement.classList.contains('dark')") is dark
    page.reload()
    assert page.evaluate("document.documentElement.classList.contains('dark')")
    page.context.close()
    assert not faults
