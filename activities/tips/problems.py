"""What can go wrong with tips, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "denunciation_refused": ProblemText(
            422,
            Text("Tố cáo cán bộ không gửi ở đây", "Denunciations of officials don't belong here"),
            Text(
                "Tố cáo cán bộ, công chức được giải quyết theo Luật Tố cáo; hệ thống này không nhận và không lưu nội "
                "dung bạn vừa gửi.",
                "Denunciations of officials are settled under the Law on Denunciations; this system doesn't take them, "
                "and stored nothing of what you sent.",
            ),
            Text(
                "Hãy gửi đơn, hoặc đến trình bày trực tiếp[, tại: {address}].",
                "Send it, or tell it in person[, to: {address}].",
            ),
        ),
        "tip_id_taken": ProblemText(
            409,
            Text("Mã tin báo đã dùng", "The id of the tip is taken"),
            Text(
                "Mã này đã dùng cho một tin báo có nội dung khác.",
                "A tip with other content was sent under this id.",
            ),
            Text(
                "Hãy gửi lại với một mã UUIDv4 mới.",
                "Send it again under a new UUIDv4.",
            ),
        ),
        "tip_key_missing": ProblemText(
            409,
            Text("Công an xã chưa có khóa nhận tin", "The commune police have no key yet"),
            Text(
                "Chưa có khóa để niêm phong thông tin người báo, nên máy chủ không nhận và không lưu thông tin đó.",
                "There is no key to seal the source to, so the server took nothing of it.",
            ),
            Text(
                "Hãy gửi lại tin báo mà không kèm thông tin người báo; dùng mã biên nhận để trao đổi với công an.",
                "Send the tip again without its source; the receipt is the way to stay in touch with the police.",
            ),
        ),
        "tip_key_taken": ProblemText(
            409,
            Text("Khóa này đã dùng", "This key is in use"),
            Text(
                "Khóa này đã công bố cho một địa bàn khác hoặc đã hết hiệu lực.",
                "This key was published for another area, or has ended.",
            ),
            Text(
                "Hãy tạo một khóa mới bằng lệnh ./anthon tips keygen.",
                "Make a new one with ./anthon tips keygen.",
            ),
        ),
        "challenge_invalid": ProblemText(
            409,
            Text("Bài toán xác nhận không dùng được", "The proof of work doesn't hold"),
            Text(
                "Bài toán đã quá hạn, đã dùng cho tin khác, hoặc lời giải chưa đúng.",
                "The challenge is over, was used for another tip, or isn't solved.",
            ),
            Text(
                "Hãy lấy bài toán mới ở /v1/public/tips/challenge, giải và gửi lại; mã tin báo giữ nguyên.",
                "Fetch a new one from /v1/public/tips/challenge, solve it and send again under the same id.",
            ),
        ),
        "tip_status": ProblemText(
            409,
            Text("Tin báo không ở bước này", "The tip isn't at this step"),
            Text(
                "Không thể chuyển tin báo từ trạng thái hiện tại sang bước này.",
                "From the state that the tip is in, this step can't be taken.",
            ),
            Text(
                "Hãy xem trạng thái hiện tại của tin báo rồi chọn bước tiếp theo.",
                "Look at the state it is in, then choose the next step.",
            ),
        ),
        "tip_source_missing": ProblemText(
            409,
            Text("Tin báo ẩn danh", "The tip is anonymous"),
            Text("Người báo không để lại thông tin.", "Whoever sent it left nothing of themself."),
            Text(
                "Hãy nhắn qua biên nhận nếu cần hỏi thêm người báo.",
                "Write by its receipt if you need to ask more.",
            ),
        ),
        "tip_source_changed": ProblemText(
            409,
            Text("Niêm phong đã được thay", "The seal was changed meanwhile"),
            Text(
                "Thông tin người báo đã được niêm phong lại từ lúc bạn lấy về.",
                "The source was sealed anew since you fetched it.",
            ),
            Text("Hãy lấy lại bản niêm phong mới nhất.", "Fetch it again."),
        ),
        "tip_messages_full": ProblemText(
            409,
            Text("Đã gửi quá nhiều tin nhắn", "Too many messages"),
            Text(
                "Biên nhận này đã gửi nhiều tin mà công an chưa trả lời.",
                "Many messages were sent by this receipt that the police haven't answered.",
            ),
            Text(
                "Hãy đợi công an trả lời; nếu khẩn cấp, gọi 113.",
                "Wait for an answer; if it is urgent, call 113.",
            ),
        ),
    }
)
register_field_errors(
    {
        "not_uuid4": Text(
            "Cần một mã UUIDv4 ngẫu nhiên: các loại UUID khác cho biết thời điểm hoặc thiết bị.",
            "This must be a random UUIDv4: other kinds tell the time or the device.",
        ),
        "tip_area_unknown": Text(
            "Không có thôn hoặc xã này; hãy chọn lại địa bàn.", "There is no such hamlet or commune; choose again."
        ),
        "one_source": Text(
            "Chỉ gửi source hoặc sealed_source, không gửi cả hai.", "Send source or sealed_source, not both."
        ),
        "tip_key_unknown": Text(
            "Khóa này không phải của công an địa bàn; hãy lấy khóa ở /v1/tip_keys rồi niêm phong lại.",
            "This key isn't the area's police's; fetch theirs from /v1/tip_keys and seal anew.",
        ),
        "not_sealed": Text(
            "Cần base64 của hộp niêm phong libsodium, nội dung đệm (sodium_pad) đến bội số của 512 byte.",
            "This must be base64 of a libsodium sealed box over text that sodium_pad filled to n times 512 bytes.",
        ),
        "not_a_key": Text("Cần base64 của khóa X25519 32 byte.", "This must be an X25519 key of 32 bytes in base64."),
        "month_not_over": Text("Chỉ có số liệu của tháng đã qua.", "Only months that are over are counted."),
    }
)
