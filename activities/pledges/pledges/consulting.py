"""What templates, campaigns and pledges look up elsewhere when they are written, and what is written beside them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from accounts.scrubbing import erased_among
from activities.pledges.pledges.agreement import agreed_text
from api.actors import Actor, Statement
from api.jobs import put_all
from api.postgres import ask
from api.records import Known, Made, Wire, record_type
from api.sync import store

HASHING = "pledges.hash"
"""The topic of jobs that hash what waited for a template."""


def _stood(records: Sequence[Wire]) -> dict[str, Wire]:
    """The records as they stood before the write: they come first."""
    return {each["id"]: each for each in reversed(records) if each["version"]}


def for_templates(_: Actor, records: Sequence[Wire]) -> Known:
    """Templates as they stood, and the editions that they supersede."""
    wanted = {each["supersedes_id"] for each in records} - {None}
    rows = ask("SELECT id, edition FROM pledge_template WHERE id = ANY(%s::uuid[])", [store.id_array(wanted)])
    return {"stood": _stood(records), "editions": {str(id): edition for id, edition in rows}}


def for_campaigns(_: Actor, records: Sequence[Wire]) -> Known:
    """The days of which the residents are written down, by campaign and moment."""
    sql = "SELECT DISTINCT campaign_id, moment, day FROM campaign_denominator WHERE campaign_id = ANY(%s::uuid[])"
    frozen: dict[str, dict[str, str]] = {}
    for campaign_id, moment, day in ask(sql, [store.id_array({each["id"] for each in records})]):
        frozen.setdefault(str(campaign_id), {})[moment] = day.isoformat()
    return {"frozen": frozen}


def for_pledges(_: Actor, records: Sequence[Wire]) -> Known:
    """Pledges as they stood, their templates, and which of their households were erased on request."""
    households, areas = {each["household_id"] for each in records} - {None}, {each["area_id"] for each in records}
    return {
        "stood": _stood(records),
        "templates": templates({each["template_id"] for each in records} - {None}),
        "erased": erased_among("household", households, areas),
    }


def templates(ids: set[str]) -> dict[str, Wire]:
    """Templates in wire form, by id. One query."""
    found = store.rows_of(record_type("pledge_template"), [uuid.UUID(each) for each in ids])
    return {each["id"]: each for each in found}


def beside_templates(_: Actor, made: Sequence[Made], __: Known) -> list[Statement]:
    """A template that comes after pledges under it: they are hashed now."""
    new: dict[str, dict[str, str]] = {str(each.id): {} for each in made if each.before is None}
    return [put_all(HASHING, new)] if new else []


def beside_pledges(_: Actor, made: Sequence[Made], known: Known) -> list[Statement]:
    """The agreed text is kept with the pledge, as it was hashed."""
    texts = [
        {"id": each.after["id"], "text": agreed_text(each.after, known["templates"][each.after["template_id"]])}
        for each in made
        if each.after
        and each.after["content_hash"]
        and each.after["content_hash"] != (each.before or {}).get("content_hash")
    ]
    sql = (
        "UPDATE pledge p SET agreed_text = t.text FROM json_to_recordset(%s::json) AS t(id uuid, text text) "
        "WHERE p.id = t.id"
    )
    return [(sql, [store.as_json(texts)])] if texts else []
