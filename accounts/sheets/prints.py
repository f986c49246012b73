"""Sheets for all teams of an area, as a job: asked for, printed piece by piece, fetched with the key told at first."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.areas.tree import below
from accounts.events import record
from accounts.issuing import store_codes
from accounts.models import Area, SheetPrint, Team
from accounts.rights import require_in
from accounts.scoping import SessionActor, make_actor
from accounts.sheets.printing import draw_for, press, printer
from accounts.sheets.sealing import new_keys, seal, unseal
from accounts.sheets.slips import Bundle, bundles_of_teams
from api import jobs
from api.actors import Event
from api.enums import LabelledEnum
from api.ids import uuid7
from api.localtime import now
from api.postgres import ask
from api.press.joining import join
from api.problems import FieldError, Problem

TOPIC = "sheets.print"
MOST_PEOPLE = 20_000
KEPT_FOR = dt.timedelta(hours=24)
_PIECE = 600
# In the order in which one would drive from hamlet to hamlet: by the names of commune and hamlet, then of the team.
_WAITING = f"""
SELECT DISTINCT p.area_id FROM area_placement root JOIN area_placement p ON {below("p", "root.path")}
WHERE root.area_id = %s AND root.valid_to IS NULL AND p.valid_to IS NULL) here
JOIN team t ON t.area_id = here.area_id AND t.deleted_at IS NULL AND t.status = 'active'
JOIN membership m ON m.team_id = t.id AND m.deleted_at IS NULL AND m.starts_at <= statement_timestamp()
  AND (m.ends_at IS NULL OR m.ends_at > statement_timestamp())
