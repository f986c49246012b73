"""The pages for people: whole, offline, in both languages, and with a policy that lets nothing else in."""

import re

import pytest
import yaml
from django.test import Client

from api.problems import PROBLEMS

pytestmark = pytest.mark.urls("tests.api.wire")


@pytest.mark.parametrize("code", sorted(PROBLEMS))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_problem_has_its_page(client: Client, code: str, language: str) -> None:
    response = client.get(f"/problems/{code}", headers={"Accept-Language": language, "Accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{language}">' in page
    assert getattr(PROBLEMS[code].title, language).replace("'", "&#x27;") in page
    assert "{" not in re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)


def test_a_link_chooses_the_language(client: Client) -> None:
    assert b'lang="en"' in client.get("/problems/not_found?lang=en").content
    assert client.get("/problems/not_found?lang=fr").status_code == 400


def test_an_unknown_problem_is_404(client: Client) -> None:
    assert client.get("/problems/nonsense").json()["code"] == "not_found"


def test_the_list_leads_to_every_problem(client: Client) -> None:
    page = client.get("/problems").content.decode()
    assert set(re.findall(r'href="/problems/(\w+)\?', page)) == set(PROBLEMS)


@pytest.mark.parametrize("page", ["/docs", "/docs/reference", "/problems", "/problems/not_found"])
def test_a_page_asks_no_other_host_and_runs_nothing_inline(client: Client, page: str) -> None:
    response = client.get(page)
    html = response.content.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert not re.search(r'(src|href)="https?:', html)
    assert not re.search(r"<script>|<style|<[^>]+\s(on\w+|style)=", html)
    for name in re.findall(r'(?:src|href)="(/docs/[\w.]+)"', html):
        assert client.get(name).status_code == 200


def test_the_pages_files_are_kept_by_browsers(client: Client) -> None:
    response = client.get("/docs/redoc.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert client.get("/docs/redoc.js", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert client.get("/docs/settings.py").status_code == 404


@pytest.mark.parametrize("name", ["json", "yaml"])
def test_the_document_is_served_in_both_forms(client: Client, name: str) -> None:
    response = client.get(f"/v1/openapi.{name}")
    document = yaml.safe_load(response.content)
    assert document["openapi"].startswith("3.1")
    assert "/v1/meta" in document["paths"]
    assert client.get(f"/v1/openapi.{name}", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_browsers_go_to_the_documentation_and_programs_are_told_where_everything_is(client: Client) -> None:
    answer = client.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/docs")
    for address in client.get("/").json().values():
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_first_steps_name_the_host_that_was_asked(client: Client, language: str) -> None:
    page = client.get(f"/docs?lang={language}").content.decode()
    assert "BASE=http://testserver\n" in page
    assert page.count("<pre>") == 5
    assert "{{" not in page


def test_the_font_is_here(client: Client) -> None:
    for name in re.findall(r"/docs/([\w-]+\.woff2)", client.get("/docs/fonts.css").content.decode()):
        assert client.get(f"/docs/{name}").content.startswith(b"wOF2")
