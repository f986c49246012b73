"""The proxy: what it says by itself is what the server would say, and it keeps slow phones away from the server."""

import contextlib
import datetime as dt
import http.client
import ipaddress
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from api.bodies import MAX_BODY_BYTES
from api.problems import Problem
from api.problems.render import body
from embedded.processes import free_port, spawn, stop, wait_until

NGINX = Path(__file__).parents[2] / "deploy" / "nginx"
# Those that nginx itself can run into, with the status that it gives them.
TOLD = {
    "bad_request": "400",
    "not_found": "404",
    "body_too_slow": "408",
    "body_too_large": "413",
    "unavailable": "503",
}
needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx isn't installed (Debian: nginx-light)")


def test_it_words_problems_as_the_server_does() -> None:
    """ANTHON_WRITE_PROXY=1 writes both files anew after a change of texts."""
    maps, locations = _problems()
    if os.environ.get("ANTHON_WRITE_PROXY"):
        (NGINX / "problems.conf").write_text(maps)
        (NGINX / "problem_locations.conf").write_text(locations)
    assert (NGINX / "problems.conf").read_text() == maps
    assert (NGINX / "problem_locations.conf").read_text() == locations


def _problems() -> tuple[str, str]:
    """A map of texts by language, and a place that answers, for each problem."""
    note = "# What the proxy says by itself, in the server's own words; written by tests/deploy/test_proxy.py.\n"
    maps = note + 'map $http_accept_language $problem_language {\n    default vi;\n    "~*^\\s*en" en;\n}\n'
    locations = note
    for code, status in TOLD.items():
        maps += f"map $problem_language $problem_{code} {{\n"
        for language, name in (("vi", "default"), ("en", "en")):
            params = {"limit": MAX_BODY_BYTES} if code == "body_too_large" else {}
            members = body(Problem(code, params=params), language, "$request_id")
            text = json.dumps(members, ensure_ascii=False, separators=(",", ":")).replace("'", "\\'")
            maps += f"    {name} '{text}';\n"
        maps += "}\n"
        again = "    add_header Retry-After 5 always;\n" if status == "503" else ""
        locations += f"location @{code} {{\n    default_type application/problem+json;\n"
        locations += f"    add_header Cache-Control no-store always;\n{again}    return {status} $problem_{code};\n}}\n"
    return maps, locations


class Upstream(ThreadingHTTPServer):
    """Stands where the server does, and writes down what reaches it and when."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Recorder)
        self.requests: list[dict[str, Any]] = []


class _Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_POST(self) -> None:
        arrived = time.monotonic()
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.requests.append({"path": self.path, "headers": self.headers, "body": content, "at": arrived})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_PUT = do_POST

    def log_message(self, format: str, *args: Any) -> None: ...


class Proxy:
    """nginx with the committed configuration, on ports of its own, in front of an upstream."""

    def __init__(self, folder: Path, upstream: Upstream) -> None:
        self.folder, self.upstream = folder, upstream
        self.http, self.https = free_port(), free_port()
        shutil.copytree(NGINX, folder, dirs_exist_ok=True)
        _certificate(folder)
        text = (folder / "nginx.conf").read_text()
        for old, new in {
            "listen 8080": f"listen 127.0.0.1:{self.http}",
            "listen 8443": f"listen 127.0.0.1:{self.https}",
            "/tmp/": f"{folder}/",
            "/tls/": f"{folder}/",
            "worker_processes auto": "daemon off; worker_processes 1",
        }.items():
            assert old in text
            text = text.replace(old, new)
        (folder / "nginx.conf").write_text(text)
        address = f"127.0.0.1:{upstream.server_port}"
        servers = "".join(f"upstream {name} {{ server {address}; }}\n" for name in ("api", "files"))
        (folder / "upstreams.conf").write_text(servers)
        # As root its workers would be somebody who can't enter the tests' folder.
        account = ["-g", "user root;"] if os.geteuid() == 0 else []
        self.command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), *account]

    def connect(self, host: str = "127.0.0.1") -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=self.folder / "tls.crt")
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=10)
        return context.wrap_socket(plain, server_hostname=host)

    def ask(
        self, method: str, path: str, host: str = "api.test", **options: Any
    ) -> tuple[http.client.HTTPResponse, bytes]:
        context = ssl.create_default_context(cafile=self.folder / "tls.crt")
        with contextlib.closing(
            http.client.HTTPSConnection("127.0.0.1", self.https, timeout=10, context=context)
        ) as connection:
            connection.request(method, path, headers={"Host": host} | options.pop("headers", {}), **options)
            answer = connection.getresponse()
            return answer, answer.read()


def _certificate(folder: Path) -> None:
    """One that this test alone believes."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    began = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number()).not_valid_before(began)
    built = built.not_valid_after(began + dt.timedelta(days=3))
    hosts = [x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("files.api.test")]
    signed = built.add_extension(x509.SubjectAlternativeName(hosts), critical=False).sign(key, hashes.SHA256())
    (folder / "tls.crt").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "tls.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    upstream = Upstream()
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    made = Proxy(tmp_path_factory.mktemp("nginx"), upstream)
    log = made.folder / "log"
    process = spawn(made.command, log=log, env=dict(os.environ))
    try:
        wait_until(lambda: _listens(made.https), process=process, name="nginx", log=log, patience=20)
        yield made
    finally:
        stop(process)
        upstream.shutdown()
        upstream.server_close()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@needs_nginx