JOIN user_account u ON u.id = m.user_id AND u.is_active AND u.password = ''
"""
_PEOPLE = f"SELECT count(DISTINCT u.id) FROM ({_WAITING}"
_TEAMS = f"""
SELECT t.id FROM ({_WAITING} JOIN area a ON a.id = t.area_id LEFT JOIN area c ON c.id = a.parent_id
GROUP BY t.id, a.id, c.id ORDER BY c.name_sort, c.id, a.name_sort, a.id, t.name_fold, t.id
"""


class SheetPrintStatus(LabelledEnum):
    """How far a print is."""

    WAITING = "waiting", "Đang chờ", "Waiting"
    PRINTING = "printing", "Đang in", "Printing"
    READY = "ready", "Đã xong", "Ready"
    FAILED = "failed", "Không in được", "Failed"


@dataclass(frozen=True)
class Asked:
    """A print that was begun, and the key that fetches it, which isn't kept."""

    print: SheetPrint
    key: str


def ask_for_print(*, actor: SessionActor, area_id: uuid.UUID, server: str) -> Asked:
    """Begin to print for all who wait for a first code in the active teams of an area and below, by its admin.

    In the caller's transaction. Raises Problem `not_found`, `forbidden`, `nobody_waiting`, `too_many_sheets`.
    """
    require_in(actor, area_id, {"admin"})
    if not Area.objects.filter(id=area_id, deleted_at=None).exists():
        raise Problem("not_found")
    people = waiting_in(area_id)
    if not people:
        raise Problem("nobody_waiting")
    if people > MOST_PEOPLE:
        raise Problem("too_many_sheets", params={"count": people, "max": MOST_PEOPLE})
    key, public_key = new_keys()
    asked = SheetPrint.objects.create(
        id=uuid7(),
        area_id=area_id,
        user_id=actor.user_id,
        session_id=actor.session_id,
        request_id=actor.request_id,
        server=server,
        public_key=public_key,
        people=people,
        created_at=now(),
    )
    with connection.cursor() as cursor:
        cursor.execute(*jobs.put(TOPIC, str(asked.id)))
    record(_event("sheets.asked", asked), by=actor)
    return Asked(asked, key)


def waiting_in(area_id: uuid.UUID) -> int:
    """How many people of the active teams of an area and below wait for a first code."""
    [[people]] = ask(_PEOPLE, [area_id])
    return int(people)


def find_print(*, actor: SessionActor, print_id: uuid.UUID) -> SheetPrint:
    """One's own print without its content. Raises Problem `not_found`."""
    own = SheetPrint.objects.defer("sealed").filter(id=print_id, user_id=actor.user_id)
    found = own.filter(created_at__gt=now() - KEPT_FOR).first()
    if found is None:
        raise Problem("not_found")
    return found


def fetch_print(*, actor: SessionActor, print_id: uuid.UUID, key: str) -> bytes:
    """The PDF of one's own print, as long as one is the admin there. The look is in the audit trail.

    Raises Problem `not_found`, `forbidden`, `sheets_not_ready`, and `invalid` for another key.
    """
    found = find_print(actor=actor, print_id=print_id)
    require_in(actor, found.area_id, {"admin"})
    if found.status != "ready" or found.sealed is None:
        raise Problem("sheets_not_ready")
    try:
        pdf = unseal(bytes(found.sealed), key)
    except ValueError:
        raise Problem("invalid", errors=[FieldError("/key", "sheets_key")]) from None
    record(_event("sheets.fetched", found), by=actor)
    return pdf


@jobs.handler(TOPIC, lease_s=900)
def print_sheets(job: jobs.Job) -> None:
    """Draw, press and store, piece by piece; begun anew, all codes are drawn anew. A refusal is kept, not repeated."""
    asked = SheetPrint.objects.filter(id=job.key).first()
    if asked is None or asked.status in ("ready", "failed"):
        return
    try:
        _print(job, asked)
    except Problem as problem:
        if problem.status >= 500:
            raise
        SheetPrint.objects.filter(id=asked.id).update(status="failed", problem=problem.code)


def _print(job: jobs.Job, asked: SheetPrint) -> None:
    bundles = _bundles(asked.area_id)
    if not bundles:
        raise Problem("nobody_waiting")
    pdfs, people = [], 0
    for piece in _pieces(bundles):
        pdf, printed = _print_piece(asked, piece)
        pdfs.append(pdf)
        people += printed
        SheetPrint.objects.filter(id=asked.id).update(status="printing", printed=people)
    sealed = seal(join(pdfs), bytes(asked.public_key))
    with transaction.atomic():
        SheetPrint.objects.filter(id=asked.id).update(status="ready", sealed=sealed, ready_at=now(), people=people)
        record(_event("sheets.printed", asked, people=people), by=_asker(asked))
        jobs.finish(job)


def _print_piece(asked: SheetPrint, piece: Sequence[Bundle]) -> tuple[bytes, int]:
    """Some teams, by the rights of this moment; their codes are good at once, so that no transaction is long."""
    actor = _asker(asked)
    require_in(actor, asked.area_id, {"admin"})
    drawn = draw_for(actor, piece)
    pdf = press(piece, drawn, server=asked.server, by=printer(actor))
    with transaction.atomic():
        store_codes(actor=_asker(asked), drawn=drawn)
    return pdf, len(drawn.codes)


def _asker(asked: SheetPrint) -> SessionActor:
    """Who asked, with what they may do now. Raises Problem `session_ended` and `account_inactive`."""
    actor = make_actor(session_id=asked.session_id, user_id=asked.user_id, request_id=asked.request_id)
    if actor is None:
        raise Problem("session_ended")
    return actor


def _bundles(area_id: uuid.UUID) -> list[Bundle]:
    ids = [team_id for (team_id,) in ask(_TEAMS, [area_id])]
    teams = Team.objects.in_bulk(ids)
    return bundles_of_teams([teams[team_id] for team_id in ids])


def _pieces(bundles: Sequence[Bundle]) -> Iterator[list[Bundle]]:
    """As many teams at once as the press takes well."""
    piece: list[Bundle] = []
    for bundle in bundles:
        if piece and sum(len(each.slips) for each in piece) + len(bundle.slips) > _PIECE:
            yield piece
            piece = []
        piece.append(bundle)
    yield piece


def _event(name: str, asked: SheetPrint, **details: object) -> Event:
    return Event(name, area_id=asked.area_id, subject_type="sheet_print", subject_id=asked.id, details=details)
