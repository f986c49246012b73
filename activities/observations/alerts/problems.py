"""What can go wrong with alerts, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_problems

register_problems(
    {
        "alert_closed": ProblemText(
            409,
            Text("Báo động này đã xử lý xong", "The alert is closed already"),
            Text(
                "Công an đã kết thúc báo động này với ghi chú khác.",
                "The police closed this alert before, with another note.",
            ),
            Text(
                "Hãy xem ghi chú đang lưu; nếu có việc mới, tạo báo động mới.",
                "Look at the note that stands; if something new has happened, raise a new alert.",
            ),
        ),
    }
)
