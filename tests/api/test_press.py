"""The press: what a template makes of data, within its limits, in letters that Vietnamese needs."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import api.press
from api.press import printed, square_code
from api.problems import Problem

TEMPLATE = """#let data = json(bytes(sys.inputs.data))
#set page(paper: "a4")
#text(font: "Be Vietnam Pro", data.text)
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "một trang.typ"
    path.write_text(TEMPLATE)
    return path


def test_a_page_comes_out_and_what_people_wrote_is_text_whatever_it_looks_like(template: Path) -> None:
    assert printed(template, {"text": '#eval("1") $x$ Phố Nguyễn Huệ'}).startswith(b"%PDF-1.4")


def test_a_template_that_fails_is_503_and_tells_nothing_of_what_was_to_be_printed(template: Path) -> None:
    with pytest.raises(Problem) as failed:
        printed(template, {"name": "Lan"})
    assert (failed.value.code, "Lan" in str(vars(failed.value))) == ("unavailable", False)


def test_where_others_print_one_waits_a_moment_and_is_told_to_come_again(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many ask, so many processes run; and a machine that can't start one says so."""
    begun: list[object] = []

    def start(*asked: object, **_: object) -> None:
        begun.append(asked)
        with pytest.raises(Problem) as refused:
            printed(template, {})
        assert refused.value.code == "unavailable"
        raise OSError("no memory to start it")

    monkeypatch.setattr(api.press, "_places", threading.BoundedSemaphore(1))
    monkeypatch.setattr(api.press, "WAIT_S", 0.01)
    monkeypatch.setattr(subprocess, "run", start)
    for _ in range(2):
        with pytest.raises(Problem) as failed:
            printed(template, {})
        assert failed.value.code == "unavailable"
    assert len(begun) == 2


@pytest.mark.parametrize(("pages", "succeeds"), [(1, True), (800, False)])
def test_the_press_works_within_its_memory(template: Path, pages: int, succeeds: bool) -> None:
    """What would take more than the limit ends the press, not the machine."""
    template.write_text(f"#for page in range({pages}) [#lorem(200) #pagebreak()]")
    run = "from api.press import __main__ as press; press.MEMORY_BYTES = 1 << 27; press.main()"
    done = subprocess.run(
        [sys.executable, "-c", run, str(template)],
        input=b"{}",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode == 0) is succeeds


def test_every_letter_of_vietnamese_is_in_the_fonts() -> None:
    letters = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵfjwz"
    wanted = {ord(letter) for letter in letters + letters.upper() + "0123456789 .,·–-:/()’"}
    for weight in (400, 600, 700):
        font = TTFont(Path(api.press.__file__).parent / "fonts" / f"BeVietnamPro-{weight}.ttf")
        assert wanted <= set(font.getBestCmap())


def test_a_square_code_is_square_and_of_two_colours() -> None:
    code = square_code("https://anthon.lamdong.example/v1/pledges/1/verify")
    cells = code["cells"]
    assert isinstance(cells, list) and isinstance(code["size"], int)
    assert len(cells) == code["size"] ** 2 and set(cells) == {0, 255}
