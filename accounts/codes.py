"""Activation codes: eleven letters that a leader reads out and a member types, kept only as a keyed hash.

The letters are those that nobody takes for one another, and without vowels, D and W, of which a Vietnamese keyboard
(Telex) would make others: `AS` becomes `Á`, `DD` becomes `Đ`, `W` becomes `Ư`. There are 23, a prime, so the one
check letter tells every single wrong letter and every two that changed places.
"""

import re
import secrets

from api.keyed import keyed_hash
from api.problems import FieldError, Problem
from api.text import nfc

ALPHABET = "23456789BCFGHJKMNPQRTVX"
LENGTH = 11
_GROUPS = (4, 8)
_DECORATION = re.compile(r"[\s\-\u2010-\u2015\u2212.,_]+")
# Codes given out before there was a check letter: twelve of Crockford's base 32, good for the week that they had.
_EARLIER = re.compile(r"[0-9A-HJKMNP-TV-Z]{12}")
_MISREAD = str.maketrans("OIL", "011")


def new_code() -> str:
    """45 random bits and a check letter as `7K3M-9QX2-C4T`; guesses are few a minute and the code lives for a week."""
    drawn = [secrets.randbelow(len(ALPHABET)) for _ in range(LENGTH - 1)]
    check = -_weighed(drawn) * pow(LENGTH, -1, len(ALPHABET)) % len(ALPHABET)
    letters = "".join(ALPHABET[value] for value in (*drawn, check))
    return "-".join((letters[: _GROUPS[0]], letters[_GROUPS[0] : _GROUPS[1]], letters[_GROUPS[1] :]))


def code_hash(text: str, pointer: str = "/code") -> bytes:
    """What is stored and looked up, the same for `7k3m 9qx2 c4t` as for the code in its tidy form.

    Raises Problem `invalid` for what can't be a code, and says how it was mistyped; that takes no look at any table.
    """
    letters = _DECORATION.sub("", nfc(text)).upper()
    earlier = letters.translate(_MISREAD)
    if _EARLIER.fullmatch(earlier):
        return _hash(earlier)
    if fault := _fault(letters, pointer):
        raise Problem("invalid", errors=[fault])
    return _hash(letters)


def _fault(letters: str, pointer: str) -> FieldError | None:
    if strange := sorted(set(letters) - set(ALPHABET)):
        return FieldError(pointer, "code_letters", {"letters": " ".join(strange[:5])})
    if len(letters) != LENGTH:
        return FieldError(pointer, "code_length", {"expected": LENGTH, "count": len(letters)})
    if _weighed([ALPHABET.index(letter) for letter in letters]):
        return FieldError(pointer, "code_mistyped")
    return None


def _weighed(values: list[int]) -> int:
    """The sum of the letters' values, each times its place: 0 for a whole code."""
    return sum(place * value for place, value in enumerate(values, 1)) % len(ALPHABET)


def _hash(letters: str) -> bytes:
    return keyed_hash("activation-code", letters.encode())
