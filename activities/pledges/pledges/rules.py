"""What must be true of templates, campaigns and pledges, and what follows from them. Pure functions of wire forms.

`known` is what `consulting` read: records as they stood (`stood`), templates, editions, days that are frozen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from activities.pledges.models.pledges import AGREED, PledgeMethod, PledgeStatus, SignerType, TemplateStatus
from activities.pledges.pledges.agreement import agreed_text, sha256
from activities.pledges.pledges.serializers import MOST_POINTS
from api.actors import Actor
from api.localtime import local_day
from api.problems import FieldError
from api.records import Known, Wire
from api.text import fold

WORDS = ("title", "clauses", "topics", "language", "supersedes_id")
"""What never changes in a template that was issued."""

SIGNED_TO = (
    "template_id", "signer_type", "signer_name", "method", "signature", "scan_media_id", "witness_name", "signed_on",
    "expires_on",
)  # fmt: skip
"""What never changes in a pledge that was signed; its household only follows a merge."""

_WITHDRAWN = ("withdrawn_on", "withdrawal_note")
_NOT_YET = frozenset({PledgeMethod.OTP.value, PledgeMethod.DIGITAL_SIGNATURE.value})
_FLAGS = frozenset({"template_unknown", "template_not_issued", "template_out_of_period", "scan_missing", "future"})


# Templates and campaigns


def template_faults(template: Wire, known: Known) -> list[FieldError]:
    """An issued template has clauses, keeps its words, and is no draft again."""
    faults = []
    stood = known.get("stood", {}).get(template["id"])
    since, until = template["valid_from"], template["valid_until"]
    if since and until and until < since:
        faults.append(FieldError("/valid_until", "ends_before_it_starts"))
    issued = template["status"] != TemplateStatus.DRAFT
    if issued and not template["clauses"]:
        faults.append(FieldError("/clauses", "too_few_items", {"min": 1}))
    if stood is not None and stood["status"] != TemplateStatus.DRAFT:
        faults += [FieldError(f"/{name}", "template_issued") for name in WORDS if template[name] != stood[name]]
        if not issued:
            faults.append(FieldError("/status", "template_issued"))
    return faults


def derive_template(template: Wire, known: Known) -> Wire:
    """One edition more than what it supersedes."""
    if template["edition"]:
        return {}
    before = known.get("editions", {}).get(template["supersedes_id"], 0)
    return {"edition": before + 1}


def template_columns(template: Wire) -> Wire:
    """What a template, or a campaign, is searched by."""
    return {"title_fold": fold(template["title"])}


def campaign_faults(campaign: Wire, known: Known) -> list[FieldError]:
    """A campaign ends after it starts, and a day whose residents were written down stays that day."""
    faults = []
    if campaign["ends_on"] < campaign["starts_on"]:
        faults.append(FieldError("/ends_on", "ends_before_it_starts"))
    frozen = known.get("frozen", {}).get(campaign["id"], {})
    for moment, name in (("start", "starts_on"), ("end", "ends_on")):
        if moment in frozen and campaign[name] != frozen[moment]:
            faults.append(FieldError(f"/{name}", "campaign_frozen"))
    return faults


# Pledges


def pledge_faults(pledge: Wire, known: Known) -> list[FieldError]:
    """What is signed says by whom, when and how; and nothing of it changes afterwards."""
    faults = list(_shape_faults(pledge))
    if pledge["household_id"] in known.get("erased", ()):
        faults.append(FieldError("/household_id", "household_erased"))
    stood = known.get("stood", {}).get(pledge["id"])
    if stood is not None and stood["status"] in AGREED:
        faults += [FieldError(f"/{name}", "pledge_signed") for name in SIGNED_TO if pledge[name] != stood[name]]
        if pledge["status"] not in AGREED or PledgeStatus.WITHDRAWN.value == stood["status"] != pledge["status"]:
            faults.append(FieldError("/status", "pledge_signed"))
        if stood["status"] == PledgeStatus.WITHDRAWN:
            faults += [FieldError(f"/{name}", "pledge_signed") for name in _WITHDRAWN if pledge[name] != stood[name]]
    return faults


def _shape_faults(pledge: Wire) -> Iterator[FieldError]:
    if pledge["method"] in _NOT_YET:
        yield FieldError("/method", "not_available")
    if pledge["signer_type"] == SignerType.HOUSEHOLD and pledge["household_id"] is None:
        yield FieldError("/household_id", "required")
    if pledge["renews_id"] == pledge["id"]:
        yield FieldError("/renews_id", "invalid")
    signature = pledge["signature"]
    if signature:
        yield from _stroke_faults(signature["strokes"])
    if pledge["status"] not in AGREED:
        return
    for name in ("signer_name", "signed_on"):
        if pledge[name] is None:
            yield FieldError(f"/{name}", "required")
    if pledge["method"] == PledgeMethod.SCREEN and not (signature and signature["strokes"]):
        yield FieldError("/signature", "signature_missing")
    if pledge["signed_on"] and pledge["expires_on"] and pledge["expires_on"] < pledge["signed_on"]:
        yield FieldError("/expires_on", "ends_before_it_starts")
    withdrawn = pledge["status"] == PledgeStatus.WITHDRAWN
    if withdrawn and pledge["withdrawn_on"] is None:
        yield FieldError("/withdrawn_on", "required")
    if pledge["withdrawn_on"] and not withdrawn:
        yield FieldError("/withdrawn_on", "not_withdrawn")
    if pledge["withdrawn_on"] and pledge["signed_on"] and pledge["withdrawn_on"] < pledge["signed_on"]:
        yield FieldError("/withdrawn_on", "withdrawn_before_signed")
    if pledge["status"] == PledgeStatus.EXPIRED and pledge["expires_on"] is None:
        yield FieldError("/expires_on", "required")


def _stroke_faults(strokes: list[Wire]) -> Iterator[FieldError]:
    points = 0
    for place, stroke in enumerate(strokes):
        points += len(stroke["dx"])
        if not len(stroke["dx"]) == len(stroke["dy"]) == len(stroke["dt_ms"]) or not stroke["dx"]:
            yield FieldError(f"/signature/strokes/{place}", "strokes_uneven")
    if points > MOST_POINTS:
        yield FieldError("/signature/strokes", "too_many_items", {"max": MOST_POINTS})


def was_agreed_to(pledge: Wire) -> bool:
    """Whether it was signed, whatever came after."""
    return pledge["status"] in AGREED


def pledge_allows(_: Actor, before: Wire | None, after: Wire | None) -> bool:
    """Nobody gives what was signed to another household; after a merge the server does."""
    if before is None or after is None or not was_agreed_to(before):
        return True
    return bool(before["household_id"] == after["household_id"])


def derive_pledge(pledge: Wire, known: Known) -> Wire:
    """The hash of what was agreed to, once it is signed and its template known; and what is notable about it."""
    stood = known.get("stood", {}).get(pledge["id"])
    template = known.get("templates", {}).get(pledge["template_id"])
    agreed = pledge["status"] in AGREED and pledge["signed_on"] is not None
    flags = set(pledge["flags"]) - _FLAGS
    if not agreed:
        return {"signed_household_id": None, "content_hash": None, "flags": sorted(flags)}
    derived = {name: pledge[name] for name in ("signed_household_id", "content_hash")}
    if stood is None or stood["status"] not in AGREED:
        derived = {"signed_household_id": pledge["household_id"], "content_hash": None}
    if derived["content_hash"] is None and template is not None:
        derived["content_hash"] = sha256(agreed_text(pledge | derived, template))
    return derived | {"flags": sorted(flags.union(_flags(pledge, template)))}


def _flags(pledge: Wire, template: Wire | None) -> Iterator[str]:
    """What is notable about a signed pledge; nobody is refused for it."""
    signed_on = pledge["signed_on"]
    if template is None:
        yield "template_unknown"
    else:
        if template["status"] == TemplateStatus.DRAFT:
            yield "template_not_issued"
        if signed_on < (template["valid_from"] or signed_on) or signed_on > (template["valid_until"] or signed_on):
            yield "template_out_of_period"
    if pledge["method"] == PledgeMethod.PAPER and pledge["scan_media_id"] is None:
        yield "scan_missing"
    if signed_on > local_day(dt.datetime.fromisoformat(pledge["received_at"])).isoformat():
        yield "future"


def pledge_verb(before: Wire | None, after: Wire | None) -> str:
    """A pledge that comes to be signed, or to hold no more, is said so, by whatever way."""
    if after is None:
        return "deleted"
    if before is None or before["status"] != after["status"]:
        told = {"signed": "signed", "withdrawn": "withdrawn", "expired": "expired"}.get(after["status"])
        if told:
            return told
    return "created" if before is None else "updated"
