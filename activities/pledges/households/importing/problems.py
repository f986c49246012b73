"""What can be wrong with a list of households, in Vietnamese and English."""

from api.problems import ProblemText, Text, register_field_errors, register_problems

_LOOK = Text(
    "Hãy xem có phải một hộ không: nếu phải, ghi như hộ đã có hoặc gộp hai hộ sau khi nhập.",
    "Look whether they are one: if so, write it as it stands, or merge the two after the import.",
)
_WHICH = Text(
    "hộ {householder}[, số nhà {house_number}][ (dòng {line})]",
    "the household of {householder}[, house {house_number}][ (line {line})]",
)


def _alike(vi: str, en: str) -> Text:
    return Text(f"{vi} với {_WHICH.vi}. {_LOOK.vi}", f"{en} as {_WHICH.en}. {_LOOK.en}")


register_problems(
    {
        "import_id_numbers": ProblemText(
            422,
            Text("Tệp có số định danh cá nhân", "The file holds citizen ID numbers"),
            Text(
                "Tệp có cột hoặc ô ghi số căn cước (CCCD, CMND). Tệp không được giữ lại và chưa có gì được ghi.",
                "A column or cell of it holds citizen ID numbers. The file wasn't kept, and nothing was written.",
            ),
            Text(
                "Hãy xóa hẳn cột hoặc ô đó, cả ở trang ẩn, rồi gửi lại; số căn cước được ghi riêng ở từng hộ.",
                "Delete that column or cell, in hidden sheets too, and send it again; numbers are set household by "
                "household.",
            ),
        ),
    }
)
register_field_errors(
    {
        "household_hamlet_unknown": Text(
            "Không có thôn này trong địa bàn của lần nhập[; gần giống nhất là “{near}”]. Hãy sửa tên, hoặc ghi cả xã: "
            "Thôn 3, Xã Hồng Thái.",
            "There is no such hamlet in the import's area[; nearest: “{near}”]. Correct it, or name the commune too: "
            "Thôn 3, Xã Hồng Thái.",
        ),
        "household_hamlet_ambiguous": Text(
            "Có nhiều thôn tên như vậy ({hamlets}); hãy ghi cả xã, hoặc mã xã.",
            "Several hamlets are called so ({hamlets}); name the commune too, or its code.",
        ),
        "household_unknown": Text(
            "Không có hộ mang mã này ở thôn đã ghi; hãy để trống ô mã nếu là hộ mới, hoặc tải lại danh sách.",
            "There is no household of this ID in that hamlet; leave it empty for a new one, or download the list anew.",
        ),
        "household_twice": Text(
            "Hộ này đã có ở dòng {line} (cùng thôn, số nhà, chủ hộ). Hãy bỏ một dòng; nếu là hai hộ, hãy ghi số nhà.",
            "Line {line} is this household already (hamlet, house number, householder). Leave one out; if they are "
            "two, write their house numbers.",
        ),
        "household_ambiguous": Text(
            "Có {count} hộ cùng thôn, số nhà và chủ hộ này. Hãy gộp các hộ trùng, hoặc tải danh sách có mã hộ và sửa "
            "ở đó.",
            "{count} households have this hamlet, house number and householder. Merge the doubles, or download the "
            "list with IDs and correct it there.",
        ),
        "house_number_is_day": Text(
            "Excel đã đổi số nhà thành ngày tháng. Hãy định dạng cột là Văn bản (Text) rồi gõ lại, như 12/3.",
            "Excel made a day of the house number. Format the column as text and type it again, such as 12/3.",
        ),
        "household_back": Text(
            "Hộ cùng tên, cùng nhà đã chuyển đi ngày {day}: dòng này lập một hộ mới. Nếu là hộ cũ, hãy ghi ngày "
            "chuyển đi như trên.",
            "A household of this name and house moved out on {day}: this row makes a new one. If it is the old one, "
            "write that day.",
        ),
        "household_alike_phone": _alike("Cùng số điện thoại", "The same phone"),
        "household_alike_house_number": _alike(
            "Cùng số nhà, tên chủ hộ gần giống", "The same house number and much the same name"
        ),
        "household_alike_name": _alike("Cùng tên chủ hộ, thiếu số nhà", "The same name, a house number is missing,"),
    }
)
