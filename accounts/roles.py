"""What people and teams can be."""

from api.enums import LabelledEnum


class TeamType(LabelledEnum):
    """The kinds of teams that a hamlet founds."""

    SELF_MANAGEMENT_TEAM = "self_management_team", "Tổ tự quản", "Self-management team"
    SECURITY_TEAM = "security_team", "Tổ bảo vệ an ninh trật tự", "Security team"
    HOUSEHOLD_CLUSTER = "household_cluster", "Tổ liên gia tự quản", "Household cluster"


class TeamStatus(LabelledEnum):
    """Whether a team is at work."""

    ACTIVE = "active", "Đang hoạt động", "Active"
    SUSPENDED = "suspended", "Tạm ngừng", "Suspended"
    DISSOLVED = "dissolved", "Đã giải thể", "Dissolved"


class TeamRole(LabelledEnum):
    """What someone is in a team."""

    LEADER = "leader", "Tổ trưởng", "Leader"
    DEPUTY_LEADER = "deputy_leader", "Tổ phó", "Deputy leader"
    MEMBER = "member", "Tổ viên", "Member"


class GrantRole(LabelledEnum):
    """What someone is over an area and all below it."""

    FRONT_WORK_HEAD = "front_work_head", "Trưởng ban công tác Mặt trận", "Head of the Front work committee"
    FRONT_OFFICER = "front_officer", "Cán bộ Mặt trận", "Front officer"
    POLICE_OFFICER = "police_officer", "Công an xã", "Police officer"
    ANALYST = "analyst", "Cán bộ tổng hợp", "Analyst"
    ADMIN = "admin", "Quản trị viên", "Admin"
