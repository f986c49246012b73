"""A province's first week, from an empty system to Lan's first sign-in: once by the site in Chromium, once by the API.

A house of its own, as in production: the first admin is appointed from the machine, roles wait for one-time codes.
A workbook of 1,000 hamlets, 1,000 teams and 15,000 people comes with 50 mistakes of 12 kinds, is corrected, and goes
in; then Lan activates with the code that stands on her printed sheet. `ANTHON_PICTURES` names a folder for pictures.
By the API it is a fifth of that unless `ANTHON_WHOLE_PROVINCE` is set: what takes the file is the same.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
import uuid
from base64 import b32decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdf
import pytest
import xlsxwriter
from django_otp.oath import TOTP
from python_calamine import CalamineWorkbook

from accounts.areas.gazetteer import read_gazetteer
from accounts.areas.names import AreaLevel
from accounts.imports.kinds import import_kind
from accounts.imports.reading import XLSX, read_file
from accounts.imports.sheets import HAMLETS as SHEET_OF_HAMLETS
from accounts.imports.sheets import PEOPLE as SHEET_OF_PEOPLE
from accounts.imports.sheets import SHEETS, TEAMS
from accounts.imports.values import written
from accounts.second_factor import STEP_S
from demo.workbooks import Mistake, Workbook, make_workbook, spoil
from tests.chromium import CHROMIUM, PHONE
from tests.launcher import Launcher, furnish, open_folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HAMLETS, PEOPLE, MISTAKES, KINDS = 1_000, 15_000, 50, 12
SHARE = 1 if os.environ.get("ANTHON_WHOLE_PROVINCE") else 5
DESK = 1280
PASSWORD = "chiều nay đê không vắng người"
WITHIN_S = 90
"""An import of this size: the bar is a minute, on a machine that does nothing else."""
_SHEETS = {"Thôn": SHEET_OF_HAMLETS, "Tổ": TEAMS, "Người": SHEET_OF_PEOPLE}


@dataclass
class House(Launcher):
    """A house that is up, with areas and nobody in it."""

    data: Path
    port: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(self.data)
        self.environment["ANTHON_SECOND_FACTOR"] = "required"

    def do(self, *words: str) -> str:
        done = self.run(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def appoint(self, phone: str, name: str, area: str) -> str:
        """The code of a new admin."""
        told = self.do("manage", "appoint_admin", phone, "--name", name, "--area", area)
        return re.findall(r"Code: (\S+)", told)[0]


@pytest.fixture
def house() -> Iterator[House]:
    with open_folder() as folder:
        house = House(folder / "nhà")
        furnish(house.data)
        started = house.up()
        assert started.returncode == 0, started.stdout + started.stderr
        yield house
        house.run("down")


@dataclass
class Lists:
    """What the admin was sent: the lists with their mistakes, and corrected; Lan is in them."""

    wrong: bytes
    right: bytes
    mistakes: list[Mistake]
    lan: list[Any]

    @property
    def lans_digits(self) -> str:
        """Her number, however the clerk wrote it, without prefix."""
        return re.sub(r"\D", "", str(self.lan[0]).removesuffix(".0"))[-9:]


def lists(province: str, seed: int, share: int = 1) -> Lists:
    """Workbooks for twenty communes of a province."""
    hamlets, people = HAMLETS // share, PEOPLE // share
    communes = read_gazetteer().only(province).current.values()
    codes = sorted(unit.code for unit in communes if unit.level == AreaLevel.COMMUNE)[:20]
    books: list[Workbook] = [make_workbook(codes, hamlets=hamlets, people=people, seed=seed) for _ in range(2)]
    mistakes = spoil(books[0], count=MISTAKES, seed=seed)
    assert len({(each.sheet, each.column, each.code) for each in mistakes}) == KINDS
    lan = next(row for row in books[1].sheets["Người"] if row[1].endswith(" Lan"))
    return Lists(books[0].xlsx(), books[1].xlsx(), mistakes, lan)


def corrected(marked: bytes, right: bytes) -> bytes:
    """The marked copy as a clerk sends it back: its faulty rows, told by their lines in the first file, put right."""
    sheets = read_file(right, XLSX, import_kind("workbook"))
    told = {(sheet.name, line.line): line.cells for sheet in sheets for line in sheet.lines}
    source, target, lines = CalamineWorkbook.from_filelike(io.BytesIO(marked)), io.BytesIO(), 0
    book = xlsxwriter.Workbook(target)
    for name in source.sheet_names:
        kind = next(kind for kind in SHEETS if kind.title.vi == name)
        columns = {column.title.vi: column.name for column in kind.columns}
        page = book.add_worksheet(name)
        for number, cells in enumerate(source.get_sheet_by_name(name).to_python()):
            if number == 0:
                head = [columns.get(str(cell).removesuffix(" *"), "") for cell in cells]
            elif cells[-1]:
                row, lines = told[name, int(float(str(cells[-1])))], lines + 1
                page.write_row(number, 0, [written(row.get(column)) for column in head])
                continue
            page.write_row(number, 0, map(str, cells))
    book.close()
    assert lines == MISTAKES
    return target.getvalue()


def title_of(mistake: Mistake) -> str:
    """What the column is called in Vietnamese."""
    return next(c.title.vi for c in _SHEETS[mistake.sheet].columns if c.name == mistake.column)


def totp(secret: str, *, ahead_s: int = 0) -> str:
    """What an authenticator app shows now, or whose clock is ahead."""
    made = TOTP(b32decode(secret), step=STEP_S)
    made.time = time.time() + ahead_s
    return f"{made.token():06}"


def code_on_sheet(pdf: bytes, name: str) -> str:
    """The code beside this name, as it is printed."""
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    slip = text[text.index(name, text.index(name) + 1) if text.count(name) > 1 else text.index(name) :]
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{3}", slip)
    assert found, slip
    return found[0]


@dataclass
class Api:
    """An app of the province's own, over HTTP."""

    port: int
    access: str = ""

    def ask(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": content_type, "Accept-Language": "vi"}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, content, headers)
        answer = connection.getresponse()
        got = answer.read()
        connection.close()
        assert answer.status < 300, (method, path, answer.status, got[:500])
        return json.loads(got) if answer.headers["Content-Type"] == "application/json" else got

    def enter(self, path: str, **told: str) -> dict[str, Any]:
        device = {"id": str(uuid.uuid4()), "name": "Máy", "platform": "android", "app_version": "1.0"}
        opened: dict[str, Any] = self.ask("POST", path, told | {"device": device})
        self.access = opened["access"]
        return opened

    def until(self, import_id: str, *statuses: str) -> dict[str, Any]:
        """The import, once it got that far."""
        ends = time.monotonic() + WITHIN_S
        while True:
            found: dict[str, Any] = self.ask("GET", f"/v1/imports/{import_id}")
            if found["status"] in statuses:
                return found
            assert found["problem"] is None, found
            assert time.monotonic() < ends, found
            time.sleep(0.3)

    def rows(self, import_id: str) -> list[dict[str, Any]]:
        """The faulty rows, page by page."""
        rows, cursor = [], ""
        while cursor is not None:
            page = self.ask("GET", f"/v1/imports/{import_id}/rows?status=fault&limit=20{cursor}")
            rows += page["items"]
            cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return rows


def test_the_first_week_by_the_api(house: House) -> None:
    brought = lists("79", seed=2, share=SHARE)
    son = Api(house.port)
    son.enter("/v1/auth/activate", code=house.appoint("0912 000 079", "Đặng Ngọc Sơn", "79"), password=PASSWORD)
    secret = son.ask("POST", "/v1/auth/totp", {"password": PASSWORD})["secret"]
    son.ask("POST", "/v1/auth/totp/confirm", {"code": totp(secret)})

    refused = son.ask("POST", "/v1/imports?kind=workbook&filename=danh-sach.xlsx", brought.wrong, XLSX)["id"]
    assert son.until(refused, "faulty", "ready")["status"] == "faulty"
    rows = son.rows(refused)
    told = {(row["sheet"], row["line"], fault["column"], fault["code"]) for row in rows for fault in row["faults"]}
    assert told == {(m.sheet, m.line, m.column, m.code) for m in brought.mistakes}
    assert all(fault["detail"] for row in rows for fault in row["faults"])

    began = time.monotonic()
    ready = son.ask("POST", "/v1/imports?kind=workbook&filename=danh-sach.xlsx", brought.right, XLSX)["id"]
    counts = son.until(ready, "faulty", "ready")["counts"]
    assert {sheet: count["create"] for sheet, count in counts.items() if count["create"]} == {
        "hamlets": HAMLETS // SHARE, "teams": HAMLETS // SHARE, "people": PEOPLE // SHARE + 20,
    }  # fmt: skip
    son.ask("POST", f"/v1/imports/{ready}/apply", {})
    assert son.until(ready, "applied", "failed")["status"] == "applied"
    print(f"by the API: checked and applied in {time.monotonic() - began:.1f} s")

    lan = son.ask("GET", f"/v1/users?q=0{brought.lans_digits}")["items"][0]
    sheet = son.ask("POST", f"/v1/teams/{lan['memberships'][0]['team_id']}/sheet", {})
    _lan_activates(house, sheet, brought.lan[1])


def _lan_activates(house: House, sheet: bytes, name: str) -> None:
    """With what is printed on her slip, on her own phone; she is in her team then."""
    phone = Api(house.port)
    phone.enter("/v1/auth/activate", code=code_on_sheet(sheet, name), password="cau khong ai biet 7")
    me = phone.ask("GET", "/v1/me")
    assert me["user"]["full_name"] == name and len(me["memberships"]) == 1
    assert [area["own"] for area in me["areas"] if area["level"] == "hamlet"] == [True]


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium isn't installed: the site wasn't tried")
def test_the_first_week_by_the_site(house: House, chromium: Browser, tmp_path: Path) -> None:
    brought = lists("68", seed=1)
    (tmp_path / "sai.xlsx").write_bytes(brought.wrong)
    page = chromium.new_page(viewport={"width": DESK, "height": 800}, locale="vi-VN")
    page.set_default_timeout(WITHIN_S * 1000)
    seen = _camera(page)
    base = f"http://127.0.0.1:{house.port}/admin"

    secret = _enter(page, base, house.appoint("0912 000 068", "Đặng Ngọc Sơn", "Lam Dong"), seen)
    _bring(page, base, tmp_path / "sai.xlsx")
    page.wait_for_selector(".an-fault")
    seen("faulty")
    _all_mistakes_are_told(page, brought.mistakes)
    (tmp_path / "sua.xlsx").write_bytes(corrected(_the_marked_copy(page), brought.right))

    began = time.monotonic()
    page.click(".an-crumbs li:last-child a")
    page.click("a.an-button:has-text('Gửi tệp đã sửa')")
    _send(page, tmp_path / "sua.xlsx")
    page.click("a.an-button:has-text('Áp dụng')")
    seen("before applying")
    page.click("main form button[type=submit]")
    page.wait_for_selector("progress")
    seen("applying")
    page.wait_for_selector(".an-tag:has-text('Đã áp dụng')")
    print(f"by the site: checked and applied in {time.monotonic() - began:.1f} s")
    seen("applied")
    _lan_activates(house, _print(page, base, brought, seen), brought.lan[1])
    _sign_in_again(page, secret, seen)
    page.close()


def _camera(page: Page) -> Callable[[str], None]:
    """Pictures of every stage at phone and desk width, where a folder is named for them; too wide is always wrong."""
    folder = os.environ.get("ANTHON_PICTURES")

    def seen(stage: str) -> None:
        for size in (PHONE, DESK):
            page.set_viewport_size({"width": size, "height": 800})
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert beyond <= 0, f"{stage}: {beyond} px too wide for {size}"
            if folder:
                page.screenshot(path=Path(folder) / f"week {stage} {size}.png", full_page=True)

    return seen


def _enter(page: Page, base: str, code: str, seen: Callable[[str], None]) -> str:
    """The first admin: a code, a password of one's own, an authenticator app, whose secret it is."""
    page.goto(f"{base}/")
    page.click("text=Tôi có mã")
    page.fill("#id_code", code.lower())
    page.fill("#id_password", PASSWORD)
    seen("activate")
    page.click("button.wide")
    page.fill("#id_password", PASSWORD)
    seen("second step")
    page.click("main form button[type=submit]")
    secret = page.inner_text(".an-key").replace(" ", "")
    page.fill("#id_code", totp(secret))
    seen("second step square")
    _the_square_is_whole(page)
    page.click("main form button[type=submit]")
    assert len(page.query_selector_all(".an-codes li")) == 10
    page.click("text=Tôi đã cất")
    page.wait_for_selector("h1")
    seen("empty start")
    return secret


def _sign_in_again(page: Page, secret: str, seen: Callable[[str], None]) -> None:
    """The next morning: password, then what the app shows. No code is taken twice, so the phone's clock is ahead."""
    page.click("form[action='/admin/logout/'] button")
    page.fill("#id_phone", "0912 000 068")
    page.fill("#id_password", PASSWORD)
    page.click("button.wide")
    seen("one-time code")
    page.fill("#id_otp", totp(secret, ahead_s=STEP_S))
    page.click("button.wide")
    page.wait_for_selector("nav a[aria-current]")
    seen("signed in again")


def _the_square_is_whole(page: Page) -> None:
    """Nothing of the drawing lies beyond the box that it is shown in."""
    shown = page.evaluate(
        "(() => { const svg = document.querySelector('.an-square svg'), box = svg.getBoundingClientRect(); "
        "const ends = [...svg.querySelectorAll('path')].map(p => p.getBoundingClientRect()); "
        "return Math.max(...ends.flatMap(e => [e.right - box.right, e.bottom - box.bottom, box.left - e.left])); })()"
    )
    assert shown <= 0.5


def _bring(page: Page, base: str, file: Path) -> None:
    page.goto(f"{base}/imports/new/")
    _send(page, file)


def _send(page: Page, file: Path) -> None:
    page.set_input_files("input[type=file]", file)
    page.click("main form button[type=submit]")


def _all_mistakes_are_told(page: Page, mistakes: list[Mistake]) -> None:
    rows = page.evaluate(
        "[...document.querySelectorAll('table:last-of-type tbody tr')].filter(r => r.querySelector('.an-fault'))"
        ".map(r => [r.cells[0].innerText.trim(), r.querySelector('.an-fault').innerText.trim()])"
    )
    told = dict(rows)
    assert len(rows) == len(told) == MISTAKES
    for mistake in mistakes:
        assert told[f"{mistake.sheet}, {mistake.line}"].startswith(title_of(mistake)), mistake


def _the_marked_copy(page: Page) -> bytes:
    page.click("a.an-button:has-text('Tải tệp có đánh dấu lỗi')")
    with page.expect_download() as download:
        page.click("main form button[type=submit]")
    content = Path(download.value.path()).read_bytes()
    sheets = read_file(content, XLSX, import_kind("workbook"))
    assert sum(len(sheet.lines) for sheet in sheets) == 2 * HAMLETS + PEOPLE + 20
    return content


def _print(page: Page, base: str, brought: Lists, seen: Callable[[str], None]) -> bytes:
    """Lan's slip, found as support would find her: by her number."""
    page.goto(f"{base}/people/")
    seen("people")
    page.fill("#q", f"0{brought.lans_digits}")
    page.click("form[data-filters] button[type=submit]")
    page.click("td.main a")
    seen("lan")
    page.click("a.an-button:has-text('In phiếu')")
    seen("sheet")
    with page.expect_download() as download:
        page.click("main form button[type=submit]")
    page.goto(f"{base}/")
    seen("start")
    return Path(download.value.path()).read_bytes()
