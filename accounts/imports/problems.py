"""What can be wrong with an import, its file or one of its rows, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

_SAVE_AGAIN = Text(
    "Hãy mở tệp bằng Excel, lưu lại dưới dạng .xlsx rồi gửi lại; hoặc dùng tệp mẫu.",
    "Open it in Excel, save it again as .xlsx and send that; or use the template.",
)
_UNREADABLE = Text("Tệp không đọc được", "The file can't be read")

register_problems(
    {
        "import_unreadable": ProblemText(
            422,
            _UNREADABLE,
            Text(
                "Tệp không phải bảng tính Excel (.xlsx) hay CSV, bị hỏng hoặc có mật khẩu.",
                "The file is no Excel workbook (.xlsx) or CSV, is damaged, or has a password.",
            ),
            _SAVE_AGAIN,
        ),
        "import_encoding": ProblemText(
            422,
            _UNREADABLE,
            Text(
                "Không rõ bảng mã của tệp CSV; có thể tệp dùng phông chữ cũ (TCVN3, VNI).",
                "The encoding of the CSV file isn't clear; it may use an old font (TCVN3, VNI).",
            ),
            Text(
                "Hãy lưu lại dưới dạng “CSV UTF-8” hoặc .xlsx, với chữ Unicode, rồi gửi lại.",
                "Save it again as “CSV UTF-8” or .xlsx, in Unicode, and send that.",
            ),
        ),
        "import_too_large": ProblemText(
            413,
            Text("Tệp quá lớn", "The file is too large"),
            Text("Tệp, sau khi giải nén, vượt {limit} MB.", "The file, once inflated, is over {limit} MB."),
            Text(
                "Hãy bỏ hình ảnh và các trang không cần, hoặc chia thành nhiều tệp.",
                "Remove pictures and sheets that aren't needed, or split it into several files.",
            ),
        ),
        "import_too_many_rows": ProblemText(
            422,
            Text("Tệp có quá nhiều dòng", "The file has too many rows"),
            Text("Mỗi lần nhập tối đa {limit} dòng.", "An import has at most {limit} rows."),
            Text("Hãy chia thành nhiều tệp, chẳng hạn mỗi xã một tệp.", "Split it, such as into one file a commune."),
        ),
        "import_no_sheet": ProblemText(
            422,
            Text("Không thấy trang dữ liệu", "There is no sheet of data"),
            Text(
                "Không trang nào có tên đã biết (các tên: {sheets}).",
                "No sheet has a name that is known (known: {sheets}).",
            ),
            Text(
                "Hãy đặt tên trang như trong tệp mẫu, hoặc chọn đúng loại khi gửi.",
                "Name the sheets as in the template, or choose the kind when you send it.",
            ),
        ),
        "import_type": ProblemText(
            415,
            Text("Không nhận loại tệp này", "This type of file isn't taken"),
            Text(
                "Chỉ nhận bảng tính .xlsx, hoặc CSV của một trang với loại đã nói rõ (tham số kind).",
                "An import is an .xlsx workbook, or the CSV of one sheet whose `kind` is said.",
            ),
            _SAVE_AGAIN,
        ),
        "import_area_needed": ProblemText(
            422,
            Text("Chưa chọn địa bàn", "No area was chosen"),
            Text(
                "Bạn phụ trách nhiều địa bàn, nên phải nói tệp này cho địa bàn nào.",
                "You look after several areas, so an import has to say which one it is for.",
            ),
            Text("Hãy chọn địa bàn rồi gửi lại tệp (tham số area).", "Choose one and send the file again (`area`)."),
        ),
        "import_empty": ProblemText(
            422,
            Text("Tệp không có dòng nào", "The file has no rows"),
            Text(
                "Dưới dòng tiêu đề không có dòng nào được điền; dòng bắt đầu bằng “Ví dụ” không được tính.",
                "Nothing is filled in below the titles; lines that begin with “Ví dụ” don't count.",
            ),
            Text(
                "Hãy điền danh sách vào các trang của tệp mẫu, lưu lại rồi gửi tệp đã sửa.",
                "Fill your lists into the sheets of the template, save it, and send the corrected file.",
            ),
        ),
        "import_faulty": ProblemText(
            422,
            Text("Tệp còn dòng sai", "The file still has faults"),
            Text("Có {faults} dòng sai; chưa có gì được ghi.", "There are {faults} faulty rows; nothing was written."),
            Text(
                "Hãy tải bảng các dòng sai, sửa ngay trong đó hoặc trong tệp gốc, rồi gửi lại.",
                "Download the sheet of faults, correct them there or in the file itself, and send it again.",
            ),
        ),
        "import_not_ready": ProblemText(
            409,
            Text("Chưa áp dụng được", "It can't be applied"),
            Text(
                "Tệp này đang được kiểm tra, đã hỏng hoặc đã ngừng.",
                "This import is being checked, has failed, or was deactivated.",
            ),
            Text("Hãy xem tình trạng của lần nhập; cần thì gửi lại tệp.", "Look at its status; send the file again."),
        ),
        "import_stands": ProblemText(
            409,
            Text("Không có gì để sửa", "There is nothing to correct"),
            Text(
                "Lần nhập được nêu không có dòng sai và không hỏng; không thể gửi tệp sửa cho nó.",
                "The import that is named has no faults and hasn't failed, so no file can correct it.",
            ),
            Text("Hãy gửi tệp thành một lần nhập mới.", "Bring the file as an import of its own."),
        ),
        "import_not_applied": ProblemText(
            409,
            Text("Lần nhập này chưa được áp dụng", "This import wasn't applied"),
            Text("Lần nhập này chưa tạo ra gì để ngừng.", "It has made nothing that could be deactivated."),
            Text("Hãy xem tình trạng của lần nhập.", "Look at its status."),
        ),
        "import_overtaken": ProblemText(
            409,
            Text("Dữ liệu đã thay đổi từ lúc kiểm tra", "Things changed since it was checked"),
            Text(
                "Có dòng không còn như lúc kiểm tra; chưa có gì được ghi.",
                "Some rows no longer stand as they were checked; nothing was written.",
            ),
            Text(
                "Hãy xem các dòng được nêu rồi bấm “Kiểm tra lại”, hoặc gửi tệp đã sửa.",
                "Look at the rows that are named and have the file checked again, or send a corrected one.",
            ),
        ),
        "import_rights_gone": ProblemText(
            403,
            Text("Không còn quyền nhập", "No right to import any more"),
            Text(
                "Phiên đăng nhập hoặc quyền nhập của người gửi đã hết trước khi xong việc; chưa có gì được ghi.",
                "The session or the role of whoever sent it ended before it was done; nothing was written.",
            ),
            Text("Hãy đăng nhập lại rồi gửi lại tệp.", "Sign in again and send the file again."),
        ),
        "import_file_gone": ProblemText(
            410,
            Text("Tệp đã được xóa", "The file is gone"),
            Text(
                "Tệp và các dòng của nó chỉ được giữ một thời gian: một năm, danh sách hộ 30 ngày.",
                "A file and its rows are kept for a time only: a year, lists of households 30 days.",
            ),
            Text("Kết quả của lần nhập vẫn còn ở đây.", "What came of the import still stands here."),
        ),
    }
)
register_field_errors(
    {
        "import_phone": Text(
            "Không phải số điện thoại Việt Nam; ghi như 0912 345 678.", "This is no phone number; write 0912 345 678."
        ),
        "import_day": Text(
            "Không phải một ngày; ghi ngày/tháng/năm, như 15/03/2024.", "This is no day; write 15/03/2024."
        ),
        "import_number": Text(
            "Không phải một số; hãy chỉ ghi số, như 63, không kèm chữ hay đơn vị.",
            "This is no number; write the number alone, such as 63, without words or units.",
        ),
        "import_excel_error": Text(
            "Ô này là lỗi của Excel, không phải dữ liệu; hãy sửa công thức hoặc gõ thẳng giá trị vào ô.",
            "Excel shows an error here, not a value; correct the formula, or type the value itself.",
        ),
        "import_whole_number": Text(
            "Phải là một số nguyên; hãy bỏ phần lẻ, như 63.",
            "This must be a whole number; write it without decimals, as 63.",
        ),
        "hamlet_unknown": Text(
            "Không có thôn này ở {commune}[; có phải là “{near}”?]. Hãy sửa tên, hoặc thêm thôn vào trang Thôn.",
            "There is no such hamlet in {commune}[; is it “{near}”?]. Correct it, or add it to the sheet of hamlets.",
        ),
        "hamlet_ambiguous": Text(
            "Có nhiều thôn tên như vậy ({hamlets}); hãy ghi cả loại đứng trước.",
            "Several hamlets are called so ({hamlets}); write the kind before the name.",
        ),
        "team_unknown": Text(
            "{hamlet} không có tổ này[; có phải là “{near}”?]. Hãy sửa tên, hoặc thêm tổ vào trang Tổ.",
            "{hamlet} has no such team[; is it “{near}”?]. Correct it, or add it to the sheet of teams.",
        ),
        "team_unnamed": Text(
            "{hamlet} có {count} tổ; hãy ghi rõ tổ nào.", "{hamlet} has {count} teams; name the one that is meant."
        ),
        "team_dissolved": Text("Tổ này đã giải thể; hãy chọn tổ khác.", "This team was dissolved; choose another one."),
        "phone_taken": Text(
            "Số này đã có người dùng; hãy hỏi lại người này, hoặc báo quản trị cấp trên.",
            "This number is taken; ask the person again, or tell the admin above you.",
        ),
        "phone_two_names": Text(
            "Số này ở dòng {line} là của {name}; mỗi người một số, một tên.",
            "In line {line} this number belongs to {name}; a number has one owner and one name.",
        ),
        "name_elsewhere": Text(
            "Số này đang của {name}, người cũng thuộc địa bàn khác nên không đổi tên ở đây được.",
            "This number is {name}'s, who belongs to other areas too and can't be renamed here.",
        ),
        "person_unknown": Text(
            "Chưa có ai dùng số này; hãy thêm người vào trang Người trước.",
            "Nobody has this number; add the person to the sheet of people first.",
        ),
        "person_inactive": Text(
            "Tài khoản này đã ngừng; hãy mở lại trước khi nhập.", "This account is switched off; switch it on first."
        ),
        "police_prolonged": Text(
            "Vai trò công an xã không gia hạn bằng tệp: hãy giao lại vai trò, người thứ hai xác nhận.",
            "A police officer's role isn't prolonged by a file: give it anew, and have a second person confirm it.",
        ),
        "person_elsewhere": Text(
            "Người này còn thuộc địa bàn khác, nên không ngừng tài khoản ở đây được.",
            "This person belongs to other areas too and can't be switched off here.",
        ),
        "import_oneself": Text(
            "Đây là chính bạn; việc của bạn phải do quản trị viên khác nhập.",
            "This is yourself; what you are is for another admin to enter.",
        ),
        "ends_in_past": Text(
            "Ngày kết thúc đã qua; hãy sửa hoặc bỏ dòng này.", "It has ended; correct it or leave it out."
        ),
        "ends_before_start": Text("Ngày kết thúc phải sau ngày bắt đầu.", "It ends after it begins."),
        "overtaken": Text(
            "Dòng này không còn như lúc kiểm tra; hãy gửi lại tệp để kiểm tra lại.",
            "This row no longer stands as it was checked; send the file again.",
        ),
        "sheet_hidden": Text("Trang này đang ẩn nên bị bỏ qua.", "This sheet is hidden and was left out."),
        "sheet_unknown": Text(
            "Tên trang không nói là gì nên bị bỏ qua; hãy đặt tên trang như trong tệp mẫu.",
            "The name says nothing, so it was left out; name the sheet as in the template.",
        ),
        "sheet_twice": Text(
            "Đã có trang khác cùng loại; trang này bị bỏ qua.", "A second sheet of its kind: left out."
        ),
        "sheet_of_other_kind": Text(
            "Trang này thuộc loại khác với loại đã chọn nên bị bỏ qua.",
            "This sheet is of another kind than the one that was chosen: left out.",
        ),
    }
)
