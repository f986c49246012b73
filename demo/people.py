"""The people of an evening and what they do: walk, look, photograph, correct one another, hand over."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from demo.calls import Tip
from demo.clock import Clock
from demo.duty import Duty, scan
from demo.jpeg import photo
from demo.ledger import Deed, Ledger, Shot
from demo.phone import Phone
from demo.store import Data
from demo.tracks import Point

STEP_S = 10
PATROL_S = 4 * 3600
HOUR = 3600 // STEP_S

THINKS_AGAIN, DELETES = 4, 19
"""Of twenty sights, how many get second thoughts, and which one is deleted again."""

SIGHTS = [
    ("lighting", "attention", "Đèn an ninh đầu ngõ không sáng", "Đã báo tổ trưởng, chờ thay bóng"),
    ("disturbance", "attention", "Hát karaoke quá 22 giờ", "Đã nhắc nhở, gia đình tắt loa"),
    ("stranger", "info", "Người lạ hỏi đường, đi xe máy không biển số", "Đã hỏi thăm và ghi lại đặc điểm"),
    ("traffic", "info", "Cát đổ tràn mặt đường, dễ trượt ngã", "Đã đặt cọc tiêu"),
    ("environment", "info", "Rác đổ trộm cạnh mương", "Đã chụp ảnh, báo trưởng thôn"),
    ("fire_hazard", "urgent", "Dây điện chùng sát mái tôn", "Đã gọi điện lực"),
    ("theft", "urgent", "Cửa kho thanh long bị cạy khóa", "Đã giữ hiện trường, báo công an xã"),
    ("other", "info", "Cổng nhà văn hóa chưa khóa", "Đã khóa cổng"),
]
PLACES = ["Ngõ 3, gần giếng làng", "Sau chợ", "Đầu cầu Sông Lũy", "Cổng trường mầm non", "Bờ kè phía đông"]


class Person:
    """Somebody with a phone. The phone may be restarted or replaced; the person goes on."""

    def __init__(self, account: Data, *, switch_on: Callable[[Clock], Phone], ledger: Ledger, dice: Random) -> None:
        self.account = account
        self.key = str(account["key"])
        self.area_id, self.team_id = account["area_id"], account["team_id"]
        self.user_id = ""
        self.clock = Clock()
        self.dice = dice
        self.ledger = ledger
        self.retries = 0
        self.duty: Duty | None = None
        self.tips: list[Tip] = []
        self._switch_on = switch_on
        self.phone = switch_on(self.clock)

    def sign_in(self) -> None:
        """Sign in and learn who one is."""
        self.phone.sign_in(phone=self.account["phone"], password=self.account["password"])
        self.user_id = self.phone.session.get("/v1/me")["user"]["id"]

    def restart(self) -> None:
        """The battery dies: only what lies in the folder is left, and the monotonic clock starts from nothing."""
        self.retries += self.phone.session.retries
        self.phone.close()
        self.clock.boot = str(uuid.uuid4())
        self.phone = self._switch_on(self.clock)

    # The night, without signal

    def start_patrol(self, participants: Sequence[Person]) -> str:
        """Open a patrol; returns its id."""
        members = [person.user_id for person in participants]
        return self.create(
            "patrol",
            {
                "team_id": self.team_id,
                "participant_ids": members,
                "started_at": self.clock.now(),
                "status": "ongoing",
                "checkpoint_visits": [self._visit()],
                **({"shift_id": self.duty.shift_id, "route_id": self.duty.route_id} if self.duty else {}),
            },
        )

    def walk(self, patrol_id: str | None, observe_in: str, sights: int) -> None:
        """Four hours: a point every ten seconds (if this phone tracks `patrol_id`), and some sights on the way."""
        steps = PATROL_S // STEP_S
        stops = sorted(self.dice.sample(range(steps), sights))
        lost_from = self.dice.randrange(steps)
        lost = range(lost_from, lost_from + self.dice.randint(20, 90))
        jump = self.dice.randrange(steps)
        lon, lat = 108_100_000 + self.dice.randint(-9000, 9000), 10_930_000 + self.dice.randint(-9000, 9000)
        hour: list[Point] = []
        for step in range(steps):
            lon, lat = lon + self.dice.randint(-90, 110), lat + self.dice.randint(-90, 110)
            if patrol_id and step not in lost:
                far = 90_000 if step == jump else 0
                hour.append(self._point(lon + far, lat, mocked=step == jump + 1))
            if patrol_id and hour and (step + 1) % HOUR == 0:
                self.phone.add_track(patrol_id, area_id=self.area_id, points=hour)
                self.ledger.walked(patrol_id, hour)
                hour = []
            if step in stops:
                self.observe(observe_in, lon / 1e6, lat / 1e6)
            self.clock.advance(STEP_S)

    def observe(self, patrol_id: str, lon: float, lat: float) -> str:
        """Write down a sight, mostly with photos, sometimes with second thoughts; returns its id."""
        kind, severity, note, action = self.dice.choice(SIGHTS)
        location = {"lon": round(lon, 6), "lat": round(lat, 6), "accuracy_m": self.dice.randint(3, 40)}
        sight = {"kind": kind, "severity": severity, "note": note, "location": location}
        id = self.create(
            "observation",
            {"team_id": self.team_id, "patrol_id": patrol_id, "place_text": self.dice.choice(PLACES), **sight},
        )
        for number in range(self.dice.choice([0, 1, 1, 2, 3])):
            self.photograph({"type": "observation", "id": id}, location, f"{id}/{number}")
        second = self.dice.randrange(20)
        if second < THINKS_AGAIN:
            for thought in (action, "Đã xử lý xong", action):
                self.edit("observation", id, action_taken=thought)
        elif second == DELETES:
            self.delete("observation", id)
        return id

    def close_patrol(self, patrol_id: str) -> None:
        """End the patrol with a note for those who come next."""
        self.edit(
            "patrol",
            patrol_id,
            status="completed",
            ended_at=self.clock.now(),
            outcome="Địa bàn yên tĩnh",
            handover_note="Ca sau chú ý ngõ 3 và khu chợ: đèn còn hỏng.",
        )

    # Changes

    def edit(self, type: str, id: str, **changes: Any) -> None:
        """Change a record."""
        self.phone.edit(type, id, **changes)
        self.ledger.edited(id, self.key, changes)

    def delete(self, type: str, id: str) -> None:
        """Delete a record."""
        self.phone.delete(type, id)
        self.ledger.deleted(id, self.key)

    def visit_checkpoint(self, patrol_id: str) -> None:
        """Add a visit that was forgotten to what the phone knows of the patrol."""
        visits = (self.phone.see("patrol", patrol_id) or {})["checkpoint_visits"]
        self.edit("patrol", patrol_id, checkpoint_visits=[*visits, self._visit()])

    def create(self, type: str, data: Data) -> str:
        """Record something; returns its id."""
        whole = {"area_id": self.area_id, "recorded_at": self.clock.now(), **data}
        id = self.phone.create(type, whole)
        self.ledger.made(id, Deed(type, self.area_id, self.key, self.clock.true(), whole))
        return id

    def photograph(self, subject: Data, location: Data | None, seed: str) -> str:
        """Take a photo of a record; returns its id."""
        shot = Shot(self.area_id, seed, self.dice.randint(50_000, 300_000))
        id = self.phone.photograph(
            photo(shot.seed, size=shot.size), area_id=self.area_id, subject=subject, location=location
        )
        self.ledger.shot(id, shot)
        return id

    def _point(self, lon: int, lat: int, *, mocked: bool) -> Point:
        return Point(int(self.clock.true()), lon, lat, self.dice.randint(3, 25), self.dice.randint(0, 180), mocked)

    def _visit(self) -> Data:
        if self.duty:
            return scan(self, self.dice.choice(self.duty.checkpoints))
        return {"id": self.clock.uuid7(), "checkpoint_id": str(uuid.uuid4()), "visited_at": self.clock.now()}
