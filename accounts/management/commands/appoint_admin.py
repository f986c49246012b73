"""`manage.py appoint_admin`: the first admin of a system, and one when nobody is left who could help.

Everybody else is taken in by an admin. Here the owner of the machine acts, and the trail says so.
"""

import uuid
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import QuerySet

from accounts import second_factor
from accounts.areas.names import KINDS, AreaLevel, Name
from accounts.grants import give_grant
from accounts.issuing import IssuedCode, issue_code
from accounts.models import Area, Grant, User
from accounts.phones import normalise_phone
from accounts.scoping import SystemActor
from accounts.users import create_user
from api.problems import Problem
from api.problems.render import body
from api.text import fold, nfc

COUNTRY = "all"


class Command(BaseCommand):
    help = (
        "Make somebody an admin of areas and tell the code that activates the account on the site (/admin) or a phone. "
        "Run again, it gives only what is missing; --lost helps an admin who lost phone, password or one-time codes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone", help="as people write it: 0912 345 678")
        parser.add_argument("--name", help="full name, for an account that isn't there yet")
        parser.add_argument(
            "--area",
            action="append",
            default=[],
            help=(
                "name (accents may be missing), code or id of a province, commune or hamlet; may be repeated; "
                f"{COUNTRY!r}: every province"
            ),
        )
        parser.add_argument(
            "--lost", action="store_true", help="end the sessions, take the one-time codes away and tell a new code"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(
        self, *, phone: str, name: str | None, area: list[str], lost: bool, dry_run: bool, **options: Any
    ) -> None:
        if not area and not lost:
            raise CommandError(f"--area: say which (a province by its name, or {COUNTRY!r})")
        areas = _areas(area)
        try:
            number = normalise_phone(phone)
            with transaction.atomic():
                user, given, code = _appoint(number, name, areas, lost=lost)
                transaction.set_rollback(dry_run)
        except Problem as problem:
            told = body(problem, "en", "")
            raise CommandError(
                " ".join(error["detail"] for error in told.get("errors", ())) or told["detail"]
            ) from None
        self.stdout.write(f"{user.full_name}, {user.phone}")
        for each in given:
            self.stdout.write(f"  admin of {each.name} from now on")
        if not given:
            self.stdout.write("  holds these roles already" if areas else "  roles stay as they are")
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")
        elif code:
            self.stdout.write(f"Code: {code.code} (once, until {code.expires_at:%Y-%m-%d %H:%M} UTC)")
            self.stdout.write("Next: enter it under /admin/activate/ and choose a password.")


def _appoint(
    phone: str, name: str | None, areas: list[Area], *, lost: bool
) -> tuple[User, list[Area], IssuedCode | None]:
    """The account, the areas that are new to it, and a code if it needs one. In a transaction."""
    actor = SystemActor(reason="appoint_admin")
    user = User.objects.filter(phone=phone).first()
    if user is None:
        if not name or not areas:
            raise CommandError(f"{phone}: nobody has this number yet; say --name and --area")
        user = create_user(actor=actor, phone=phone, full_name=name, area_id=areas[0].id)
    elif not user.is_active:
        raise CommandError(f"{phone}: this account is deactivated; an admin reactivates it")
    held = set(
        Grant.objects.unended().filter(user_id=user.id, role="admin", ends_at=None).values_list("area_id", flat=True)
    )
    given = [area for area in areas if area.id not in held]
    for area in given:
        give_grant(actor=actor, user_id=user.id, role="admin", area_id=area.id)
    if lost:
        second_factor.reset(actor=actor, user_id=user.id)
    needs_one = lost or not user.password
    return user, given, issue_code(actor=actor, user_id=user.id, sessions_too=lost) if needs_one else None


def _areas(told: list[str]) -> list[Area]:
    """The areas that are meant, each once. What several are called must be said by code or id."""
    found: dict[uuid.UUID, Area] = {}
    for text in told:
        meant = list(_standing(level=AreaLevel.PROVINCE)) if text == COUNTRY else _called(text)
        if not meant:
            raise CommandError(f"--area {text}: there is no such area; were the areas loaded (load_areas)?")
        if len(meant) > 1 and text != COUNTRY:
            choices = "\n".join(f"  {area.id}  {area.level}  {area.name}  {area.code}" for area in meant[:20])
            raise CommandError(f"--area {text}: several are called that; say the id of one:\n{choices}")
        found |= {area.id: area for area in meant}
    return list(found.values())


def _called(text: str) -> list[Area]:
    """What an id, a code or a name stands for; of the same name, those of the highest level.

    A name may be written without accents, and with its kind or without; what is written exactly goes first.
    """
    try:
        return list(_standing(id=uuid.UUID(text)))
    except ValueError:
        pass
    levels = (AreaLevel.PROVINCE, AreaLevel.COMMUNE, AreaLevel.HAMLET)
    for known in (_exactly, _roughly):
        for level in levels:
            if meant := list(_standing(level=level, **known(text, level))):
                return meant
    return []


def _exactly(text: str, level: AreaLevel) -> dict[str, Any]:
    return {"code": text} if text.isdigit() else {"name__iexact": nfc(text)}


def _roughly(text: str, level: AreaLevel) -> dict[str, Any]:
    """Without accents; areas are kept so under their kind and name."""
    return {"name_fold__in": [fold(text), *(Name(kind, text).key for kind in KINDS[level])]}


def _standing(**which: Any) -> QuerySet[Area]:
    return Area.objects.filter(valid_to=None, deleted_at=None, **which).order_by("name_sort", "id")
