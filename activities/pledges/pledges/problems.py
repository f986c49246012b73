"""What can go wrong with pledges, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "pledge_not_signed": ProblemText(
            409,
            Text("Cam kết này chưa ký", "The pledge isn't signed"),
            Text(
                "Chỉ cam kết đã ký mới rút hoặc in bản đã ký được.",
                "Only a signed pledge can be withdrawn, or printed as signed.",
            ),
            Text(
                "Hãy ký trước; nếu chưa có chữ ký thì in mẫu trống.",
                "Have it signed first; without a signature, print the blank form.",
            ),
        ),
        "pledge_signed": ProblemText(
            409,
            Text("Cam kết đã ký thì không xóa", "A signed pledge isn't deleted"),
            Text(
                "Cam kết này đã có người ký, nên được giữ lại, kể cả khi đã rút hay hết hạn.",
                "Somebody signed this pledge, so it is kept, also once it is withdrawn or has run out.",
            ),
            Text(
                "Người ký không cam kết nữa thì rút cam kết; muốn xóa dữ liệu cá nhân thì gửi yêu cầu cho quản trị "
                "viên. Điện thoại giữ lại bản của máy chủ; không có gì bị mất.",
                "If the signer takes it back, withdraw it; to have personal data erased, send a request to an admin. "
                "The phone goes on with what the server has; nothing is lost.",
            ),
        ),
        "pledge_withdrawn": ProblemText(
            409,
            Text("Cam kết này đã rút", "The pledge is withdrawn already"),
            Text("Cam kết đã được rút với nội dung khác.", "This pledge was withdrawn before, with other content."),
            Text(
                "Hãy xem bản đang lưu; muốn cam kết lại thì ký bản mới.",
                "Look at what is stored; to pledge again, sign anew.",
            ),
        ),
        "campaign_not_there_yet": ProblemText(
            409,
            Text("Chưa đến ngày chốt", "That day hasn't come yet"),
            Text(
                "Chỉ chốt số hộ từ ngày đầu hoặc ngày cuối của đợt trở đi.",
                "Residents are written down on the first or last day of the campaign, or later.",
            ),
            Text("Hãy chờ đến ngày đó, hoặc sửa lại thời gian của đợt.", "Wait for the day, or correct the period."),
        ),
        "template_unknown": ProblemText(
            409,
            Text("Máy chủ chưa có mẫu này", "The template isn't known yet"),
            Text(
                "Cam kết đã lưu, nhưng mẫu của nó chưa được gửi lên máy chủ.",
                "The pledge is kept, but its template hasn't reached the server.",
            ),
            Text("Hãy gửi mẫu lên rồi in lại.", "Send the template, then print again."),
        ),
        "no_households": ProblemText(
            409,
            Text("Thôn chưa có hộ nào", "There are no households"),
            Text(
                "Thôn này chưa có hộ nào đang cư trú trong sổ.", "No resident household is registered in this hamlet."
            ),
            Text(
                "Hãy nhập danh sách hộ trước, hoặc in mẫu trống.", "Import the households first, or print a blank form."
            ),
        ),
    }
)  # fmt: skip
register_field_errors(
    {
        "not_available": Text(
            "Cách ký này chưa dùng được; hãy ký trên giấy hoặc trên màn hình.",
            "This way of signing isn't available yet; sign on paper or on the screen.",
        ),
        "signature_missing": Text(
            "Ký trên màn hình thì phải có nét ký; hãy ký lại.",
            "What is signed on the screen needs the strokes of the signature; sign again.",
        ),
        "strokes_uneven": Text(
            "Mỗi nét ký cần số giá trị dx, dy, dt_ms bằng nhau, ít nhất một.",
            "A stroke has as many values of dx as of dy and dt_ms, at least one.",
        ),
        "ends_before_it_starts": Text(
            "Ngày cuối phải từ ngày đầu trở đi; hãy kiểm tra lại hai ngày này.",
            "The last day must not be before the first; check both.",
        ),
        "template_issued": Text(
            "Mẫu đã ban hành thì không sửa; hãy tạo bản mới thay cho mẫu này (supersedes_id).",
            "An issued template never changes; make a new one that supersedes it (supersedes_id).",
        ),
        "campaign_frozen": Text(
            "Số hộ của ngày này đã chốt nên không đổi ngày được.",
            "The residents of this day are written down, so the day stays.",
        ),
        "not_withdrawn": Text(
            "Chỉ cam kết đã rút mới có ngày rút; hãy đặt trạng thái là đã rút, hoặc bỏ ngày này.",
            "Only a withdrawn pledge has such a day; set the status to withdrawn, or leave the day out.",
        ),
        "withdrawn_before_signed": Text(
            "Ngày rút phải từ ngày ký trở đi; hãy kiểm tra lại hai ngày này.",
            "A pledge can't be withdrawn before the day it was signed; check both days.",
        ),
        "household_erased": Text(
            "Dữ liệu của hộ này đã xóa theo yêu cầu, không ghi thêm cam kết được; hãy xóa bản trên điện thoại.",
            "This household was erased on request, so nothing more is written of it; delete what is on the phone.",
        ),
        "pledge_signed": Text(
            "Cam kết đã ký thì không sửa; hãy rút cam kết này rồi ký bản mới.",
            "What was signed is never altered; withdraw this pledge and sign a new one.",
        ),
    }
)
