"""Passwords: how they are hashed, checked in the same time whoever asks, and which ones are taken.

NIST SP 800-63B-4: 15 characters where the password stands alone, 8 where an enrolled device stands behind it; a
blocklist, no rules of composition. OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
"""

from functools import cache
from itertools import pairwise

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator

from api.problems import FieldError
from api.text import fold, nfc

ALONE = 15
WITH_DEVICE = 8
_FEWEST_DIFFERENT = 4
_SALT = "0123456789abcdef"


class Argon2idHasher(Argon2PasswordHasher):
    """argon2id at OWASP's minimum."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


_HASHER = Argon2idHasher()

# Short enough to read; the twenty thousand of Django's list stand beside them. Compared without accents and
# trailing digits.
_VIETNAMESE = frozenset(
    "matkhau matkhaucuatoi matkhaumoi doimatkhau quenmatkhau khongnho khongbiet khongcomatkhau anhyeuem emyeuanh "
    "yeuemnhieu yeuanhnhieu anhnhoem emnhoanh vochong giadinh giadinhlaso conyeu conyeucuame meyeucon boyeucon "
    "vietnam vietnamvodich toiyeuvietnam hochiminh hanoi saigon binhthuan lamdong dalat phanthiet thanhpho "
    "congan conganxa conganphuong canhsat matran mattran mattranto mattrantoquoc totuquan tobaove anninh anninhtrattu "
    "tuantra totruong topho totvien truongthon anthon baove dienthoai sodienthoai tinhban banbe xinchao chaoban "
    "nguyenvan nguyenthi tranvan tranthi levan phamvan hoangvan qwerty qwertyuiop asdfghjkl zxcvbnm password "
    "motHaiba mothaibabon mothaibabonnam admin administrator quantri quantrivien".lower().split()
)


def hash_password(password: str) -> str:
    """The form that is stored. Text is normalised first: two keyboards type the same Vietnamese letter differently."""
    return _HASHER.encode(nfc(password), _HASHER.salt())


def check_password(password: str, stored: str) -> bool:
    """Whether it is the password; without a stored one (`""`) as much work is done for a plain no."""
    matches = _HASHER.verify(nfc(password), stored or _nobodys_hash())
    return matches and bool(stored)


@cache
def _nobodys_hash() -> str:
    """What is checked for those who have no account, so that they wait as long."""
    return _HASHER.encode("", _SALT)


def password_faults(password: str, *, phone: str, enrolled: bool, pointer: str = "/password") -> list[FieldError]:
    """What is wrong with a new password; `enrolled` when a device activated by code stands behind it."""
    text = nfc(password)
    least = WITH_DEVICE if enrolled else ALONE
    faults = []
    if len(text) < least:
        faults.append(FieldError(pointer, "password_too_short", {"min": least}))
    national = phone.removeprefix("+84")
    if national in "".join(filter(str.isdigit, text)):
        faults.append(FieldError(pointer, "password_contains_phone"))
    elif _is_common(text):
        faults.append(FieldError(pointer, "password_common"))
    return faults


def _is_common(password: str) -> bool:
    """On a list of common ones (perhaps repeated, or with digits), a row of neighbours, or hardly any letters."""
    text = "".join(fold(password).split())
    if len(set(text)) < _FEWEST_DIFFERENT or all(ord(b) - ord(a) == 1 for a, b in pairwise(text)):
        return True
    half = text[: len(text) // 2] if len(text) % 2 == 0 and text[: len(text) // 2] * 2 == text else text
    candidates = {text, half, text.rstrip("0123456789!@#.*"), half.rstrip("0123456789!@#.*")}
    return any(word in _VIETNAMESE or word in _common_passwords() for word in candidates if word)


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
