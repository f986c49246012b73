"""The first admin of a system, and the last one who lost everything: helped by whoever owns the machine."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Area, AuditEvent, Grant, SecondFactor, User
from api.localtime import now
from tests.accounts.phone import Phone
from tests.cast import PASSWORD, Cast, add_area

pytestmark = pytest.mark.django_db
NUMBER = "0912 000 111"


def appoint(*arguments: str) -> str:
    told = io.StringIO()
    call_command("appoint_admin", *arguments, stdout=told)
    return told.getvalue()


def code_in(told: str) -> str:
    found = re.search(r"Code: (\S+)", told)
    assert found
    return found[1]


def roles() -> list[tuple[str, str]]:
    user = User.objects.get(phone="+84912000111")
    return [(grant.role, str(grant.area_id)) for grant in Grant.objects.filter(user_id=user.id)]


def test_the_first_admin_activates_and_takes_people_in(cast: Cast, phone: Phone) -> None:
    told = appoint(NUMBER, "--name", "Phạm Thị Đầu", "--area", str(cast.province))
    assert phone.activate(code_in(told)).status == 200
    assert {grant["role"] for grant in phone.get("/v1/me").body["grants"]} == {"admin"}
    taken_in = phone.post(
        "/v1/users", {"phone": "0912000222", "full_name": "Lê Văn Hai", "area_id": str(cast.hamlets[0])}
    )
    assert taken_in.status == 201
    assert AuditEvent.objects.filter(name="grant.given", details__reason="appoint_admin").exists()


def test_again_changes_nothing_and_tells_no_code_once_activated(cast: Cast, phone: Phone) -> None:
    told = appoint(NUMBER, "--name", "Phạm Thị Đầu", "--area", str(cast.province))
    phone.activate(code_in(told))
    before = roles()
    assert "Code" not in appoint(NUMBER, "--area", str(cast.province))
    assert roles() == before


def test_a_dry_run_writes_nothing(cast: Cast) -> None:
    assert "nothing was written" in appoint(NUMBER, "--name", "A", "--area", str(cast.province), "--dry-run")
    assert not User.objects.filter(phone="+84912000111").exists()


def test_areas_are_known_by_name_and_by_all(cast: Cast) -> None:
    province = Area.objects.get(id=cast.province)
    appoint(NUMBER, "--name", "A B", "--area", province.name.lower(), "--area", "all")
    provinces = Area.objects.filter(level="province", valid_to=None)
    assert sorted(roles()) == sorted(("admin", str(area.id)) for area in provinces)


@pytest.mark.parametrize("name", ["Lam Dong", "lam đong", "tỉnh Lâm Đồng", "TINH LAM DONG"])
def test_a_name_is_found_without_accents_and_with_its_kind_or_without(cast: Cast, name: str) -> None:
    appoint(NUMBER, "--name", "A B", "--area", name)
    assert roles() == [("admin", str(cast.province))]


def test_what_is_written_exactly_goes_before_what_merely_sounds_so(cast: Cast) -> None:
    accented, plain = (add_area("commune", "commune", name, cast.province) for name in ("Bà Tri", "Ba Tri"))
    appoint(NUMBER, "--name", "A B", "--area", "Ba Tri", "--area", "Bà Tri")
    assert sorted(roles()) == sorted(("admin", str(area)) for area in (accented, plain))
    with pytest.raises(CommandError, match="several"):
        appoint(NUMBER, "--area", "xa ba tri")


def test_who_lost_everything_gets_a_code_and_is_rid_of_the_old_codes(cast: Cast, phone: Phone) -> None:
    SecondFactor.objects.create(
        user_id=cast.son.user_id, sealed_secret=b"-", created_at=now(), confirmed_at=now(), last_step=0
    )
    phone.sign_in(cast.son)
    told = appoint(cast.son.phone, "--lost")
    assert not SecondFactor.objects.filter(user_id=cast.son.user_id).exists()
    assert phone.get("/v1/me").status == 401
    assert Phone().activate(code_in(told), PASSWORD).status == 200


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((NUMBER,), "--area"),
        ((NUMBER, "--area", "all"), "--name"),
        ((NUMBER, "--name", "A", "--area", "Atlantis"), "no such area"),
        (("12", "--name", "A", "--area", "all"), "number"),
    ],
)
def test_what_is_missing_is_named_and_nothing_written(cast: Cast, arguments: tuple[str, ...], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        appoint(*arguments)
    assert not User.objects.filter(phone="+84912000111").exists()
