"""The pages for people: whole, offline, in both languages, and with a policy that lets nothing else in."""

import html
import re
from collections.abc import Iterator

import pytest
import yaml
from django.test import Client

from api import docs
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


PAGES = ["/docs", "/docs/reference", "/docs/reference/meta", "/problems", "/problems/not_found"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_no_other_host_and_runs_nothing_inline(client: Client, page: str) -> None:
    response = client.get(page)
    text = response.content.decode()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r'(src|href)="https?:', text)
    assert not re.search(r"<script>|<style|<[^>]+\s(on\w+|style)=", text)
    for name in re.findall(r'(?:src|href)="(/docs/[\w./]+)"', text):
        assert client.get(name).status_code == 200


def test_the_pages_files_are_kept_by_browsers(client: Client) -> None:
    response = client.get("/docs/reference.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert client.get("/docs/reference.js", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
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


@pytest.fixture(scope="class")
def reader() -> Iterator[Client]:
    """Asks the product's own routes, whose document isn't that of the small API."""
    kept = (docs._document, docs._reference, docs._reference_page)
    for each in kept:
        each.cache_clear()
    yield Client()
    for each in kept:
        each.cache_clear()


@pytest.mark.urls("api.urls")
class TestReference:
    def test_every_operation_stands_on_its_page_with_its_code_and_its_refusals(self, reader: Client) -> None:
        document = reader.get("/v1/openapi.json").json()
        for path, item in document["paths"].items():
            for method, told in item.items():
                page = reader.get(f"/docs/reference/{told['tags'][0]}").content.decode()
                article = re.search(rf'<article class="operation" id="{told["operationId"]}">.*?</article>', page, re.S)
                assert article, told["operationId"]
                for words in (
                    method.upper(),
                    path,
                    told["summary"],
                    *(each["name"] for each in told.get("parameters", ())),
                ):
                    assert html.escape(words) in article[0], words
                assert set(re.findall(r'"/problems/(\w+)\?', article[0])) == set(told["x-problems"])
                if told.get("x-codeSamples"):
                    assert "curl " in article[0]

    def test_every_link_leads_somewhere(self, reader: Client) -> None:
        tags = [tag["name"] for tag in reader.get("/v1/openapi.json").json()["tags"]]
        pages = {f"/docs/reference{tag}": "" for tag in ("", *(f"/{tag}" for tag in tags))} | {"/docs": ""}
        for address in pages:
            pages[address] = reader.get(address).content.decode()
        places = {address: set(re.findall(r'id="([^"]+)"', page)) for address, page in pages.items()}
        elsewhere = set()
        for here, page in pages.items():
            for link in set(re.findall(r'href="([^"]+)"', page)):
                address, _, anchor = link.partition("#")
                address = address.partition("?")[0] or here
                elsewhere |= {address} - pages.keys()
                if anchor and address in pages:
                    assert anchor in places[address], link
        for address in elsewhere:
            assert reader.get(address, headers={"Accept": "*/*"}).status_code == 200, address

    def test_every_field_of_a_record_is_told(self, reader: Client) -> None:
        document = reader.get("/v1/openapi.json").json()
        for tag, schema in (("patrols", "Patrol"), ("observations", "Observation"), ("media", "Media")):
            page = reader.get(f"/docs/reference/{tag}").content.decode()
            for name in document["components"]["schemas"][schema]["properties"]:
                assert f"<dt><code>{name}</code>" in page

    def test_search_knows_operations_by_path_and_by_field(self, reader: Client) -> None:
        page = reader.get("/docs/reference").content.decode()
        words = dict(re.findall(r'data-words="([^"]+)"><a href="[^"]+#(\w+)"', page))
        found = {operation for text, operation in words.items() if "handover_note" in text and "/close" in text}
        assert found == {"patrol_close"}

    def test_an_unknown_page_is_404(self, reader: Client) -> None:
        assert reader.get("/docs/reference/ghosts").json()["code"] == "not_found"
