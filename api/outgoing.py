"""Requests that this server makes of others: short, never redirected, and where asked to public addresses alone.

An address is resolved, looked at and then connected to, so that no name can answer differently in between.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from api.localtime import now

PATIENCE_S = 10.0
"""How long a whole exchange may take, however slowly the other side drips."""
MOST_BYTES = 64 * 1024
LONGEST_WAIT_S = 3600.0
_PORTS = {"https": 443, "http": 80}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unreachable(Exception):
    """Nobody answered. `code` says why: `address_private`, `name_unknown`, `no_answer`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Answer:
    """What the other side said; its headers by their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after_s(self) -> float:
        """How long it wishes to be left alone (RFC 9110 §10.2.3): seconds, or until a date; 0 if it doesn't say.

        An hour at most: who could put a message off for years would keep it in line for ever.
        """
        told = self.headers.get("retry-after", "").strip()
        if told.isascii() and told.isdigit():
            return min(float(told[:6]), LONGEST_WAIT_S)
        try:
            until = email.utils.parsedate_to_datetime(told)
            until = until if until.tzinfo else until.replace(tzinfo=dt.UTC)
            return min(max((until - now()).total_seconds(), 0.0), LONGEST_WAIT_S)
        except (ValueError, OverflowError):
            return 0.0


def is_public(address: Address) -> bool:
    """Whether an address lies in the open Internet; so must what a v6 address carries of v4."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if address in _NAT64 or address in _COMPATIBLE:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast


def fault_of_address(url: str, *, private_too: bool) -> str | None:
    """The code of what is wrong with an address to send to, before any name is asked for; None if nothing is."""
    try:
        parts = urlsplit(url)
        sound = parts.hostname and (parts.port is None or parts.port > 0) and not parts.username and not parts.fragment
    except ValueError:
        sound = None
        parts = SplitResult("", "", "", "", "")
    if not sound or not url.isascii() or any(sign <= " " or sign == "\\" for sign in url):
        return "address_invalid"
    if parts.scheme != "https" and not (private_too and parts.scheme == "http"):
        return "address_not_https"
    try:
        literal = ipaddress.ip_address(parts.hostname or "")
    except ValueError:
        return None
    return None if private_too or is_public(literal) else "address_private"


def post(url: str, body: bytes, headers: Mapping[str, str], *, private_too: bool = True) -> Answer:
    """Send a POST and give the answer, whatever its status. Raises `Unreachable`."""
    if fault := fault_of_address(url, private_too=private_too):
        raise Unreachable(fault)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    address = _address(host, port, private_too=private_too)
    try:
        return _exchange(parts, (address, port), body, {"Host": parts.netloc, "User-Agent": "anthon", **headers})
    except (OSError, HTTPException) as error:
        raise Unreachable("no_answer") from error


def _address(host: str, port: int, *, private_too: bool) -> str:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("name_unknown") from error
    addresses = [str(place[0]).partition("%")[0] for *_, place in found]
    allowed = [each for each in addresses if private_too or is_public(ipaddress.ip_address(each))]
    if not allowed:
        raise Unreachable("address_private")
    return allowed[0]


def _exchange(parts: SplitResult, place: tuple[str, int], body: bytes, headers: Mapping[str, str]) -> Answer:
    line = socket.create_connection(place, timeout=PATIENCE_S)
    held, over = [line], threading.Event()
    watchdog = threading.Timer(PATIENCE_S, lambda: _cut(held[-1], over))
    watchdog.daemon = True
    watchdog.start()
    try:
        if parts.scheme == "https":
            held.append(line := _trust().wrap_socket(line, server_hostname=parts.hostname))
            if over.is_set():  # it hung in the handshake until nobody watched any more
                raise TimeoutError
        connection = HTTPConnection(*place)
        connection.sock = line
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, told, response.read(MOST_BYTES))
        if over.is_set():  # cut off, an answer may look whole
            raise TimeoutError
        return answer
    finally:
        watchdog.cancel()
        held[-1].close()


def _cut(line: socket.socket, over: threading.Event) -> None:
    over.set()
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
