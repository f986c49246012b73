"""What can be wrong with one field, in Vietnamese and English."""

from api.problems.problem import Text, register_field_errors

register_field_errors(
    {
        "required": Text("Mục này bắt buộc phải có.", "This field is required."),
        "unknown_field": Text(
            "Không có mục nào tên như vậy; hãy bỏ đi hoặc sửa tên.",
            "There is no such field; leave it out or correct its name.",
        ),
        "read_only": Text("Mục này do máy chủ ghi; hãy bỏ đi.", "The server sets this field; leave it out."),
        "null": Text("Mục này không được để null.", "This field may not be null."),
        "wrong_type": Text("Sai kiểu dữ liệu[; cần {expected}].", "This has the wrong type[; expected {expected}]."),
        "invalid": Text("Giá trị này không đúng.", "This value is not valid."),
        "invalid_choice": Text(
            "Giá trị này không có trong danh sách[: {choices}].",
            "This is not one of the choices[: {choices}].",
        ),
        "blank": Text("Mục này không được để trống.", "This field may not be blank."),
        "too_long": Text("Dài quá[; tối đa {max} ký tự].", "This is too long[; at most {max} characters]."),
        "too_short": Text("Ngắn quá[; ít nhất {min} ký tự].", "This is too short[; at least {min} characters]."),
        "too_large": Text("Lớn quá[; tối đa {max}].", "This is too large[; at most {max}]."),
        "too_small": Text("Nhỏ quá[; ít nhất {min}].", "This is too small[; at least {min}]."),
        "too_precise": Text(
            "Quá nhiều chữ số[; tối đa {max} chữ số sau dấu phẩy].",
            "This has too many digits[; at most {max} after the point].",
        ),
        "not_finite": Text("Phải là một số hữu hạn.", "This must be a finite number."),
        "fixed": Text("Mục này không sửa được sau khi tạo bản ghi.", "This field is fixed once the record is made."),
        "too_many_items": Text("Nhiều mục quá[; tối đa {max}].", "There are too many items[; at most {max}]."),
        "too_few_items": Text("Ít mục quá[; ít nhất {min}].", "There are too few items[; at least {min}]."),
        "duplicate_item": Text("Mục này bị lặp lại.", "This item is there twice."),
        "invalid_datetime": Text(
            "Thời điểm phải theo RFC 3339, ví dụ 2026-11-22T05:30:00.123Z.",
            "A time must follow RFC 3339, such as 2026-11-22T05:30:00.123Z.",
        ),
        "invalid_date": Text(
            "Ngày phải ghi NĂM-THÁNG-NGÀY, ví dụ 2026-11-22.", "A date is written year-month-day, such as 2026-11-22."
        ),
        "invalid_uuid": Text(
            "Mã phải là UUID, ví dụ 0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00.",
            "An id must be a UUID, such as 0199a3f2-7c1e-7d5a-9b1c-2f6e8d4c1a00.",
        ),
        "invalid_format": Text("Không đúng dạng[: {expected}].", "This does not have the right form[: {expected}]."),
        "invalid_phone": Text(
            "Số điện thoại phải có mã quốc gia, ví dụ +84912345678.",
            "A phone number carries its country code, such as +84912345678.",
        ),
        "invalid_location": Text(
            "Vị trí phải có lon từ -180 đến 180 và lat từ -90 đến 90.",
            "A location has a lon from -180 to 180 and a lat from -90 to 90.",
        ),
        "text_invalid": Text(
            "Văn bản có ký tự NUL hoặc nửa cặp thay thế Unicode.",
            "The text holds a NUL or half of a Unicode surrogate pair.",
        ),
        "not_found": Text(
            "Không có bản ghi nào mang mã này trong địa bàn của bạn.",
            "There is no record with this id within your area.",
        ),
        "already_exists": Text("Giá trị này đã có người dùng.", "This value is taken."),
        "before": Text("Phải sau hoặc bằng {other}.", "This must not be before {other}."),
        "after": Text("Phải trước hoặc bằng {other}.", "This must not be after {other}."),
    }
)
