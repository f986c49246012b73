"""Writes a playing of the story down as that of one fixed evening: ids, moments and secrets are always the same ones.

So two playings differ only where the server answers differently, and no real secret stands in the document.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

from accounts.requests.data_requests import ANSWER_WORKING_DAYS, DAYS, DataRequestKind
from accounts.requests.working_days import days_after, working_days_after
from activities.patrols.routes.codes import code_of, read_code
from api.localtime import local_day, wire
from media.receipts import sign_receipt

DAY = dt.date(2026, 11, 21)
"""The local day on which it was."""

MORNING = dt.datetime.combine(DAY, dt.time(22, 31, 7), dt.UTC)
"""When the phones had signal again: 05:31 of the next day."""

LATER = 2030
"""What is planned for this year or later is told as it is."""

AROUND_DAYS = 100
"""Dates nearer to the night than this are told by it; others are themselves."""

STORE = "https://s3.anthon.example"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_MOMENT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DATE = re.compile(r"(?<=[\"=])\d{4}-\d\d-\d\d(?=[\"&])")
_CODE = re.compile(r"(?<![\w-])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{3}(?![\w-])")
_CODES = ("CJVC-QRK6-VRM", "22GF-JNP5-GHR", "QGNC-4RHT-9RQ", "85VQ-PPN6-KXM", "82N8-7N2R-FN8", "MVFJ-TN95-VHB")
_SCANNED = re.compile(r'anthon://c/1\.[^"]+')
_RECOVERY = re.compile(r'(?<=")[2-9A-Z]{5}-[2-9A-Z]{5}(?=")')
_TAG = re.compile(r"\\\"[\w-]{16,}\\\"")
# What is signed, by the member that holds it.
_SECRETS = ("access", "refresh", "cursor", "next_cursor", "jws", "key", "public_key", "box", "challenge", "solution")
_DIGITS = re.compile(r"(?<![0-9])[0-9]{16}(?![0-9])")
"""The receipt of a tip."""


def written_down(exchanges: dict[str, Any], night: dt.datetime, start: dt.datetime) -> dict[str, Any]:
    """Exchanges of a night that was played at `start`, as those of the fixed one."""
    exchanges = _served(exchanges)
    receipts = [value for name, value in _members(exchanges) if name == "receipt" and "." in value]
    text = json.dumps(exchanges, ensure_ascii=False)
    text = _digests(_one_time(_secrets(text, exchanges), exchanges), exchanges)
    ids = {id: str(_id(number)) for number, id in enumerate(dict.fromkeys(_UUID.findall(text)))}
    for id in _random_ids(exchanges):  # tips take no others
        ids[id] = f"{ids[id][:14]}4{ids[id][15:]}"
    text = _moments(_UUID.sub(lambda found: ids[found[0]], text), night, start)
    for receipt in dict.fromkeys(receipts):
        text = text.replace(receipt, _signed_anew(receipt, ids))
    for scanned in dict.fromkeys(_SCANNED.findall(text)):
        told = read_code(scanned)
        assert told is not None
        text = text.replace(scanned, code_of(uuid.UUID(ids[told.checkpoint_id]), told.version))
    text = re.sub(r"http://127\.0\.0\.1:\d+", STORE, text)
    text = re.sub(r"\d{8}(T\d{6}Z|%2F)", f"{MORNING:%Y%m%d}" r"\1", text)
    text = re.sub(r"T\d{6}Z", f"{MORNING:T%H%M%SZ}", text)
    text = re.sub(r"(?<=X-Amz-Signature=)\w+", hashlib.sha256(b"signature").hexdigest(), text)
    text = re.sub(r"(?<=X-Amz-Credential=)[\w-]+", "anthon", text)
    return dict(sorted(_deadlines(json.loads(text)).items()))


def _random_ids(exchanges: dict[str, Any]) -> set[str]:
    """Those under which tips and their messages were sent."""
    sent = (each.get("body") or {} for name, told in exchanges.items() if "tip" in name for each in told)
    return {body["id"] for body in sent if "id" in body}


def _served(value: Any) -> Any:
    """Without what only the tests' own records and enums bring along."""
    if isinstance(value, dict):
        return {name: _served(each) for name, each in value.items() if not name.startswith(("lamp", "bell"))}
    if isinstance(value, list):
        return [_served(each) for each in value if not _of_tests(each)]
    return value


def _of_tests(item: Any) -> bool:
    kind = item.get("type") if isinstance(item, dict) else item
    return isinstance(kind, str) and kind.partition(".")[0] in ("lamp", "bell")


