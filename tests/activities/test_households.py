"""Households: who writes them, and what is refused."""

from api.ids import uuid7
from tests.activities.conftest import Send
from tests.cast import Cast


def test_lan_registers_a_household_and_it_is_found_without_accents(cast: Cast, send: Send):
    made = send(cast.lan, "household", uuid7(), house_number="12/3 Ngõ Đình", phone="0912 345 678")
    assert made.status == "applied"
    assert made.record["phone"] == "+84912345678"
