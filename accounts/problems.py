"""What can go wrong with accounts and sessions, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

_SIGN_IN = Text(
    "Hãy đăng nhập lại bằng số điện thoại và mật khẩu; dữ liệu chưa gửi vẫn còn trên máy.",
    "Sign in again with phone number and password; what was not sent yet is still on the device.",
)

register_problems(
    {
        "webhooks_too_many": ProblemText(
            409,
            Text("Địa bàn này đã có đủ đăng ký nhận tin", "This area has as many webhooks as it may"),
            Text(
                "Mỗi địa bàn có nhiều nhất[ {max}] đăng ký nhận tin.",
                "An area has at most[ {max}] webhooks.",
            ),
            Text(
                "Hãy xóa một đăng ký không còn dùng rồi tạo lại.",
                "Delete one that is no longer used, then create this one again.",
            ),
        ),
        "request_settled": ProblemText(
            409,
            Text("Việc này đã được ghi với nội dung khác", "This was settled with other content"),
            Text(
                "Yêu cầu hoặc sự cố này đã được ghi kết quả, gia hạn hoặc báo cáo từ trước.",
                "This request or breach was settled, extended or reported before.",
            ),
            Text("Hãy xem bản đang lưu.", "Look at what is stored."),
        ),
        "cannot_erase": ProblemText(
            422,
            Text("Không xóa được từ đây", "This cannot be erased from here"),
            Text(
                "Chỉ yêu cầu xóa nêu rõ một hộ gia đình mới xóa được ngay từ sổ này.",
                "Only a deletion request that names a household is carried out from this register.",
            ),
            Text(
                "Hãy ghi rõ hộ trong yêu cầu xóa; tài khoản thì người vận hành máy chủ xóa.",
                "Name the household in a deletion request; accounts are erased by whoever runs the server.",
            ),
        ),
        "credentials_invalid": ProblemText(
            401,
            Text("Sai số điện thoại hoặc mật khẩu", "Wrong phone number or password"),
            Text(
                "Số điện thoại và mật khẩu này không khớp với tài khoản nào.",
                "This phone number and password belong to no account.",
            ),
            Text(
                "Hãy xem lại cả hai rồi thử lại; nếu quên mật khẩu, xin tổ trưởng hoặc quản trị viên mã kích hoạt mới.",
                "Check both and try again; if the password is forgotten, ask the team's leader or an admin for a new "
                "activation code.",
            ),
        ),
        "device_not_enrolled": ProblemText(
            403,
            Text("Máy này chưa được kích hoạt", "This phone is not enrolled"),
            Text(
                "Mật khẩu dưới 15 ký tự chỉ dùng được trên máy đã kích hoạt bằng mã.",
                "A password of under 15 characters works only on a phone that was activated with a code.",
            ),
            Text(
                "Hãy xin tổ trưởng hoặc quản trị viên mã kích hoạt rồi kích hoạt máy này.",
                "Ask the team's leader or an admin for an activation code and activate this phone.",
            ),
        ),
        "too_many_attempts": ProblemText(
            429,
            Text("Thử sai quá nhiều lần", "Too many failed attempts"),
            Text(
                "Đã có quá nhiều lần thử không đúng[; còn phải đợi {seconds} giây].",
                "There were too many failed attempts[; {seconds} seconds to wait].",
            ),
            Text(
                "Hãy đợi hết thời gian ấy rồi thử lại; nếu quên mật khẩu, xin mã kích hoạt mới.",
                "Wait until then and try again; if the password is forgotten, ask for a new activation code.",
            ),
        ),
        "code_invalid": ProblemText(
            401,
            Text("Mã kích hoạt không dùng được", "The activation code is not valid"),
            Text(
                "Mã này sai, đã dùng hoặc đã quá 7 ngày.",
                "The code is wrong, was used, or is older than 7 days.",
            ),
            Text(
                "Hãy gõ lại cho đúng; nếu vẫn không được, xin tổ trưởng hoặc quản trị viên mã mới.",
                "Type it again; if it still does not work, ask the team's leader or an admin for a new one.",
            ),
        ),
        "refresh_invalid": ProblemText(
            401,
            Text("Mã làm mới không dùng được", "The refresh token is not valid"),
            Text(
                "Mã làm mới sai hoặc không thuộc về máy này.",
                "The refresh token is malformed, or does not belong to this device.",
            ),
            _SIGN_IN,
        ),
        "refresh_reused": ProblemText(
            401,
            Text("Mã làm mới đã dùng từ trước", "The refresh token was used before"),
            Text(
                "Một mã cũ được dùng lại quá muộn, có thể do người khác giữ; "
                "phiên đã được kết thúc để bảo vệ tài khoản.",
                "An old token came again too late, so someone else may hold it; "
                "the session was ended to protect the account.",
            ),
            _SIGN_IN,
        ),
        "session_ended": ProblemText(
            401,
            Text("Phiên đăng nhập đã kết thúc", "The session has ended"),
            Text(
                "Phiên này đã đăng xuất, bị thay bằng phiên khác hoặc quá 60 ngày không dùng.",
                "The session was signed out, replaced by another one, or not used for 60 days.",
            ),
            _SIGN_IN,
        ),
        "nobody_waiting": ProblemText(
            409,
            Text("Không có ai đang chờ kích hoạt", "Nobody waits for a code"),
            Text(
                "Ở đây ai cũng đã kích hoạt, hoặc chưa có ai trong tổ.",
                "Everybody here is activated already, or there are no members yet.",
            ),
            Text(
                "Nếu ai đó mất điện thoại hoặc quên mật khẩu, hãy in phiếu cho riêng người ấy.",
                "If somebody lost the phone or forgot the password, print a sheet for that person.",
            ),
        ),
        "too_many_sheets": ProblemText(
            409,
            Text("Quá nhiều phiếu cho một lần in", "Too many slips for one print"),
            Text(
                "Ở đây có {count} người đang chờ, mỗi lần in nhiều nhất {max}.",
                "Here {count} people wait; one print takes {max} at most.",
            ),
            Text("Hãy in cho từng xã.", "Print the communes one by one."),
        ),
        "sheets_not_ready": ProblemText(
            409,
            Text("Phiếu chưa in xong", "The sheets are not ready"),
            Text(
                "Phiếu đang được in, in không thành, hoặc đã quá 24 giờ.",
                "They are being printed, could not be printed, or are older than 24 hours.",
            ),
            Text(
                "Hãy xem trạng thái của lần in; nếu không thành hoặc quá hạn, in lại.",
                "Look at the print's status; if it failed or is too old, print anew.",
            ),
        ),
        "team_dissolved": ProblemText(
            409,
            Text("Tổ này đã giải thể", "The team was dissolved"),
            Text(
                "Tổ đã giải thể không nhận thêm người và không sửa được nữa.",
                "A dissolved team takes in nobody and changes no more.",
            ),
            Text("Hãy chọn tổ khác, hoặc lập tổ mới.", "Choose another team, or found a new one."),
        ),
        "second_person_needed": ProblemText(
            403,
            Text("Cần người thứ hai xác nhận", "A second person is needed"),
            Text(
                "Người đề nghị, hoặc người được trao quyền, không tự xác nhận được.",
                "Whoever proposed the role, or is to have it, cannot confirm it.",
            ),
            Text(
                "Hãy nhờ một quản trị viên khác, hoặc công an cấp trên, xác nhận.",
                "Ask another admin, or the police of the area above, to confirm it.",
            ),
        ),
        "otp_required": ProblemText(
            401,
            Text("Cần mã xác thực", "A one-time code is needed"),
            Text(
                "Mật khẩu đúng; tài khoản này còn cần mã 6 số của ứng dụng xác thực.",
                "The password is right; this account also needs the six digits of its authenticator app.",
            ),
            Text(
                "Hãy mở ứng dụng xác thực, gõ mã đang hiện; nếu mất ứng dụng, gõ một mã khôi phục.",
                "Open the authenticator app and type the code that it shows; without the app, type a recovery code.",
            ),
        ),
        "otp_invalid": ProblemText(
            401,
            Text("Mã xác thực không đúng", "The one-time code is not valid"),
            Text(
                "Mã này sai, đã hết hạn hoặc đã dùng rồi; mỗi mã chỉ dùng được một lần.",
                "The code is wrong, too old or was used; each is good once.",
            ),
            Text(
                "Hãy đợi mã mới (30 giây một lần) rồi thử lại, và xem giờ trên máy có đúng không.",
                "Wait for the next one (every 30 seconds) and try again; see that the phone's clock is right.",
            ),
        ),
        "second_factor_required": ProblemText(
            403,
            Text("Cần đăng nhập bằng hai bước", "A sign-in in two steps is needed"),
            Text(
                "Vai trò quản trị viên và công an chỉ dùng được khi đăng nhập có mã xác thực.",
                "The roles of admins and police hold only in sessions that were opened with a one-time code.",
            ),
            Text(
                "Nếu chưa có, hãy bật mã xác thực trong tài khoản của bạn; nếu đã có, hãy đăng nhập lại và gõ mã.",
                "Set one-time codes up in your account if you have none; if you have, sign in again with a code.",
            ),
        ),
        "second_factor_exists": ProblemText(
            409,
            Text("Tài khoản đã có mã xác thực", "There is a second factor already"),
            Text("Tài khoản này đang dùng mã xác thực.", "One-time codes are in use for this account."),
            Text(
                "Nếu muốn đổi sang ứng dụng khác, hãy tắt mã xác thực cũ trước.",
                "To change to another app, take the present one away first.",
            ),
        ),
        "second_factor_missing": ProblemText(
            409,
            Text("Tài khoản chưa có mã xác thực", "There is no second factor"),
            Text("Tài khoản này chưa bật mã xác thực.", "No one-time codes are in use for this account."),
            Text("Hãy bật mã xác thực trước.", "Set them up first."),
        ),
        "export_not_ready": ProblemText(
            409,
            Text("Tệp chưa xong", "The file is not ready"),
            Text("Tệp này đang được viết hoặc không viết được.", "This file is still being written, or failed."),
            Text("Hãy xem tiến độ rồi tải lại khi đã xong.", "See how far it is, and fetch it when it is ready."),
        ),
        "last_admin": ProblemText(
            409,
            Text("Đây là quản trị viên cuối cùng", "This is the last admin"),
            Text("Hệ thống phải luôn còn ít nhất một quản trị viên.", "There must always be at least one admin."),
            Text("Hãy trao quyền quản trị cho người khác trước.", "Make someone else an admin first."),
        ),
    }
)
register_field_errors(
    {
        "address_invalid": Text(
            "Hãy ghi một địa chỉ đầy đủ, như https://trucban.example.vn/anthon, không có tên và mật khẩu.",
            "Give a whole address, as https://dispatch.example.vn/anthon, without name and password.",
        ),
        "address_not_https": Text(
            "Địa chỉ phải bắt đầu bằng https:// để tin đi đường được bảo vệ.",
            "The address must begin with https://, so that what is sent is protected.",
        ),
        "address_private": Text(
            "Địa chỉ này nằm trong mạng riêng; hãy dùng địa chỉ công khai.",
            "This address lies in a private network; use a public one.",
        ),
        "in_the_future": Text("Thời điểm này chưa tới; hãy kiểm tra lại.", "This is yet to come; check it."),
        "password_too_short": Text(
            "Mật khẩu phải có ít nhất {min} ký tự; một câu ngắn dễ nhớ là tốt nhất.",
            "A password has at least {min} characters; a short sentence is best.",
        ),
        "password_common": Text(
            "Mật khẩu này quá dễ đoán; hãy chọn vài từ không liên quan đến nhau.",
            "This password is too easy to guess; choose a few words that have nothing to do with one another.",
        ),
        "password_contains_phone": Text(
            "Mật khẩu không được chứa số điện thoại của bạn.", "A password must not contain your phone number."
        ),
        "password_wrong": Text(
            "Mật khẩu hiện tại không đúng; hãy gõ lại.", "This is not the current password; type it again."
        ),
        "code_letters": Text(
            "Mã kích hoạt không có các ký tự này: {letters}. Hãy nhìn lại tờ giấy và gõ lại.",
            "An activation code has none of these: {letters}. Look at the sheet again and type it anew.",
        ),
        "code_length": Text(
            "Mã kích hoạt có {expected} ký tự, ở đây có {count}; hãy so lại từng nhóm với tờ giấy.",
            "An activation code has {expected} letters, these are {count}; compare each group with the sheet.",
        ),
        "code_mistyped": Text(
            "Mã gõ nhầm một chỗ; hãy so lại từng nhóm với tờ giấy.",
            "One letter of the code was mistyped; compare each group with the sheet.",
        ),
        "sheets_key": Text(
            "Khóa này không mở được lần in; hãy dùng khóa nhận được khi bắt đầu in.",
            "This key does not open the print; use the one that came when it began.",
        ),
        "people_or_team": Text(
            "Hãy nêu danh sách người hoặc một tổ, không phải cả hai.", "Name either the people or a team, not both."
        ),
        "not_member": Text(
            "Người này không ở trong tổ; hãy kiểm tra lại danh sách.",
            "This person does not belong to the team; check the list.",
        ),
        "code_wrong": Text(
            "Mã này sai, đã hết hạn hoặc đã dùng rồi; hãy đợi mã mới rồi gõ lại.",
            "This code is wrong, too old or was used; wait for the next one and type it.",
        ),
        "already_member": Text("Người này đang ở trong tổ rồi.", "This person belongs to the team already."),
        "closed_by_command": Text(
            "Muốn giải thể tổ, hãy dùng lệnh đóng tổ.", "To dissolve a team, use its `close` command."
        ),
        "already_granted": Text("Người này đang giữ vai trò ấy rồi.", "This person holds that role already."),
        "own_account": Text(
            "Không ai tự trao quyền cho mình; hãy nhờ quản trị viên khác.",
            "Nobody gives rights to themself; ask another admin.",
        ),
    }
)
