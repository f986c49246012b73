"""At the doors of a hamlet: households that are registered, and pledges signed on the screen or on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from demo.ledger import Ledger
from demo.phone import Phone
from demo.store import Data

if TYPE_CHECKING:
    from demo.people import Person

HOUSEHOLDERS = ("Nguyễn Văn Tám", "Thông Thị Hồng", "Lê Đình Phúc", "Huỳnh Thị Bích", "Võ Minh Quân", "K’ Brĕm")
CLAUSES = (
    "Không tàng trữ, mua bán, sử dụng ma túy; phát hiện thì báo ngay cho công an xã.",
    "Không tàng trữ, đốt pháo nổ; không giữ vũ khí, vật liệu nổ trong nhà.",
    "Giữ gìn vệ sinh, trật tự; đèn trước cửa sáng đến 23 giờ.",
)


def issue(officer: Person) -> str:
    """A Front officer issues the text that people are asked to agree to; returns its id. It flows down to phones."""
    text = {"title": "Cam kết đón Tết an toàn", "clauses": list(CLAUSES), "topics": ["drugs", "weapons_fireworks"]}
    template = officer.create("pledge_template", {**text, "status": "issued"})
    officer.phone.deliver()
    return template


def visit(person: Person, template_id: str) -> None:
    """Three doors: two sign on the screen, one on paper."""
    for door, method in enumerate(("screen", "screen", "paper")):
        householder = person.dice.choice(HOUSEHOLDERS)
        household = person.create(
            "household",
            {
                "house_number": f"{person.dice.randint(1, 90)}/{door + 1}",
                "householder": householder,
                "size": person.dice.randint(1, 8),
                "residence_status": "permanent",
            },
        )
        _sign(person, template_id, household, householder, method)


def unproven(ledger: Ledger, readers: Mapping[str, Phone]) -> Iterator[str]:
    """The server has the very text of every pledge, and finds it unaltered."""
    for id, deed in ledger.deeds.items():
        if deed.type == "pledge":
            found = readers[deed.area_id].session.get(f"/v1/pledges/{id}/verify")
            if found["state"] != "intact" or not found["content_hash"]:
                yield f"pledge {id}: the server calls it {found['state']}"


def _sign(person: Person, template_id: str, household: str, householder: str, method: str) -> None:
    agreement: Data = {
        "template_id": template_id,
        "signer_type": "household",
        "household_id": household,
        "signer_name": householder,
        "method": method,
        "signed_on": person.clock.now()[:10],
        "status": "signed",
        "witness_name": "Trần Thị Sáu",
    }
    if method == "paper":
        scan = person.photograph({"type": "household", "id": household}, None, f"{household}/sheet")
        agreement["scan_media_id"] = scan
    else:
        agreement["signature"] = _strokes(person)
    person.create("pledge", agreement)


def _strokes(person: Person) -> Data:
    """A signature as a finger draws it: two lines of differences from point to point, a point every 16 ms."""
    lines = []
    for number in range(2):
        points = person.dice.randint(12, 40)
        dx = [person.dice.randint(20, 200), *(person.dice.randint(-3, 14) for _ in range(points))]
        dy = [person.dice.randint(40, 120), *(person.dice.randint(-9, 9) for _ in range(points))]
        lines.append({"t_ms": 900 * number, "dx": dx, "dy": dy, "dt_ms": [0, *[16] * points]})
    return {"width": 900, "height": 300, "strokes": lines}
