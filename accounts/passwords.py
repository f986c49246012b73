"""Passwords: how they are hashed, checked in the same time whoever asks, and which ones are taken.

NIST SP 800-63B-4: 15 characters where the password stands alone, 8 where an enrolled device stands behind it; a
blocklist, no rules of composition. OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
"""

import base64
import re
from functools import cache
from itertools import pairwise

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator

from accounts.common_words import VIETNAMESE
from api.problems import FieldError
from api.text import fold, nfc

ALONE = 15
WITH_DEVICE = 8
_FEWEST_DIFFERENT = 4
_AROUND = "0123456789!@#$%^&*.,;:-_+=?/ "
_LEET = str.maketrans("013457@$!", "oieastasi")
_DAY = re.compile(
    r"(0?[1-9]|[12]\d|3[01])[./-]?(0?[1-9]|1[0-2])[./-]?(19|20)\d\d|(19|20)\d\d[./-]?[01]\d[./-]?[0-3]\d", re.ASCII
)
_PHONE = re.compile(r"(?:\+?84|0)[35789]\d{8}", re.ASCII)


class Argon2idHasher(Argon2PasswordHasher):
    """argon2id at OWASP's minimum."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


_HASHER = Argon2idHasher()
# What is checked for those who have no account, so that they wait as long: zeros, which no password hashes to.
_NOBODYS = f"argon2$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}$" + "$".join(
    base64.b64encode(raw).decode().rstrip("=") for raw in (bytes(16), bytes(32))
)


def hash_password(password: str) -> str:
    """The form that is stored. Text is normalised first: two keyboards type the same Vietnamese letter differently."""
    return _HASHER.encode(nfc(password), _HASHER.salt())


def check_password(password: str, stored: str) -> bool:
    """Whether it is the password; without a stored one (`""`) as much work is done for a plain no."""
    matches = _HASHER.verify(nfc(password), stored or _NOBODYS)
    return matches and bool(stored)


def password_faults(
    password: str, *, phone: str, enrolled: bool, name: str = "", pointer: str = "/password"
) -> list[FieldError]:
    """What is wrong with a new password of somebody of this name.

    `enrolled` when a second factor, or a device activated by code, stands behind it.
    """
    text = nfc(password)
    least = WITH_DEVICE if enrolled else ALONE
    faults = []
    if len(text) < least:
        faults.append(FieldError(pointer, "password_too_short", {"min": least}))
    national = phone.removeprefix("+84")
    if national in "".join(filter(str.isdigit, text)):
        faults.append(FieldError(pointer, "password_contains_phone"))
    elif _is_common(text, _bare(name)):
        faults.append(FieldError(pointer, "password_common"))
    return faults


def _is_common(password: str, name: str) -> bool:
    """Words of a list or the own name, with whatever around; a day, a phone number; neighbours; hardly any letters."""
    text = _bare(password)
    if len(set(text)) < _FEWEST_DIFFERENT or _DAY.fullmatch(text) or _PHONE.fullmatch(text):
        return True
    steps = {ord(b) - ord(a) for a, b in pairwise(text)}
    if steps in ({1}, {-1}):
        return True
    letters = "".join(filter(str.isalnum, text))
    forms = {form for each in (text, _once(text), letters) for form in (each, each.strip(_AROUND))}
    forms |= {form.translate(_LEET) for form in forms}
    return any(_of_the_list(_once(each), name) for each in forms if each)


def _of_the_list(text: str, name: str) -> bool:
    """One common word, or two in a row."""
    if text in VIETNAMESE or text in _common_passwords() or (name and text == name):
        return True
    return any(text[:cut] in VIETNAMESE and text[cut:] in VIETNAMESE for cut in range(1, len(text)))


def _once(text: str) -> str:
    """What is said several times in a row, said once."""
    again = (text + text).find(text, 1)
    return text[:again]


def _bare(text: str) -> str:
    return "".join(fold(text).split())


@cache
def _common_passwords() -> frozenset[str]:
    return frozenset(CommonPasswordValidator().passwords)
