"""HTTP as plain as it gets, for what phones send to S3."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit


def put(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """The status of a PUT with exactly these headers."""
    return request("PUT", url, headers, body)[0]


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    return request("GET", url, {}, None)


def request(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> tuple[int, dict[str, str], bytes]:
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=20)
    try:
        connection.request(method, f"{address.path}?{address.query}", body=body, headers=dict(headers))
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()
