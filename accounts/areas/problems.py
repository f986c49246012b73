"""What can be wrong with a change of areas or with a list of hamlets, in Vietnamese and English."""

from api.problems import Text, register_field_errors

register_field_errors(
    {
        "area_unknown": Text(
            "Không có địa bàn này; hãy kiểm tra lại mã.", "There is no such area; check the id or code."
        ),
        "area_not_there": Text(
            "Ngày {on} địa bàn này không tồn tại; hãy chọn ngày khác hoặc địa bàn khác.",
            "This area did not exist on {on}; choose another day or another area.",
        ),
        "area_changed_later": Text(
            "Địa bàn này, hoặc nơi thuộc về nó, đã thay đổi từ ngày {since}; hãy chọn ngày sau đó.",
            "This area, or one below it, changed on {since}; choose a later day.",
        ),
        "area_in_future": Text(
            "Ngày này chưa đến; hãy nhập thay đổi từ ngày nó có hiệu lực.",
            "This day has not come yet; enter the change once it holds.",
        ),
        "area_level": Text(
            "Cấp này không thể nằm ngay dưới địa bàn đã chọn[; cần: {expected}].",
            "An area of this level can't hang right below the chosen one[; expected: {expected}].",
        ),
        "area_twice": Text(
            "Trong địa bàn này đã có {name}; hãy dùng địa bàn sẵn có hoặc đặt tên khác.",
            "There already is {name} in this area; use that one, or another name.",
        ),
        "area_code_taken": Text(
            "Mã này đang thuộc về {name}; hãy kiểm tra lại mã.", "This code belongs to {name} now; check the code."
        ),
        "too_few_areas": Text("Cần ít nhất hai địa bàn.", "This takes two areas at least."),
        "area_ends_before_it_begins": Text(
            "Ngày kết thúc phải sau ngày bắt đầu.", "An area ends after the day that it began."
        ),
        "area_not_below": Text(
            "Địa bàn này không nằm ngay dưới địa bàn bị chia.", "This area does not hang right below the one that ends."
        ),
        "shares_sum": Text(
            "Các tỷ lệ phải cùng có hoặc cùng không, và cộng lại bằng 1.",
            "Give a share to every part or to none, and let them add up to 1.",
        ),
        "default_successor": Text(
            "Hãy chọn đúng một phần làm nơi kế thừa chính.", "Choose exactly one part as the default successor."
        ),
        "column_missing": Text(
            "Thiếu cột {column}; dòng đầu phải có tên các cột.",
            "The column {column} is missing; the first line names the columns.",
        ),
        "column_unknown": Text(
            "Không hiểu cột “{column}”; hãy bỏ đi hoặc sửa tên.",
            "There is no column “{column}”; leave it out or correct its name.",
        ),
        "column_twice": Text(
            "Cột {column} có hai lần; hãy bỏ một trong hai.", "The column {column} is there twice; leave one out."
        ),
        "hamlet_kind": Text(
            "Không rõ đây là thôn, ấp hay tổ dân phố; hãy ghi loại ở cột “loại” hoặc trước tên. Các loại: {choices}.",
            "What kind of hamlet is this? Write it in the column “kind” or before the name. Kinds: {choices}.",
        ),
        "former_commune": Text(
            "Xã cũ {code} không có, hoặc không thành một phần của xã {commune}; hãy kiểm tra hoặc để trống.",
            "There was no former commune {code} that became part of {commune}; check it, or leave it empty.",
        ),
        "commune_unknown": Text(
            "Hiện không có xã, phường, đặc khu nào mang mã {code}; mã trước ngày 1/7/2025 ghi ở cột “mã xã cũ”.",
            "No commune has the code {code} today; codes from before 1 July 2025 go to “former_commune_code”.",
        ),
        "row_twice": Text(
            "Dòng này lặp lại dòng {line}; hãy bỏ một trong hai.", "This repeats line {line}; leave one of them out."
        ),
        "row_cells": Text(
            "Dòng này có {count} ô, dòng đầu có {expected}; có thể thừa dấu phân cách.",
            "This line has {count} cells, the first has {expected}; there may be a stray separator.",
        ),
    }
)
