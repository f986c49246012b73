"""The page that the square code on a signed sheet opens in a browser: whether the pledge stands, in words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.http import HttpResponse

from activities.pledges.models.pledges import VerificationState
from api.docs import page_beside
from api.problems import Text
from api.records import Wire

_TEMPLATE = Path(__file__).parent / "verified.html"
_TITLES = {
    "valid": Text("Cam kết còn nguyên và còn hiệu lực", "The pledge is as it was signed, and holds"),
    "over": Text("Cam kết còn nguyên, nay hết hiệu lực", "The pledge is as it was signed, and holds no more"),
    "changed": Text("Cam kết đã bị sửa sau khi ký", "The pledge was changed after it was signed"),
    "other": Text("Tờ này không khớp với bản đang lưu", "This sheet isn't what is stored"),
    "waiting": Text("Chưa kiểm tra được", "It can't be verified yet"),
}
_TEXTS = {
    "valid": Text("Nội dung đang lưu đúng như lúc ký.", "What is stored is what was agreed to."),
    "over": Text(
        "Nội dung đang lưu đúng như lúc ký; cam kết đã rút, đã hết hạn hoặc chưa đến ngày.",
        "What is stored is what was agreed to; it was withdrawn, has run out, or hasn't begun.",
    ),
    "changed": Text(
        "Đừng dùng tờ này làm bằng chứng; hãy báo cán bộ Mặt trận hoặc Công an xã.",
        "Don't take this sheet as proof; tell the Front or the police of the commune.",
    ),
    "other": Text(
        "Mã in trên tờ giấy khác với mã đang lưu; hãy báo cán bộ Mặt trận hoặc Công an xã.",
        "The hash on the paper is another than the stored one; tell the Front or the police of the commune.",
    ),
    "waiting": Text(
        "Mẫu của cam kết này chưa gửi lên máy chủ; hãy thử lại sau vài ngày.",
        "Its template hasn't reached the server; try again in a few days.",
    ),
}
_ROWS = {
    "template_title": Text("Nội dung", "What was signed"),
    "signed_on": Text("Ngày ký", "Signed on"),
    "expires_on": Text("Có hiệu lực đến hết ngày", "Valid until"),
    "withdrawn_on": Text("Đã rút từ ngày", "Withdrawn from"),
    "content_hash": Text("Mã băm SHA-256", "SHA-256"),
}


def verified_page(found: Wire, language: str) -> HttpResponse:
    """The page about a verified pledge; nothing of who signed is in it."""
    what = found["state"]
    if found["hash_matches"] is False:
        what = "other"
    elif what == VerificationState.INTACT:
        what = "valid" if found["valid"] else "over"
    rows = [(_in(language, label), _value(found[name])) for name, label in _ROWS.items() if found[name]]
    title, text = (_in(language, words[what]) for words in (_TITLES, _TEXTS))
    answer = page_beside(_TEMPLATE, language, title=title, text=text, rows=rows)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer


def _value(text: str) -> str:
    try:
        return f"{dt.date.fromisoformat(text):%d/%m/%Y}"
    except ValueError:
        return text


def _in(language: str, text: Text) -> str:
    return text.en if language == "en" else text.vi
