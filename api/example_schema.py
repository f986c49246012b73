"""Examples in the document: what the server answered on one evening, and the request in curl, Python and Kotlin."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from api import prose

Exchange = dict[str, Any]


def add_examples(operation: dict[str, Any]) -> None:
    """Give the request, the parameters and each success of an operation their examples, if there are any."""
    told = [each for each in prose.exchanges().get(operation["operationId"], ()) if each["status"] < 400]
    if not told:
        return
    bodies: dict[str, Any] = {}
    for exchange in told:
        if "body" in exchange and exchange["body"] not in [each["value"] for each in bodies.values()]:
            bodies[_name(exchange)] = {"summary": exchange["title"], "value": exchange["body"]}
        response = operation["responses"].get(str(exchange["status"]), {})
        for media_type, content in response.get("content", {}).items() if "answer" in exchange else ():
            if media_type != "text/html":  # the same as a page for people
                content.setdefault("examples", {})[_name(exchange)] = _answer(exchange)
    for content in operation.get("requestBody", {}).get("content", {}).values() if bodies else ():
        content["examples"] = bodies
    _add_parameters(operation, told)
    operation["x-codeSamples"] = _samples(told[0], "security" in operation)


def _answer(exchange: Exchange) -> dict[str, Any]:
    return {"summary": exchange["title"], "value": exchange["answer"]}


def _name(exchange: Exchange) -> str:
    """A key of an example: its title as a word."""
    return re.sub(r"\W+", "_", exchange["title"].lower().replace("'", "")).strip("_")


def _add_parameters(operation: dict[str, Any], told: list[Exchange]) -> None:
    """The values that the exchanges sent, each the first one."""
    path_values = {}
    seen: dict[tuple[str, str], Any] = {}
    for exchange in told:
        url = urlsplit(exchange["path"])
        for name, value in parse_qsl(url.query):
            seen.setdefault(
                ("query", name), int(value) if value.isdigit() and name in ("limit", "max_bytes") else value
            )
        for name, value in exchange.get("headers", {}).items():
            seen.setdefault(("header", name), value)
        path_values = {"path": re.findall(r"[0-9a-f-]{36}", url.path)}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and path_values.get("path"):
            parameter["example"] = path_values["path"][0]
        elif (parameter["in"], parameter["name"]) in seen:
            parameter["example"] = seen[parameter["in"], parameter["name"]]


def _samples(exchange: Exchange, signed_in: bool) -> list[dict[str, str]]:
    headers = {"Authorization": "Bearer $TOKEN"} if signed_in else {}
    headers |= exchange.get("headers", {})
    if "body" in exchange:
        merge = "application/merge-patch+json" if exchange["method"] == "PATCH" else "application/json"
        headers["Content-Type"] = merge
    if "file" in exchange:
        headers["Content-Type"] = exchange["file"]["type"]
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(exchange, headers)},
        {"lang": "Python", "label": "Python", "source": _python(exchange, headers)},
        {"lang": "Kotlin", "label": "Kotlin", "source": _kotlin(exchange, headers)},
    ]


def _curl(exchange: Exchange, headers: dict[str, str]) -> str:
    method = exchange["method"]
    implied = "POST" if "body" in exchange or "file" in exchange else "GET"
    lines = ["curl" + ("" if method == implied else f" -X {method}") + f' "$BASE{exchange["path"]}"']
    for name, value in headers.items():
        lines.append(f'-H "{name}: {value}"' if "$" in value else f"-H '{name}: {value}'")
    if "body" in exchange:
        lines.append("-d '" + _json(exchange["body"]).replace("'", "'\\''") + "'")
    if "file" in exchange:
        lines.append(f"--data-binary @{exchange['file']['name']}")
    if "saved" in exchange:
        lines.append(f"-o {exchange['saved']}")
    return " \\\n  ".join(lines)


def _python(exchange: Exchange, headers: dict[str, str]) -> str:
    sent = {name: value for name, value in headers.items() if name not in ("Content-Type", "Authorization")}
    parts = [f'BASE + "{exchange["path"]}"']
    shown = ['"Authorization": f"Bearer {TOKEN}"'] if "Authorization" in headers else []
    shown += [f"{json.dumps(name)}: {_quoted(value)}" for name, value in sent.items()]
    if exchange["method"] == "PATCH" or "file" in exchange:
        shown.append(f'"Content-Type": {_quoted(headers["Content-Type"])}')
    if shown:
        parts.append("headers={" + ", ".join(shown) + "}")
    if "body" in exchange:
        parts.append("json=" + _python_value(exchange["body"]))
    if "file" in exchange:
        parts.append(f'content=open({_quoted(exchange["file"]["name"])}, "rb").read()')
    if exchange["status"] == 302:
        parts.append("follow_redirects=True")
    lines = ",\n    ".join(parts)
    return (
        f"import httpx\n\nanswer = httpx.{exchange['method'].lower()}(\n    {lines},\n)"
        if len(parts) > 1
        else (f"import httpx\n\nanswer = httpx.{exchange['method'].lower()}({parts[0]})")
    )


def _kotlin(exchange: Exchange, headers: dict[str, str]) -> str:
    lines = [f'.url("$base{exchange["path"]}")']
    lines += [
        f'.header("{name}", {_quoted(value.replace("$TOKEN", "$token"))})'
        for name, value in headers.items()
        if name != "Content-Type"
    ]
    if "file" in exchange:
        name, type_ = exchange["file"]["name"], exchange["file"]["type"]
        lines.append(f'.post(File("{name}").asRequestBody("{type_}".toMediaType()))')
    empty = exchange["method"] in ("POST", "PUT", "PATCH")
    if "body" in exchange:
        lines.append(f'.{exchange["method"].lower()}(body.toRequestBody("{headers["Content-Type"]}".toMediaType()))')
    elif exchange["method"] != "GET" and "file" not in exchange:
        lines.append(f".{exchange['method'].lower()}({'ByteArray(0).toRequestBody()' if empty else ''})")
    request = "val request = Request.Builder()\n    " + "\n    ".join(lines) + "\n    .build()"
    body = f'val body = """\n{_json(exchange["body"])}\n""".trim()\n\n' if "body" in exchange else ""
    return f"{body}{request}\nval answer = OkHttpClient().newCall(request).execute()"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def _python_value(value: Any) -> str:
    """A JSON value as Python writes it, indented to stand in a call."""
    text = re.sub(r"(?<=: )(null|true|false)(?=,?$)", lambda m: {"null": "None"}.get(m[0], m[0].title()), _json(value),
                  flags=re.MULTILINE)  # fmt: skip
    return text.replace("\n", "\n    ")
