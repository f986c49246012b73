"""Where the evening happens: Thái An in Hồng Thái, its team, and the people in it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from accounts.areas.names import AreaKind, AreaLevel
from accounts.areas.services import NewArea, create_area
from accounts.grants import give_grant
from accounts.issuing import issue_activation_code
from accounts.memberships import add_member
from accounts.models import Area, Membership
from accounts.scoping import SystemActor
from accounts.teams import create_team
from accounts.users import create_user
from api.localtime import now

PASSWORD = "lúa chín vàng đồng Thái An"


class Place:
    """Thái An in Hồng Thái, its team, and the people in it."""

    def __init__(self) -> None:
        system = SystemActor(reason="tests")

        def area(level: AreaLevel, kind: AreaKind, name: str, parent: uuid.UUID | None, **more: Any) -> uuid.UUID:
            return create_area(actor=system, area=NewArea(level=level, kind=kind, name=name, parent_id=parent, **more))

        province = area(AreaLevel.PROVINCE, AreaKind.PROVINCE, "Lâm Đồng", None, code="68", lon=108.43, lat=11.94)
        self.commune = area(
            AreaLevel.COMMUNE, AreaKind.COMMUNE, "Hồng Thái", province, code="23032", lon=108.456, lat=11.207
        )
        self.hamlet = area(
            AreaLevel.HAMLET, AreaKind.THON, "Thái An", self.commune, lon=108.4483, lat=11.2147, household_count=63
        )
        self.team = create_team(
            actor=system, area_id=self.hamlet, team_type="self_management_team", name="Tổ tự quản số 1",
            founding_decision="12/QĐ-UBND", founded_on=dt.date(2025, 8, 15),
        )  # fmt: skip
        self.other_team = create_team(
            actor=system, area_id=self.hamlet, team_type="security_team", name="Tổ bảo vệ an ninh trật tự"
        )
        self.bao_id = create_user(actor=system, phone="+84937102118", full_name="Trần Quốc Bảo", password=PASSWORD).id
        self.lan_id = create_user(actor=system, phone="+84928441587", full_name="Nguyễn Thị Lan").id
        self.son_id = create_user(
            actor=system, phone="+84913550246", full_name="Lê Hồng Sơn", password=PASSWORD, area_id=self.commune
        ).id
        self.son_grant = give_grant(actor=system, user_id=self.son_id, role="admin", area_id=self.commune)
        self.hanh_id = create_user(
            actor=system, phone="+84977310864", full_name="Đặng Mỹ Hạnh", password=PASSWORD, area_id=self.commune
        ).id
        give_grant(actor=system, user_id=self.hanh_id, role="admin", area_id=self.commune)
        since = now() - dt.timedelta(days=60)
        for user_id, role, badge in ((self.bao_id, "leader", "HT-01"), (self.lan_id, "member", "HT-07")):
            add_member(actor=system, team_id=self.team, user_id=user_id, role=role, badge_number=badge, starts_at=since)
        self.lan_code = issue_activation_code(actor=system, user_id=self.lan_id)
        # A decision since: so that the versions of each have something to tell.
        assert Area.objects.filter(id=self.hamlet).exists()
        self.lan_membership = Membership.objects.get(user_id=self.lan_id).id
