"""Accounts as services: made, renamed, switched off and on, given passwords. Each writes its audit event."""

import uuid
from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction

from accounts.events import record
from accounts.models import ActivationCode, Grant, Membership, SecondFactor, Session, User
from accounts.names import name_columns
from accounts.passwords import ALONE, check_password, hash_password, password_faults
from accounts.phones import normalise_phone
from accounts.rights import require_in, require_over_user, require_somewhere
from accounts.scoping import SessionActor
from accounts.sessions import end_sessions
from accounts.throttles import charge, password_buckets, refund
from api.actors import Actor, Event
from api.ids import uuid7
from api.localtime import now
from api.problems import FieldError, Problem
from api.sync.changes import Change
from api.sync.engine import write
from api.text import nfc

_ADMINS_LOCK = "SELECT pg_advisory_xact_lock(hashtext('the last admin'))"


def create_user(
    *,
    actor: Actor,
    phone: str,
    full_name: str,
    locale: str = "vi",
    area_id: uuid.UUID | None = None,
    password: str | None = None,
    id: uuid.UUID | None = None,
) -> User:
    """An account that belongs to an area, by an admin of it. Without a password it waits for its activation code.

    Raises Problem `invalid` for a phone that isn't one or is taken, and for a password that is too weak to stand alone;
    `not_found` and `forbidden` for the area.
    """
    if area_id is None:
        require_somewhere(actor, {"admin"})
    else:
        require_in(actor, area_id, {"admin"})
    if password is not None and (
        faults := password_faults(password, phone=normalise_phone(phone), name=full_name, enrolled=False)
    ):
        raise Problem("invalid", errors=faults)
    hashed = hash_password(password) if password is not None else ""
    return add_account(
        actor=actor, phone=phone, full_name=full_name, locale=locale, area_id=area_id, password=hashed, id=id
    )


def add_account(
    *,
    actor: Actor,
    phone: str,
    full_name: str,
    locale: str = "vi",
    area_id: uuid.UUID | None = None,
    password: str = "",
    made_of: bytes | None = None,
    id: uuid.UUID | None = None,
) -> User:
    """The account itself; whoever calls has made sure that the actor may. `password` is hashed already.

    Raises Problem `invalid` for a phone that isn't one or is taken, `already_exists` for an id that is taken.
    """
    user = User(
        id=id or uuid7(),
        phone=normalise_phone(phone),
        password=password,
        **name_columns(full_name),
        locale=locale,
        area_id=area_id,
        made_of=made_of,
        created_at=now(),
    )
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            if User.objects.filter(id=user.id).exists():
                raise Problem("already_exists") from None
            raise Problem("invalid", errors=[FieldError("/phone", "already_exists")]) from None
        _record(actor, "user.created", user.id, user.area_id)
    return user


def change_user(
    *,
    actor: Actor,
    user_id: uuid.UUID,
    full_name: str | None = None,
    locale: str | None = None,
    phone: str | None = None,
) -> None:
    """Another name, language or phone number, by an admin; what is None or as it was stays. It ends no session.

    Raises Problem `not_found`, `forbidden`, and `invalid` for a phone that isn't one or is taken.
    """
    require_over_user(actor, user_id)
    number = normalise_phone(phone) if phone is not None else None
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(id=user_id)
        if full_name is not None and name_columns(full_name)["full_name"] != user.full_name:
            rename_user(actor=actor, user_id=user_id, full_name=full_name)
        if locale is not None and locale != user.locale:
            User.objects.filter(id=user_id).update(locale=locale)
            _record(actor, "user.locale_changed", user_id, user.area_id)
        if number is not None and number != user.phone:
            try:
                with transaction.atomic():
                    User.objects.filter(id=user_id).update(phone=number)
            except IntegrityError:
                raise Problem("invalid", errors=[FieldError("/phone", "already_exists")]) from None
            _record(actor, "user.phone_changed", user_id, user.area_id)