def test_nginx_accepts_the_configuration(proxy: Proxy) -> None:
    done = subprocess.run([*proxy.command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@needs_nginx
def test_the_server_hears_of_a_request_when_its_body_is_whole(proxy: Proxy) -> None:
    proxy.upstream.requests.clear()
    with proxy.connect() as phone:
        phone.sendall(b"POST /v1/sync/push HTTP/1.1\r\nHost: api.test\r\nContent-Length: 10\r\n\r\n")
        for _ in range(9):
            phone.sendall(b"x")
            time.sleep(0.05)
        assert proxy.upstream.requests == []
        sent = time.monotonic()
        phone.sendall(b"x")
        assert phone.recv(100).startswith(b"HTTP/1.1 200")
    (request,) = proxy.upstream.requests
    assert request["at"] >= sent
    assert request["body"] == b"x" * 10


@needs_nginx
def test_a_body_in_chunks_arrives_with_its_length(proxy: Proxy) -> None:
    """So that the server can tell a cut one from a whole one; a cut one never gets there."""
    proxy.upstream.requests.clear()
    head = b"POST /v1/sync/push HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n\r\n"
    with proxy.connect() as phone:
        phone.sendall(head + b"5\r\nhello\r\n0\r\n\r\n")
        assert phone.recv(100).startswith(b"HTTP/1.1 200")
    with proxy.connect() as phone:
        phone.sendall(head + b"5\r\nhel")
    time.sleep(0.3)
    (request,) = proxy.upstream.requests
    assert request["headers"]["Content-Length"] == "5"
    assert request["headers"]["Transfer-Encoding"] is None


@needs_nginx
@pytest.mark.parametrize(("language", "title"), [("en", "The body is too large"), ("vi-VN", "Nội dung quá lớn")])
def test_a_body_over_the_limit_is_told_so(proxy: Proxy, language: str, title: str) -> None:
    headers = {"Accept-Language": language}
    largest = b"x" * MAX_BODY_BYTES
    assert proxy.ask("POST", "/v1/sync/push", body=largest, headers=headers)[0].status == 200
    answer, content = proxy.ask("POST", "/v1/sync/push", body=largest + b"x", headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/problem+json")
    told = json.loads(content)
    assert (told["code"], told["title"]) == ("body_too_large", title)
    assert len(told["request_id"]) == 32


@needs_nginx
def test_a_spreadsheet_of_an_import_may_be_larger(proxy: Proxy) -> None:
    assert proxy.ask("POST", "/v1/imports?kind=workbook", body=b"x" * (10 << 20))[0].status == 200
    assert proxy.ask("POST", "/v1/imports/x", body=b"x" * (10 << 20))[0].status == 413


@needs_nginx
@pytest.mark.parametrize("path", ["/metrics", "/metrics/x", "/readyz", "/healthz", "//metrics", "/v1/../metrics"])
def test_what_operators_look_at_is_not_for_the_street(proxy: Proxy, path: str) -> None:
    proxy.upstream.requests.clear()
    answer, content = proxy.ask("GET", path)
    assert (answer.status, json.loads(content)["code"]) == (404, "not_found")
    assert proxy.upstream.requests == []


@needs_nginx
def test_only_the_proxy_says_where_a_request_comes_from(proxy: Proxy) -> None:
    proxy.upstream.requests.clear()
    claims = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"}
    answer, _ = proxy.ask("GET", "/v1/meta", headers=claims)
    headers = proxy.upstream.requests[0]["headers"]
    assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
    assert headers["X-Real-IP"] is headers["Forwarded"] is None
    assert headers["Host"] == "api.test"
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


@needs_nginx
def test_plain_http_leads_to_tls(proxy: Proxy) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.http, timeout=5)) as connection:
        connection.request("GET", "/v1/meta?a=1", headers={"Host": "api.test"})
        answer = connection.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, "https://api.test/v1/meta?a=1")


@needs_nginx
def test_old_tls_is_refused(proxy: Proxy) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(proxy.folder / "tls.crt")
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", proxy.https), timeout=5) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="127.0.0.1")


@needs_nginx
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/anthon/originals/a/b?X-Amz-Signature=c", 200),
        ("PUT", "/anthon/originals/a/b?X-Amz-Signature=c", 200),
        ("POST", "/anthon/originals/a/b", 403),
        ("DELETE", "/anthon/originals/a/b", 403),
        ("GET", "/anthon?list-type=2", 404),
        ("GET", "/anthon/originals/", 404),
        ("GET", "/", 404),
        ("PUT", "/other", 404),
    ],
)
def test_of_the_store_only_files_are_reached(proxy: Proxy, method: str, path: str, status: int) -> None:
    proxy.upstream.requests.clear()
    answer, _ = proxy.ask(method, path, host="files.api.test", body=b"x" if method == "PUT" else None)
    assert answer.status == status
    assert len(proxy.upstream.requests) == (status == 200)
    if status == 200:
        assert proxy.upstream.requests[0]["headers"]["Host"] == "files.api.test"


@needs_nginx
def test_a_server_that_is_away_is_a_problem_with_a_time_to_come_back(proxy: Proxy, tmp_path: Path) -> None:
    away = Proxy(tmp_path, proxy.upstream)
    nowhere = free_port()
    upstreams = "".join(f"upstream {name} {{ server 127.0.0.1:{nowhere}; }}\n" for name in ("api", "files"))
    (tmp_path / "upstreams.conf").write_text(upstreams)
    process = spawn(away.command, log=tmp_path / "log", env=dict(os.environ))
    try:
        wait_until(lambda: _listens(away.https), process=process, name="nginx", log=tmp_path / "log", patience=20)
        answer, content = away.ask("GET", "/v1/me")
    finally:
        stop(process)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(content)["code"] == "unavailable"
