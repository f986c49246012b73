"""The press itself: turns the data of a template (JSON, standard input) into a PDF (standard output).

It knows no Django, no network and no fonts but ours and those within typst (for the letters of the highlands'
languages), and lives within limits of memory and time: what a name or a number of people makes of it can't harm the
server. What people wrote reaches typst as text, never as markup.
"""

import resource
import sys
from pathlib import Path

MEMORY_BYTES = 1 << 30
CPU_S = 60
_HERE = Path(__file__).parent


def main() -> None:
    """Set what comes in, write what comes out."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    import typst  # under the limits too

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(_HERE / "fonts")])
    compiler = typst.Compiler(sys.argv[1], font_paths=fonts, ignore_system_fonts=True)
    data = sys.stdin.buffer.read().decode()
    pdf = compiler.compile(format="pdf", sys_inputs={"data": data}, pdf_standards="1.4", pdf_tags=False)
    assert isinstance(pdf, bytes)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
