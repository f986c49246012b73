"""A telephone number as a field: stored in the one form that accounts use, whatever way it was typed."""

from typing import Any

from accounts.phones import normalise_phone
from api.fields import Text
from api.problems import Problem
from api.text import nfc


class PhoneNumber(Text):
    """A phone number of Viet Nam as people type it; written as `+84…`."""

    expected = "a phone number"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 30} | kwargs)

    def canonical(self, value: str) -> str:
        try:
            return normalise_phone(nfc(value))
        except Problem as refused:
            raise ValueError("no phone number") from refused

    def fault(self, value: Any) -> tuple[Any, ...]:
        code, *params = super().fault(value)
        return ("invalid_phone",) if code == "invalid_format" else (code, *params)
