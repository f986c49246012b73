"""What can go wrong with routes and checkpoints, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "no_checkpoints": ProblemText(
            409,
            Text("Chưa có chốt nào để in mã", "There is no checkpoint to print a code for"),
            Text(
                "Tuyến hoặc địa bàn này chưa có chốt nào mà bạn được in mã.",
                "This route or area has no checkpoint whose code you may print.",
            ),
            Text(
                "Hãy thêm chốt vào tuyến trước; chốt do cấp trên đặt thì nhờ công an xã in.",
                "Add checkpoints first; the codes of those that a higher level issued are printed by its police.",
            ),
        ),
        "too_many_codes": ProblemText(
            422,
            Text("Nhiều chốt quá, không in một lần được", "There are too many checkpoints to print at once"),
            Text(
                "Một lần in được tối đa {max} chốt.",
                "At most {max} checkpoints can be printed at once.",
            ),
            Text(
                "Hãy in theo từng thôn hoặc từng tuyến.",
                "Print hamlet by hamlet, or route by route.",
            ),
        ),
        "too_much_to_count": ProblemText(
            422,
            Text("Khoảng này rộng quá, chưa tính được", "This is too much to count at once"),
            Text(
                "Một lần tính được tối đa {days} ngày và {patrols} ca tuần tra.",
                "At most {days} days and {patrols} patrols can be counted at once.",
            ),
            Text(
                "Hãy chọn ít ngày hơn, hoặc chọn một địa bàn nhỏ hơn hay một tuyến.",
                "Ask for fewer days, a smaller area, or a single route.",
            ),
        ),
    }
)
register_field_errors(
    {
        "window_empty": Text(
            "Giờ mở và giờ đóng phải khác nhau.",
            "A window must close at another time than it opens.",
        ),
    }
)