def rename_user(*, actor: Actor, user_id: uuid.UUID, full_name: str) -> None:
    """A new name, by an admin; the rosters that phones hold carry it too."""
    require_over_user(actor, user_id)
    columns = name_columns(full_name)
    name = columns["full_name"]
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(id=user_id)
        User.objects.filter(id=user_id).update(**columns)
        memberships = Membership.objects.filter(user_id=user_id, deleted_at=None).exclude(full_name=name)
        changes = [
            Change(
                type="membership",
                id=m.id,
                op="patch",
                area_id=m.area_id,
                data={"full_name": name},
                base_version=m.version,
                system=True,
            )
            for m in memberships.order_by("id")
        ]
        for outcome in write(actor, changes) if changes else ():
            if outcome.status != "gone":  # a membership deleted meanwhile has no name to carry
                outcome.or_raise()
        _record(actor, "user.renamed", user_id, user.area_id)


def deactivate_user(*, actor: Actor, user_id: uuid.UUID) -> None:
    """Switch an account off from its very next request on, by an admin. Nobody switches off the last admin."""
    require_over_user(actor, user_id)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=user_id, is_active=True).first()
        if user is None:
            return
        keep_an_admin(without_users=[user_id])
        User.objects.filter(id=user_id).update(is_active=False, deactivated_at=now())
        end_sessions(user_id=user_id, because="deactivated", by_user_id=actor.user_id, request_id=actor.request_id)
        _record(actor, "user.deactivated", user_id, user.area_id)


def reactivate_user(*, actor: Actor, user_id: uuid.UUID) -> None:
    """Switch an account on again, by an admin; old sessions stay ended, and those that only delivered end too."""
    require_over_user(actor, user_id)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(id=user_id, is_active=False, erased_at=None).first()
        if user is not None:
            User.objects.filter(id=user_id).update(is_active=True, deactivated_at=None)
            end_sessions(user_id=user_id, because="reactivated", by_user_id=actor.user_id, request_id=actor.request_id)
            _record(actor, "user.reactivated", user_id, user.area_id)


def change_password(*, actor: SessionActor, current_password: str, new_password: str) -> None:
    """A new password for oneself; every other session ends. A repeat, because the answer was lost, is no error.

    15 characters, or 8 on a phone that was activated by code. Call it outside a transaction: attempts count
    whatever follows. Raises Problem `invalid` (either password) and `too_many_attempts`.
    """
    user = User.objects.get(id=actor.user_id)
    buckets = password_buckets(user.id)
    charge(buckets)
    if not check_password(current_password, user.password):
        if check_password(new_password, user.password):
            refund(buckets)
            return
        raise Problem("invalid", errors=[FieldError("/current_password", "password_wrong")])
    refund(buckets)
    phones = Session.objects.filter(id=actor.session_id).values("device_id")
    enrolled = (
        ActivationCode.objects.filter(user_id=user.id, device_id__in=phones, purpose="activate").exists()
        or SecondFactor.objects.filter(user_id=user.id, confirmed_at__isnull=False).exists()
    )
    if faults := password_faults(
        new_password, phone=user.phone, name=user.full_name, enrolled=enrolled, pointer="/new_password"
    ):
        raise Problem("invalid", errors=faults)
    hashed = hash_password(new_password)
    with transaction.atomic():
        changed = User.objects.filter(id=user.id, password=user.password).update(
            password=hashed, password_needs_device=len(nfc(new_password)) < ALONE
        )
        if not changed:
            raise Problem("invalid", errors=[FieldError("/current_password", "password_wrong")])
        end_sessions(
            user_id=user.id,
            because="password_changed",
            by_user_id=user.id,
            request_id=actor.request_id,
            except_id=actor.session_id,
        )
        _record(actor, "user.password_changed", user.id, user.area_id)


def keep_an_admin(*, without_users: Sequence[uuid.UUID] = (), without_grants: Sequence[uuid.UUID] = ()) -> None:
    """Raises Problem `last_admin` if these took away the last active admin. Holds until the transaction ends."""
    admins = Grant.objects.holding().filter(role="admin")
    if not (admins.filter(user_id__in=without_users) | admins.filter(id__in=without_grants)).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_ADMINS_LOCK)
    # One whose role has an end date won't be there for ever.
    left = admins.filter(ends_at=None).exclude(user_id__in=without_users).exclude(id__in=without_grants)
    if not User.objects.filter(is_active=True, id__in=left.values("user_id")).exists():
        raise Problem("last_admin")


def _record(actor: Actor, name: str, user_id: uuid.UUID, area_id: uuid.UUID | None) -> None:
    """What was done to an account, told where the person belongs."""
    record(Event(name, area_id=area_id, subject_type="user", subject_id=user_id), by=actor)
