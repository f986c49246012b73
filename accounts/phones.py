"""Phone numbers as people type them, brought to the one form that is stored: E.164 with +84."""

import re

from api.problems import FieldError, Problem

_DECORATION = re.compile(r"[\s.()\-\u2010-\u2015]+")
# The part after the country code. Which prefixes exist changes too often to be a rule here.
_NATIONAL = re.compile(r"(?:\+84|0084|84(?=[0-9]{8,10}$)|0)([1-9][0-9]{7,9})", re.ASCII)


def normalise_phone(text: str, pointer: str = "/phone") -> str:
    """`0912 345 678`, `84912345678` and `+84 912.345.678` are all `+84912345678`; anything else: Problem `invalid`."""
    match = _NATIONAL.fullmatch(_DECORATION.sub("", text))
    if match is None:
        raise Problem("invalid", errors=[FieldError(pointer, "invalid_phone")])
    return f"+84{match[1]}"
