"""The wire's own rows of the table of problems, in Vietnamese and English. Codes never change once published."""

from api.problems.problem import ProblemText, Text, register_problems


def row(status: int, title: Text, detail: Text, action: Text) -> ProblemText:
    return ProblemText(status, title, detail, action)


_RESEND = Text("Hãy gửi lại nguyên yêu cầu này.", "Send the same request again.")
_RESEND_LATER = Text(
    "Dữ liệu trên máy vẫn còn nguyên; ứng dụng sẽ tự gửi lại sau thời gian ghi ở Retry-After.",
    "Nothing on the device is lost; send the same request again after the time in Retry-After.",
)
_SIGN_IN = Text("Hãy đăng nhập lại.", "Sign in again.")
_UPDATE = Text(
    "Hãy cập nhật ứng dụng lên bản mới nhất; nếu vẫn lỗi, báo cho người hỗ trợ mã yêu cầu.",
    "Update the app to its latest version; if it happens again, give the request id to support.",
)

register_problems(
    {
        # Who is asking.
        "unauthenticated": row(
            401,
            Text("Chưa đăng nhập", "Not signed in"),
            Text("Yêu cầu này cần một phiên đăng nhập.", "This request needs a session."),
            Text("Hãy đăng nhập rồi gửi lại.", "Sign in and send it again."),
        ),
        "token_expired": row(
            401,
            Text("Phiên truy cập đã hết hạn", "The access token has expired"),
            Text("Mã truy cập chỉ dùng được 15 phút.", "An access token is good for 15 minutes."),
            Text("Hãy làm mới phiên rồi gửi lại yêu cầu.", "Refresh the session and send the request again."),
        ),
        "token_invalid": row(
            401,
            Text("Mã truy cập không dùng được", "The access token is not valid"),
            Text(
                "Mã truy cập sai, đã bị thu hồi hoặc thuộc về một phiên đã kết thúc.",
                "The access token is malformed, was revoked, or belongs to a session that has ended.",
            ),
            _SIGN_IN,
        ),
        "account_inactive": row(
            403,
            Text("Tài khoản đã ngừng hoạt động", "The account is inactive"),
            Text(
                "Tài khoản này đã bị ngừng; dữ liệu chưa gửi vẫn nằm trên máy.",
                "This account was deactivated; what was not sent yet is still on the device.",
            ),
            Text(
                "Hãy liên hệ quản trị viên để mở lại hoặc xin mã gửi nốt dữ liệu.",
                "Ask an admin to reactivate it, or for a code that delivers what is left.",
            ),
        ),
        "forbidden": row(
            403,
            Text("Không có quyền", "Not allowed"),
            Text("Vai trò của bạn không được làm việc này.", "Your role does not allow this."),
            Text(
                "Nếu đây là việc của bạn, hãy nhờ tổ trưởng hoặc quản trị viên cấp quyền.",
                "If it is your task, ask the team's leader or an admin for the role.",
            ),
        ),
        # Where and how.
        "not_found": row(
            404,
            Text("Không tìm thấy", "Not found"),
            Text(
                "Địa chỉ hoặc bản ghi này không có, hoặc nằm ngoài địa bàn của bạn.",
                "There is nothing here, or it lies outside your area.",
            ),
            Text("Hãy kiểm tra lại địa chỉ và mã bản ghi.", "Check the address and the id."),
        ),
        "gone": row(
            410,
            Text("Đã bị xóa", "Gone"),
            Text(
                "Bản ghi này đã bị xóa; mã của nó không bao giờ dùng lại.",
                "This record was deleted; its id is never used again.",
            ),
            Text("Nếu cần, hãy lập bản ghi mới.", "If it is still needed, create a new record."),
        ),
        "method_not_allowed": row(
            405,
            Text("Không dùng được phương thức này", "Method not allowed"),
            Text("Địa chỉ này không nhận phương thức đã gửi.", "This address does not take the method that was sent."),
            Text("Hãy dùng một phương thức ghi ở Allow.", "Use one of the methods in Allow."),
        ),
        "not_acceptable": row(
            406,
            Text("Không có định dạng được yêu cầu", "Not acceptable"),
            Text("Máy chủ chỉ trả lời bằng JSON.", "The server answers in JSON only."),
            Text(
                "Hãy gửi Accept: application/json hoặc bỏ tiêu đề này.",
                "Send Accept: application/json, or leave the header out.",
            ),
        ),
        "unsupported_media_type": row(
            415,
            Text("Không nhận loại nội dung này", "Unsupported media type"),
            Text(
                "Nội dung gửi lên phải là JSON mã hóa UTF-8, có thể nén gzip.",
                "The body must be JSON in UTF-8, plain or as gzip.",
            ),
            Text(
                "Hãy gửi Content-Type: application/json (với PATCH: application/merge-patch+json).",
                "Send Content-Type: application/json (for PATCH: application/merge-patch+json).",
            ),
        ),
        "bad_request": row(
            400,
            Text("Yêu cầu không hợp lệ", "Bad request"),
            Text(
                "Máy chủ không đọc được phần đầu hoặc địa chỉ của yêu cầu.",
                "The server cannot make sense of the address or the headers.",
            ),
            _UPDATE,
        ),
        "unknown_parameter": row(
            400,
            Text("Tham số lạ", "Unknown parameter"),
            Text("Địa chỉ này không có tham số “{parameter}”.", "This address has no parameter “{parameter}”."),
            Text(
                "Hãy bỏ tham số ấy hoặc sửa lại tên; tài liệu ở /docs kể hết các tham số.",
                "Leave it out or correct its name; /docs lists the parameters.",
            ),
        ),
        "parameter_invalid": row(
            400,
            Text("Tham số sai", "Invalid parameter"),
            Text("Giá trị của tham số “{parameter}” không đúng.", "The value of “{parameter}” is not valid."),
            Text("Hãy sửa giá trị theo tài liệu ở /docs.", "Correct it; /docs says what it may be."),
        ),
        "cursor_invalid": row(
            400,
            Text("Con trỏ không còn dùng được", "The cursor is not valid"),
            Text(
                "Con trỏ này sai, của người khác hoặc của một truy vấn khác.",
                "The cursor is malformed, or belongs to another user or another query.",
            ),
            Text(
                "Hãy đọc lại từ đầu, không gửi con trỏ; hàng chờ trên máy không bị ảnh hưởng.",
                "Start again without a cursor; the queue on the device isn't touched.",
            ),
        ),
        # Bodies that can't be read.
        "body_invalid": row(
            400,
            Text("Nội dung không phải JSON", "The body is not JSON"),
            Text("Nội dung gửi lên không phải JSON hợp lệ.", "The body is not valid JSON."),
            Text("Hãy sửa nội dung rồi gửi lại.", "Correct the body and send it again."),
        ),
        "body_truncated": row(
            400,
            Text("Nội dung bị đứt giữa chừng", "The body was cut off"),
            Text(
                "Kết nối đứt trước khi nội dung đến đủ; chưa có gì được ghi.",
                "The connection broke before the whole body arrived; nothing was stored.",
            ),
            _RESEND,
        ),
        "body_too_large": row(
            413,
            Text("Nội dung quá lớn", "The body is too large"),
            Text(
                "Nội dung (sau khi giải nén) vượt giới hạn[ {limit} byte].",
                "The body (once inflated) is over the limit[ of {limit} bytes].",
            ),
            Text("Hãy chia thành nhiều phần nhỏ hơn rồi gửi lại.", "Send it in smaller parts."),
        ),
        "body_too_slow": row(
            408,
            Text("Nội dung đến quá chậm", "The body came too slowly"),
            Text(
                "Đường truyền dưới 1 KB/s trong 60 giây; chưa có gì được ghi.",
                "The body came at under 1 KB/s for 60 s; nothing was stored.",
            ),
            Text("Hãy gửi lại khi sóng khá hơn.", "Send it again when the signal is better."),
        ),
        "body_too_deep": row(
            400,
            Text("JSON lồng quá sâu", "The JSON is nested too deeply"),
            Text("JSON chỉ được lồng tối đa 32 tầng.", "JSON may be nested 32 levels deep at most."),
            Text("Hãy làm phẳng nội dung rồi gửi lại.", "Flatten the body and send it again."),
        ),
        "text_invalid": row(
            400,
            Text("Văn bản có ký tự không ghi được", "The text holds characters that can't be stored"),
            Text(
                "Văn bản có ký tự NUL hoặc nửa cặp thay thế Unicode.",
                "The text holds a NUL or half of a Unicode surrogate pair.",
            ),
            Text("Hãy xóa ký tự ấy, thường là một biểu tượng bị hỏng, rồi gửi lại.", "Remove it and send it again."),
        ),
        "integer_too_large": row(
            400,
            Text("Số nguyên quá lớn", "The integer is too large"),
            Text("Số nguyên phải nằm trong 64 bit có dấu.", "Integers must fit in 64 bits, signed."),
            Text("Hãy sửa số ấy rồi gửi lại.", "Correct the number and send it again."),
        ),
        # Bodies that break a shape or a rule.
        "invalid": row(
            422,
            Text("Dữ liệu chưa đúng", "The data is not valid"),
            Text("Một hay nhiều mục chưa đúng; xem “errors”.", "One or more fields are not valid; see “errors”."),
            Text("Hãy sửa các mục ấy rồi gửi lại.", "Correct them and send it again."),
        ),
        # Versions and repeats.
        "precondition_required": row(
            428,
            Text("Thiếu If-Match", "If-Match is missing"),
            Text(
                "Muốn sửa hay xóa phải nói đang sửa phiên bản nào.",
                "A change must say which version it changes.",
            ),
            Text(
                "Hãy đọc bản ghi rồi gửi lại cùng If-Match bằng ETag của nó.",
                "Read the record, and send its ETag as If-Match.",
            ),
        ),
        "precondition_failed": row(
            412,
            Text("Bản ghi đã thay đổi", "The record has changed"),
            Text(
                "Người khác đã sửa bản ghi này sau lần bạn đọc; bản hiện tại ở “current”.",
                "Someone changed the record since it was read; “current” holds it as it is now.",
            ),
            Text(
                "Hãy xem bản hiện tại, gộp thay đổi của bạn rồi gửi lại với ETag mới.",
                "Look at it, merge your change, and send it with the new ETag.",
            ),
        ),
        "already_exists": row(
            409,
            Text("Mã này đã có", "The id is taken"),
            Text("Đã có bản ghi khác mang mã này.", "Another record has this id."),
            Text("Hãy tạo mã mới rồi gửi lại.", "Make a new id and send it again."),
        ),
        "conflict": row(
            409,
            Text("Không hợp với tình trạng hiện tại", "Conflict"),
            Text(
                "Việc này không hợp với tình trạng hiện tại của bản ghi.",
                "The request does not fit the record as it is now.",
            ),
            Text("Hãy tải lại bản ghi rồi quyết định tiếp.", "Read the record again and decide anew."),
        ),
        "in_flight": row(
            409,
            Text("Yêu cầu này đang được xử lý", "The same request is being worked on"),
            Text("Một yêu cầu cùng Idempotency-Key đang chạy.", "A request with this Idempotency-Key is running."),
            Text("Hãy đợi một giây rồi gửi lại y nguyên.", "Wait a second and send it again unchanged."),
        ),
        "idempotency_key_reused": row(
            422,
            Text("Idempotency-Key đã dùng cho nội dung khác", "The Idempotency-Key was used for another body"),
            Text(
                "Khóa này đã đi cùng một nội dung khác trong 30 ngày qua.",
                "This key came with another body in the last 30 days.",
            ),
            Text("Hãy tạo khóa mới cho mỗi yêu cầu mới.", "Make a new key for each new request."),
        ),
        # Not now.
        "rate_limited": row(
            429,
            Text("Gửi quá dày", "Too many requests"),
            Text("Bạn đã gửi quá nhiều yêu cầu trong thời gian ngắn.", "Too many requests in a short time."),
            _RESEND_LATER,
        ),
        "unavailable": row(
            503,
            Text("Máy chủ đang bận", "The server is busy"),
            Text("Máy chủ chưa phục vụ được yêu cầu này.", "The server can't serve this request right now."),
            _RESEND_LATER,
        ),
        "storage_unavailable": row(
            503,
            Text("Kho ảnh tạm ngừng", "The file store is unavailable"),
            Text(
                "Kho ảnh và tệp không trả lời; ảnh trên máy chưa được xóa.",
                "The store of photos and files does not answer; keep the photos on the device.",
            ),
            _RESEND_LATER,
        ),
        "database_unavailable": row(
            503,
            Text("Cơ sở dữ liệu tạm ngừng", "The database is unavailable"),
            Text("Cơ sở dữ liệu chưa nhận được yêu cầu này.", "The database can't take this request right now."),
            _RESEND_LATER,
        ),
        "internal": row(
            500,
            Text("Máy chủ gặp lỗi", "The server failed"),
            Text(
                "Lỗi này là của máy chủ và đã được ghi lại; chưa có gì được ghi nửa chừng.",
                "This is the server's fault and was recorded; nothing was stored half-way.",
            ),
            Text(
                "Ứng dụng sẽ tự gửi lại; nếu lặp lại nhiều lần, báo cho người hỗ trợ mã yêu cầu.",
                "Send the same request again later; if it keeps failing, give the request id to support.",
            ),
        ),
    }
)
