"""What can go wrong with households, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "too_many_id_numbers": ProblemText(
            429,
            Text("Đã nhập nhiều số định danh liên tiếp", "Many ID numbers in a short time"),
            Text(
                "Mỗi người nhập liền được 20 số, sau đó 10 phút một số, để không ai dò được số của người khác"
                "[; còn phải đợi {seconds} giây].",
                "Everyone may enter 20 at once, then one every ten minutes, so that nobody can guess those of others"
                "[; {seconds} seconds to wait].",
            ),
            Text(
                "Các số đã nhập vẫn còn. Hãy làm tiếp việc khác, hết thời gian ấy thì nhập lại số này.",
                "What was entered is kept. Go on with something else, and enter this one when the time is over.",
            ),
        ),
        "merged_elsewhere": ProblemText(
            409,
            Text("Hộ này đã được gộp vào hộ khác", "The household was merged into another one"),
            Text(
                "Hộ cần gộp đã được gộp từ trước vào một hộ thứ ba.",
                "The household to be merged was merged before, into a third one.",
            ),
            Text(
                "Hãy mở danh sách hộ có thể trùng, rồi gộp với hộ còn lại.",
                "Look at the list of likely doubles, and merge with the one that stands.",
            ),
        ),
    }
)

register_field_errors(
    {
        "not_a_hamlet": Text(
            "Hộ phải thuộc một thôn (ấp, khu phố, tổ dân phố); hãy chọn thôn của hộ.",
            "A household lives in a hamlet; choose which.",
        ),
        "the_same_household": Text("Phải là một hộ khác.", "This must be another household."),
        "another_hamlet": Text(
            "Hai hộ phải cùng một thôn.",
            "Both households must live in one hamlet.",
        ),
        "moved_out_before_in": Text(
            "Ngày chuyển đi phải từ ngày chuyển đến trở đi; hãy kiểm tra lại hai ngày này.",
            "The day of moving out must not be before that of moving in; check both days.",
        ),
        "moved_out_missing": Text(
            "Hộ đã chuyển đi phải có ngày chuyển đi.",
            "A household that moved away needs the day on which it did.",
        ),
    }
)
