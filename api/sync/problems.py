"""Why a change isn't taken, in words."""

from api.problems import ProblemText, Text, register_problems

_KEEP = Text(
    "Ứng dụng giữ mục này lại và hiện cho bạn xem; không có gì bị mất.",
    "The app sets this item aside and shows it to you; nothing is lost.",
)
_AGAIN = Text("Ứng dụng sẽ tự gửi lại mục này.", "The app sends this item again by itself.")

register_problems(
    {
        "not_there_yet": ProblemText(
            409,
            Text("Chưa có bản ghi này", "The record isn't there yet"),
            Text("Bản sửa đến trước bản ghi mà nó sửa.", "This edit came before the record that it changes."),
            _AGAIN,
        ),
        "type_unknown": ProblemText(
            409,
            Text("Máy chủ chưa biết loại bản ghi này", "The server doesn't know this type yet"),
            Text("Ứng dụng mới hơn máy chủ.", "The app is newer than the server."),
            _AGAIN,
        ),
        "lock_timeout": ProblemText(
            409,
            Text("Địa bàn đang bận", "The area is busy"),
            Text("Có người khác đang ghi vào địa bàn này.", "Others are writing to this area."),
            _AGAIN,
        ),
        "not_writable": ProblemText(
            403,
            Text("Loại bản ghi này chỉ để đọc", "Records of this type can only be read"),
            Text("Không thể gửi loại bản ghi này từ điện thoại.", "A phone can't send records of this type."),
            _KEEP,
        ),
        "membership_ended": ProblemText(
            403,
            Text("Bạn đã rời tổ", "Your membership has ended"),
            Text(
                "Mục này được ghi sau khi bạn rời tổ, hoặc không phải của bạn.",
                "This was made after your membership ended, or isn't yours.",
            ),
            Text("Hãy nhờ tổ trưởng ghi lại nếu cần.", "Ask the team's leader to record it if it is needed."),
        ),
        "mutation_id_reused": ProblemText(
            409,
            Text("Mã lần sửa đã dùng cho nội dung khác", "The mutation id was used for something else"),
            Text("Mã này đã đi cùng một nội dung khác.", "This id came with other content before."),
            _KEEP,
        ),
        "area_fixed": ProblemText(
            409,
            Text("Không thể chuyển bản ghi sang địa bàn khác", "A record can't be moved to another area"),
            Text("Bản ghi ở lại địa bàn nơi nó được tạo.", "A record stays in the area that it was made in."),
            Text("Hãy nhờ quản trị viên sửa địa bàn.", "Ask an admin to correct its area."),
        ),
        "too_many_mutations": ProblemText(
            413,
            Text("Gửi quá nhiều mục một lần", "Too many mutations in one push"),
            Text("Mỗi lần gửi tối đa {max} mục.", "A push holds at most {max} mutations."),
            Text("Hãy chia đôi rồi gửi lại.", "Send them in halves."),
        ),
    }
)