def _secrets(text: str, exchanges: Any) -> str:
    """Tokens, cursors and tags, each replaced by one made up; what was the same stays the same."""
    members = [(name, value) for name, value in _members(exchanges) if name in _SECRETS and isinstance(value, str)]
    found = {value: name for name, value in members if not _UUID.fullmatch(value)}  # a `key` may be an area's id
    for number, (value, name) in enumerate(found.items()):
        drawn = _drawn(f"{name} {number}", 3 * len(value) // 4)[: len(value)]
        if name == "access":
            drawn = f"eyJhbGciOiJIUzI1NiIsImtpZCI6IjEifQ.{drawn[:120]}.{drawn[120:163]}"
        text = text.replace(value, drawn)
    for number, code in enumerate(dict.fromkeys(_CODE.findall(text))):
        text = text.replace(code, _CODES[number])
    text = _DIGITS.sub("4071556293188402", text)
    for number, tag in enumerate(dict.fromkeys(_TAG.findall(text))):
        if not _UUID.search(tag):
            text = text.replace(tag, '\\"' + _drawn(f"tag {number}", 16) + '\\"')
    return text


def _one_time(text: str, exchanges: Any) -> str:
    """The secret of one-time codes, its picture, the codes themselves and those for recovery."""
    for name, value in _members(exchanges):
        if name == "secret" and value:
            made_up = base64.b32encode(hashlib.shake_256(b"one-time").digest(20)).decode()
            if value.startswith("whsec_"):
                made_up = "whsec_" + base64.b64encode(hashlib.shake_256(b"webhook").digest(32)).decode()
            text = text.replace(value, made_up)
        elif name == "qr_svg":
            text = text.replace(json.dumps(value, ensure_ascii=False), json.dumps("<svg>…</svg>"))
        elif name in ("code", "otp") and re.fullmatch(r"\d{6}", value):
            text = text.replace(f'"{value}"', '"438291"')
    for number, code in enumerate(dict.fromkeys(_RECOVERY.findall(text))):
        drawn = base64.b32encode(hashlib.shake_256(b"recovery %d" % number).digest(10)).decode()
        text = text.replace(code, f"{drawn[:5]}-{drawn[5:10]}")
    return text


def _digests(text: str, exchanges: Any) -> str:
    """Digests and hashes are over ids, which are others each time; that of nothing stays."""
    hashes = [value for name, value in _members(exchanges) if name in ("digest", "hash", "content_hash")]
    found = dict.fromkeys(filter(None, hashes))
    for number, digest in enumerate(digest for digest in found if digest != hashlib.sha256().hexdigest()):
        text = text.replace(digest, hashlib.sha256(b"digest %d" % number).hexdigest())
    return text


def _moments(text: str, night: dt.datetime, start: dt.datetime) -> str:
    """Moments of that night by days; those of the playing in the morning, in their order; later ones after it."""
    local = (night + dt.timedelta(hours=7)).date()
    days = DAY - local
    now = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    all_of_them = {moment: dt.datetime.fromisoformat(moment) for moment in set(_MOMENT.findall(text))}
    playing = sorted(moment for moment, at in all_of_them.items() if start <= at <= now)
    fixed = {moment: wire(MORNING + place * dt.timedelta(milliseconds=417)) for place, moment in enumerate(playing)}
    for moment, at in all_of_them.items():
        hours = [at - each.replace(minute=0, second=0, microsecond=0) for each in (start, now)]
        if moment not in fixed and at.year >= LATER:
            fixed[moment] = moment
        elif {dt.timedelta(), dt.timedelta(days=1)} & {*hours}:  # what knows the hour alone
            fixed[moment] = wire(MORNING.replace(minute=0, second=0) + min(map(abs, hours)))
        elif moment not in fixed:
            upload_ends = start <= at - dt.timedelta(days=1) <= now
            of_the_night = abs(at - night) < dt.timedelta(days=3) and at.second == 0 and not upload_ends
            shift = days if of_the_night or start > at > night else MORNING - start
            fixed[moment] = wire((at + shift).replace(microsecond=0))
    today = local_day(start)

    def fixed_day(found: re.Match[str]) -> str:
        day = dt.date.fromisoformat(found[0])
        if day == today:
            return str(DAY + dt.timedelta(days=1))
        return str(day + days) if abs((day - local).days) < AROUND_DAYS else found[0]

    return _DATE.sub(fixed_day, _MOMENT.sub(lambda found: fixed[found[0]], text))


def _deadlines(value: Any) -> Any:
    """Those of the law depend on weekends and holidays, so they are counted anew from the fixed day."""
    if isinstance(value, list):
        return [_deadlines(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "answer_due_on" in value:
        received = dt.date.fromisoformat(value["received_on"])
        due = days_after(received, days := DAYS[DataRequestKind(value["kind"])])
        if value["extended_because"]:
            due = days_after(due, days)
        answer_due = working_days_after(received, ANSWER_WORKING_DAYS)
        return value | {"answer_due_on": str(answer_due), "due_on": str(due)}
    return {name: _deadlines(each) for name, each in value.items()}


def _signed_anew(receipt: str, ids: dict[str, str]) -> str:
    """A receipt over the same facts as they were written down: it can be checked by the key of the example."""
    facts = json.loads(base64.urlsafe_b64decode(receipt.split(".")[1] + "=="))
    return sign_receipt(
        id=uuid.UUID(ids[facts["id"]]), sha256=facts["sha256"], size=facts["size"],
        received_at=MORNING.replace(second=19),
    )  # fmt: skip


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """Every text that is a member of some object, by its name."""
    if isinstance(value, dict):
        for name, each in value.items():
            if isinstance(each, str):
                yield name, each
            yield from _members(each)
    elif isinstance(value, list):
        for each in value:
            yield from _members(each)


def _drawn(seed: str, size: int) -> str:
    """So many bytes that look drawn, in base64url."""
    return base64.urlsafe_b64encode(hashlib.shake_256(seed.encode()).digest(size)).decode().rstrip("=")


def _id(number: int) -> uuid.UUID:
    """The number-th id of the fixed evening: a UUIDv7 of that night."""
    born = int(dt.datetime.combine(DAY, dt.time(14, 50), dt.UTC).timestamp() * 1000) + number * 1337
    drawn = int.from_bytes(hashlib.sha256(b"an thon %d" % number).digest()[:10], "big")
    value = ((born & (1 << 48) - 1) << 80 | drawn) & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
