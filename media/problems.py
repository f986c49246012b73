"""What can go wrong with files, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

register_problems(
    {
        "media_not_uploaded": ProblemText(
            409,
            Text("Tệp chưa được tải lên", "The file is not there yet"),
            Text("Kho ảnh chưa nhận được tệp này.", "The store has not received this file."),
            Text(
                "Hãy giữ tệp trên máy, tải lên bằng liên kết ở /upload rồi báo hoàn tất lại.",
                "Keep the file on the device, upload it by the link from /upload, then complete again.",
            ),
        ),
        "media_differs": ProblemText(
            409,
            Text("Tệp không đúng như đã khai báo", "The file is not the one declared"),
            Text(
                "Tệp trong kho khác mã băm hoặc kích thước đã khai báo.",
                "The file in the store differs from the hash or the size that was declared.",
            ),
            Text(
                "Hãy giữ tệp trên máy và khai báo lại với một mã mới.",
                "Keep the file on the device and declare it again under a new id.",
            ),
        ),
        "media_not_verified": ProblemText(
            409,
            Text("Tệp chưa được kiểm tra", "The file is not verified yet"),
            Text(
                "Máy chủ chưa xác nhận tệp này nên chưa cho xem.",
                "The server has not confirmed these bytes, and never serves what it has not checked.",
            ),
            Text(
                "Hãy đợi người chụp tải xong tệp rồi thử lại.",
                "Try again once its author has uploaded and completed it.",
            ),
        ),
        "media_variant_missing": ProblemText(
            404,
            Text("Chưa có bản này của tệp", "This variant is not there"),
            Text("Tệp này chưa có bản thu nhỏ hoặc xem trước.", "There is no such preview or thumbnail of this file."),
            Text("Hãy lấy bản gốc: variant=original.", "Take the original: variant=original."),
        ),
    }
)

register_field_errors(
    {
        "type_not_of_kind": Text(
            "Loại tệp này không hợp với kind[ “{kind}”].",
            "Files of this content type are not of this kind[, “{kind}”].",
        ),
        "subject_erased": Text(
            "Dữ liệu mà tệp này nói đến đã xóa theo yêu cầu; hãy xóa tệp trên điện thoại.",
            "What this file is about was erased on request; delete the file on the phone.",
        ),
        "receipted": Text(
            "Máy chủ đã ký biên nhận cho tệp này; không sửa được nữa.",
            "The server signed a receipt over this; it can't change any more.",
        ),
    }
)
