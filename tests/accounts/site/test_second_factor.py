"""The second step on the admin site: asked for at the door, set up in the house, required where the setting says so."""

from __future__ import annotations

import re

import pytest
from django.conf import LazySettings
from django.test import Client
from django_otp.oath import totp

from accounts.models import SecondFactor
from accounts.site import cookies
from api.keyed import decrypted
from tests.browser import browser
from tests.cast import PASSWORD, Cast, Person

pytestmark = pytest.mark.django_db


def code_of(person: Person) -> str:
    """What the person's app shows now; the step counts as new."""
    factor = SecondFactor.objects.get(user_id=person.user_id)
    SecondFactor.objects.filter(user_id=person.user_id).update(last_step=0)
    return f"{totp(decrypted('totp-secret', person.user_id.bytes, bytes(factor.sealed_secret))):06}"


def set_up(client: Client, person: Person) -> list[str]:
    """By the pages: password, code; the recovery codes."""
    page = client.post("/admin/second_factor/", {"password": PASSWORD}).content.decode()
    assert 'class="an-key"' in page and "<svg" in page
    page = client.post("/admin/second_factor/", {"code": code_of(person)}).content.decode()
    return re.findall(r"[0-9A-Z]{5}-[0-9A-Z]{5}", page)


def test_son_sets_it_up_and_signs_in_with_it(cast: Cast) -> None:
    recovery = set_up(browser(cast.son), cast.son)
    assert len(recovery) == 10
    client = Client()
    asked = client.post("/admin/login/", {"phone": cast.son.phone, "password": PASSWORD})
    assert asked.status_code == 200
    assert 'name="otp"' in asked.content.decode()
    assert PASSWORD not in asked.content.decode()
    assert cookies.VISIT not in asked.cookies
    wrong = client.post("/admin/login/", {"otp": "000000"})
    assert wrong.status_code == 401 and 'name="otp"' in wrong.content.decode()
    right = client.post("/admin/login/", {"otp": code_of(cast.son)})
    assert right.status_code == 302
    assert client.get("/admin/").status_code == 200
    assert client.cookies[cookies.DOORSTEP].value == ""
    other = Client()
    other.post("/admin/login/", {"phone": cast.son.phone, "password": PASSWORD})
    assert other.post("/admin/login/", {"otp": recovery[0]}).status_code == 302


def test_what_waits_at_the_door_is_of_no_use_in_another_browser(cast: Cast) -> None:
    set_up(browser(cast.son), cast.son)
    client, thief = Client(), Client()
    client.post("/admin/login/", {"phone": cast.son.phone, "password": PASSWORD})
    thief.cookies[cookies.DOORSTEP] = client.cookies[cookies.DOORSTEP].value
    assert thief.post("/admin/login/", {"otp": code_of(cast.son)}).status_code == 422


def test_where_it_is_required_an_admin_without_it_is_led_to_setting_it_up(cast: Cast, settings: LazySettings) -> None:
    settings.SECOND_FACTOR = "required"
    client = browser(cast.son)
    answer = client.get("/admin/people/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/second_factor/")
    set_up(client, cast.son)
    assert client.get("/admin/people/").status_code == 200


def test_a_wrong_password_sets_nothing_up(cast: Cast) -> None:
    answer = browser(cast.son).post("/admin/second_factor/", {"password": "không phải"})
    assert answer.status_code == 422
    assert not SecondFactor.objects.exists()


def test_son_takes_lans_away_when_she_lost_the_app(cast: Cast) -> None:
    set_up(browser(cast.lan), cast.lan)
    page = browser(cast.son).get(f"/admin/people/{cast.lan.user_id}/").content.decode()
    assert f"/admin/people/{cast.lan.user_id}/second_factor/" in page
    assert browser(cast.son).post(f"/admin/people/{cast.lan.user_id}/second_factor/").status_code == 302
    assert not SecondFactor.objects.exists()
