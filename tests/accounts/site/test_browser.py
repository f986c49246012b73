"""The site in a real browser, on a phone and on a desk: nothing serious for axe-core, no sideways scroll, no complaint.

Skipped, with a word, where there is no Chromium; `.ci/run` installs it.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.handlers.wsgi import WSGIHandler

from accounts.models import AuditEvent, Breach, DataRequest, Import, User
from accounts.site.cookies import VISIT
from tests.accounts.site.life import enliven
from tests.accounts.site.test_second_factor import code_of
from tests.browser import browser
from tests.cast import PASSWORD, Cast, Person, raise_cast
from tests.chromium import CHROMIUM, PHONE
from tests.contract import site
from tests.contract.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Sideways scrolling begins where a page is wider than this.
NARROW, WIDE = PHONE, 1280
SUBMIT = "main form[method=post]:not([action*=language]) button[type=submit]"
LOOKS: list[tuple[int, Any]] = [(WIDE, "dark"), (NARROW, "light")]
PICTURES = os.environ.get("ANTHON_PICTURES")
"""A folder to keep a picture of every page in, for looking at."""
if PICTURES:
    LOOKS = [(390, "dark"), (WIDE, "light"), *LOOKS]

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


NO_PAGES = {"/admin", "/admin/static/{name}", "/admin/imports/template.xlsx"}
FILLED_IN = {f"/admin/areas/{path}/" for path in ("{area_id}/edit", "{area_id}/split", "{parent_id}/new")}
"""Looked at with what was typed, in `changed_areas`."""


def pages(cast: Cast) -> dict[str, str]:
    """Every page that answers GET, by the name of its picture, and some as they are searched, filtered or empty."""
    world, lan, team = World(cast), cast.lan, cast.teams[0]
    routes = [route.removeprefix("GET ") for route in site.TABLE if route.startswith("GET ")]
    found = {
        re.sub(r"\W+", "_", path.removeprefix("/admin")).strip("_") or "start": site.address(world, path)
        for path in routes
        if path not in NO_PAGES | FILLED_IN
    }
    states = {row.status: row.id for row in Import.objects.all()}
    more = {
        "people_found": "people/?q=lan&status=active",
        "people_nobody": "people/?q=nobody",
        "people_in_area": f"people/?area={cast.hamlets[0]}&role=leader",
        "person_self": f"people/{cast.son.user_id}/",
        "person_waiting": f"people/{User.objects.filter(password='').earliest('id').id}/",
        "person_long_name": f"people/{cast.khach.user_id}/",
        "enrol_in_team": f"people/new/?team={team}",
        "move_to": f"people/{lan.user_id}/move/?team={cast.teams[1]}",
        "areas_to_choose": "areas/?q=thai&for=/admin/people/",
        "areas_leaderless": "areas/?leaderless=1",
        "area_province": f"areas/{cast.province}/",
        "area_commune": f"areas/{cast.communes[0]}/?for=/admin/people/",
        "team_long_name": f"teams/{cast.teams[1]}/",
        "team_new_in_hamlet": f"teams/new/?area={cast.hamlets[0]}",
        "teams_leaderless": "teams/?leader=none",
        "grants_waiting": "grants/?state=waiting",
        "sessions_silent": "sessions/?state=silent",
        "trail_found": f"audit/?name=activation_code.issued&area={cast.communes[0]}",
        "trail_nothing": "audit/?until=2020-01-01",
        "data_requests_found": "data_requests/?q=xin+ban&kind=access",
        "data_request_with_a_story": f"data_requests/{DataRequest.objects.get(requester='Huỳnh Thị Mỹ Linh').id}/",
        "data_request_to_erase": f"data_requests/{DataRequest.objects.get(subject_type='household').id}/complete/",
        "breach_overdue": f"breaches/{Breach.objects.get(affected=1240).id}/",
        **{f"import_{status}": f"imports/{id_}/" for status, id_ in states.items()},
    }
    return found | {name: f"/admin/{path}" for name, path in more.items()}


def _complains(said: Any) -> bool:
    """Whether the browser is unhappy, beyond a page that isn't there."""
    return said.type == "error" and not re.search(r"status of (40[0-9]|422)", said.text)


