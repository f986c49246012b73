"""What can go wrong with patrols, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "patrol_closed": ProblemText(
            409,
            Text("Ca tuần tra đã kết thúc", "The patrol is closed already"),
            Text(
                "Ca tuần tra này đã được kết thúc với nội dung khác.",
                "This patrol was closed before, with other content.",
            ),
            Text(
                "Hãy xem bản đang lưu; nếu cần sửa, cập nhật chính ca tuần tra đó.",
                "Look at what is stored; if it needs correcting, edit the patrol itself.",
            ),
        ),
    }
)
register_field_errors(
    {
        "columns_differ": Text(
            "Các cột phải dài bằng nhau[; cột này cần {expected} giá trị].",
            "All columns must be equally long[; this one needs {expected} values].",
        ),
        "ends_before_it_begins": Text(
            "Giờ kết thúc phải sau hoặc bằng giờ bắt đầu; hãy kiểm tra lại hai giờ này.",
            "The end must not be before the start; check both times.",
        ),
        "end_missing": Text(
            "Ca tuần tra đã xong hoặc bỏ dở phải có giờ kết thúc.",
            "A patrol that is completed or abandoned needs the time when it ended.",
        ),
    }
)
