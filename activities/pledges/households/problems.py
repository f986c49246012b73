"""What can go wrong with households, in Vietnamese and English."""

from api.problems import Text, register_field_errors

register_field_errors(
    {
        "not_a_hamlet": Text(
            "Hộ phải thuộc một thôn (ấp, khu phố, tổ dân phố); hãy chọn thôn của hộ.",
            "A household lives in a hamlet; choose which.",
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
