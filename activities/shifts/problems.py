"""What can go wrong with shifts and rosters, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "nobody_to_roster": ProblemText(
            409,
            Text("Chưa có ai để xếp lịch", "There is nobody to put on the roster"),
            Text(
                "Trong tháng này tổ không có thành viên nào có thể trực.",
                "In that month the team has no member who could be on duty.",
            ),
            Text(
                "Hãy thêm thành viên vào tổ, hoặc chọn những người khác để xếp.",
                "Add members to the team, or name others to put on the roster.",
            ),
        ),
        "too_many_shifts": ProblemText(
            422,
            Text("Quá nhiều ca trực để đếm một lần", "There are too many shifts to count at once"),
            Text(
                "Mỗi lần chỉ đếm được tối đa {days} ngày và {groups} nhóm.",
                "At most {days} days and {groups} groups are counted at once.",
            ),
            Text(
                "Hãy chọn ít ngày hơn, một địa bàn nhỏ hơn, hoặc gộp theo ngày.",
                "Choose fewer days or a smaller area, or group by day.",
            ),
        ),
    }
)
register_field_errors(
    {
        "shift_length": Text(
            "Ca trực phải kết thúc sau khi bắt đầu và dài không quá 24 giờ; hãy kiểm tra lại hai giờ này.",
            "A shift ends after it begins and lasts 24 hours at most; check both times.",
        ),
        "same_person": Text(
            "Phải là hai người khác nhau; hãy chọn lại.", "These must be two different people; choose again."
        ),
        "same_shift": Text("Phải là một ca trực khác; hãy chọn lại.", "This must be another shift; choose again."),
        "not_a_side": Text(
            "Chỉ người giao ca hoặc người nhận ca mới trả lời được.", "Only the giver or the taker can answer."
        ),
        "too_many_days": Text(
            "Khoảng nghỉ dài quá[; tối đa {max} ngày]; hãy chia thành nhiều khoảng.",
            "These are too many days[; at most {max}]; enter them in several parts.",
        ),
    }
)