@dataclass
class Eyes:
    """Tabs of whoever looks at pages, and what was found wrong with them."""

    chromium: Browser
    house: str
    faults: list[str] = field(default_factory=list)
    tabs: list[Page] = field(default_factory=list)

    def tab(self, person: Person | None, width: int = WIDE, language: str = "") -> Page:
        """A tab of somebody's; what the browser complains of is added to the faults."""
        size = {"width": width, "height": 800}
        context = self.chromium.new_context(viewport=size, color_scheme="light", locale="vi-VN")
        cookies = browser(person, language=language or None).cookies
        context.add_cookies([{"name": n, "value": morsel.value, "url": self.house} for n, morsel in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self.faults.append(f"{page.url}: {said.text}") if _complains(said) else None)
        self.tabs.append(page)
        return page

    def look(self, page: Page, where: str) -> None:
        """As it is on a dark desk and on a light phone, which it then stays."""
        page.wait_for_load_state()  # a click is over when the next page has begun
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            self._look(page, f"{where} {width} {scheme}")

    def _look(self, page: Page, where: str) -> None:
        """Is it too wide, and what does axe-core say: of all on a phone, of the colours of a desk's dark ones."""
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            self.faults.append(f"{where}: {wide} px too wide")
        before = len(self.faults)
        axe = Axe("") if page.evaluate("'axe' in window") else Axe()
        options = {"resultTypes": ["violations"]} | ({"runOnly": ["color-contrast"]} if where.endswith("dark") else {})
        violations = axe.run(page, options=options).response["violations"]
        del self.faults[before:]  # what the browser forbids axe-core to do
        for found in violations:
            if found["impact"] in ("serious", "critical"):
                self.faults.append(f"{where}: {found['id']}: {found['nodes'][0]['html'][:200]}")
        if PICTURES:
            name = re.sub(r"\W+", "_", where).strip("_")
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def eyes(chromium: Browser, house: str) -> Iterator[Eyes]:
    """At the end nothing was wrong with what they saw."""
    eyes = Eyes(chromium, house)
    yield eyes
    for page in eyes.tabs:
        page.context.close()
    assert not eyes.faults, "\n".join(eyes.faults)


@pytest.mark.parametrize("language", ["vi", "en"] if PICTURES else ["vi"])
def test_pages_are_fit_to_be_used(eyes: Eyes, cast: Cast, language: str) -> None:
    enliven(cast)
    page = eyes.tab(cast.son, NARROW, language)
    for name, path in pages(cast).items():
        page.goto(f"{eyes.house}{path}")
        eyes.look(page, f"{name} {language}")
    for name in chain(changed_areas(page, eyes.house, cast), posted(page, eyes.house, cast)):
        eyes.look(page, f"posted {name} {language}")
    for who, paths in (
        (None, ("login/", "activate/")),
        (cast.lan, ("", "second_factor/")),
        (cast.minh, ("imports/new/",)),
    ):
        page = eyes.tab(who, NARROW, language)
        for path in paths:
            page.goto(f"{eyes.house}/admin/{path}")
            eyes.look(page, f"{who and who.key} {path} {language}")


def posted(page: Page, house: str, cast: Cast) -> Iterator[str]:
    """What only comes of a form, each told as soon as it is there."""
    if menu := page.query_selector("[data-menu]:visible"):
        page.goto(f"{house}/admin/people/")
        menu = page.query_selector("[data-menu]")
        menu.click()
        yield "menu"
    lan = f"{house}/admin/people/{cast.lan.user_id}"
    page.goto(f"{lan}/code/")
    page.click(SUBMIT)
    yield "code"
    page.goto(f"{lan}/edit/")
    page.fill("[name=phone]", "12")
    page.fill("[name=full_name]", "")
    page.click(SUBMIT)
    yield "faulty form"
    for command in ("move", "deactivate"):
        page.goto(f"{house}/admin/people/")
        page.check("[data-all]")
        yield f"chosen to {command}"
        page.click(f"[formaction='/admin/people/{command}/']")
        yield f"bulk {command}"
        if command == "move":
            page.click("button[name=team_id]")
            yield "bulk preview"
            page.click(SUBMIT)
            yield "bulk done"
    page.goto(f"{lan}/edit/")
    page.context.clear_cookies(name="anthon_csrf")
    page.click(SUBMIT)
    yield "stale"
    page.goto(f"{house}/admin/second_factor/")
    page.fill("[name=password]", PASSWORD)
    page.click(SUBMIT)
    yield "second factor"
    page.fill("[name=code]", code_of(cast.son))
    page.click(SUBMIT)
    yield "recovery codes"
    page.context.clear_cookies(name=VISIT)
    page.goto(f"{house}/admin/login/")
    page.fill("[name=phone]", cast.son.phone)
    page.fill("[name=password]", "không phải")
    page.click(SUBMIT)
    yield "wrong password"
    page.fill("[name=phone]", cast.son.phone)
    page.fill("[name=password]", PASSWORD)
    page.click(SUBMIT)
    yield "one-time code"
    page.fill("[name=otp]", code_of(cast.son))
    page.click(SUBMIT)
    assert page.query_selector("nav a[aria-current]")


def changed_areas(page: Page, house: str, cast: Cast) -> Iterator[str]:
    """Areas changed as far as the last button: what is filled in, what is tried, what it touches."""
    areas, commune, hamlet = f"{house}/admin/areas", cast.communes[0], cast.hamlets[0]
    page.goto(f"{areas}/{hamlet}/edit/")
    page.click(SUBMIT)
    yield "area unchanged"
    page.fill("[name=name]", "Thái An Đông")
    page.fill("[name=centre]", "11.1833, 108.5667")
    page.click(SUBMIT)
    yield "area edit tried"
    page.click("[name=again]")
    assert page.input_value("[name=name]") == "Thái An Đông"
    page.goto(f"{areas}/{hamlet}/move/?area={cast.communes[1]}")
    page.click(SUBMIT)
    yield "area move tried"
    page.goto(f"{areas}/{commune}/new/")
    page.fill("[name=name]", "Thái Bình")
    page.click(SUBMIT)
    yield "area new twice"
    page.goto(f"{areas}/{commune}/merge/")
    for box in page.query_selector_all("[name=area_ids]"):
        box.check()
    page.fill("[name=name]", "Thái Hòa")
    page.click(SUBMIT)
    yield "area merge tried"
    page.goto(f"{areas}/{commune}/split/")
    page.fill("[name=part_0]", "Hồng Thái Đông")
    page.click("[name=more]")
    page.fill("[name=part_1]", "Hồng Thái Tây")
    yield "area split parts"
    page.click("main form .an-doing button[type=submit]")
    page.select_option(f"[name=child_{cast.hamlets[1].hex}]", "1")
    yield "area split placing"
    page.click("main form .an-doing button[type=submit]")
    yield "area split tried"
    page.click("[name=sure]")
    assert "Hồng Thái Đông" in page.inner_text("h1")
    yield "area split done"


def test_after_signing_out_going_back_shows_nothing(eyes: Eyes, cast: Cast) -> None:
    page = eyes.tab(cast.son)
    page.goto(f"{eyes.house}/admin/people/{cast.lan.user_id}/")
    page.click("form[action='/admin/logout/'] button")
    page.wait_for_url("**/admin/login/")
    page.go_back()
    page.wait_for_url("**/admin/login/**")
    assert page.query_selector("[name=password]")
    assert "lan" not in page.inner_text("body").split()


def test_two_clicks_are_one(eyes: Eyes, cast: Cast) -> None:
    page = eyes.tab(cast.son)
    page.goto(f"{eyes.house}/admin/people/{cast.lan.user_id}/code/")
    page.dblclick(SUBMIT)
    page.wait_for_selector(".an-code")
    assert AuditEvent.objects.filter(name="activation_code.issued").count() == 1
    page.go_back()
    page.click(SUBMIT)  # what was sent once can be sent again when it is looked at again
    page.wait_for_selector(".an-code")


def test_the_tree_is_walked_by_keyboard(eyes: Eyes, cast: Cast) -> None:
    page = eyes.tab(cast.son)
    page.goto(f"{eyes.house}/admin/areas/")
    for name in ("Lâm Đồng", "Hồng Thái", "Thái An"):
        for _ in range(60):
            page.keyboard.press("Tab")
            here = page.evaluate("[document.activeElement.innerText, !!document.activeElement.closest('.main')]")
            if here[1] and name in here[0]:
                break
        else:
            raise AssertionError(f"{name} can't be reached")
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        assert name in page.inner_text("h1")


def test_son_switches_lan_off_and_on_again_by_hand(eyes: Eyes, cast: Cast) -> None:
    page = eyes.tab(cast.son, NARROW)
    page.goto(f"{eyes.house}/admin/people/")
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


def test_the_theme_is_chosen_and_kept(eyes: Eyes, cast: Cast) -> None:
    page = eyes.tab(cast.son)
    page.goto(f"{eyes.house}/admin/")
    for dark in (False, True):
        page.click("[data-theme-switch]")
        assert page.evaluate("document.documentElement.classList.contains('dark')") is dark
    page.reload()
    assert page.evaluate("document.documentElement.classList.contains('dark')")
