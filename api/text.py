"""Text as people type it: NFC on the way in, a folded key to search by, a collation key to sort by."""

import unicodedata

_VIETNAMESE_ORDER = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
_LETTER_MARKS = "\u0302\u0306\u031b"
_MARKS = "".join(_TONES) + _LETTER_MARKS


def nfc(text: str) -> str:
    """The text in Unicode normal form C; ASCII is returned as it is, without a look at the tables."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """The search key: NFD, marks stripped, đ→d, lower case, so that `binh thuan` finds `Bình Thuận`."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    for mark in _MARKS:  # eight searches for the marks of Vietnamese cost a tenth of looking each character up
        plain = plain.replace(mark, "")
    if not plain.isascii():
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.lower()


def sort_key(text: str) -> str:
    """A key that sorts by code point as Vietnamese dictionaries do: letters first (a ă â … d đ e ê), then tones.

    The embedded Postgres has no ICU collations, so the key is computed here and stored.
    """
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", text).lower():
        decomposed = unicodedata.normalize("NFD", char)
        base = unicodedata.normalize("NFC", decomposed[0] + "".join(c for c in decomposed if c in _LETTER_MARKS))
        place = _VIETNAMESE_ORDER.find(base)
        letters.append(f"{place + 0x41:c}" if place >= 0 else (base if base < "A" else f"z{base}"))
        tones.append(str(next((_TONES[c] for c in decomposed if c in _TONES), 0)))
    return "".join(letters) + " " + "".join(tones)
