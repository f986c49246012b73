"""Events of the trail in words: subject and verb, each translated, so that new record types read well at once."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language, gettext, gettext_lazy

from api.problems import FIELD_ERRORS, PROBLEMS, FieldError
from api.problems.render import field_error_text, fill

# Those that read better whole.
_WHOLE = {
    "session.started": gettext_lazy("Signed in"),
    "session.refused": gettext_lazy("Wrong password"),
    "session.ended": gettext_lazy("Session ended"),
    "session.reused": gettext_lazy("An old key was used twice; the session was ended"),
    "user.created": gettext_lazy("Account created"),
    "user.renamed": gettext_lazy("Name changed"),
    "user.moved": gettext_lazy("Moved to another team"),
    "user.locale_changed": gettext_lazy("Language changed"),
    "user.phone_changed": gettext_lazy("Phone number changed"),
    "user.deactivated": gettext_lazy("Account switched off"),
    "user.reactivated": gettext_lazy("Account switched on again"),
    "user.password_changed": gettext_lazy("Password changed"),
    "activation_code.issued": gettext_lazy("Code issued"),
    "activation_code.used": gettext_lazy("Code used"),
    "recovery_code.used": gettext_lazy("Signed in with a recovery code"),
    "recovery_codes.made": gettext_lazy("New recovery codes made"),
    "second_factor.enrolled": gettext_lazy("Second step set up"),
    "second_factor.removed": gettext_lazy("Second step removed"),
    "second_factor.reset": gettext_lazy("Second step taken away by an administrator"),
    "export.fetched": gettext_lazy("Export fetched"),
    "export.requested": gettext_lazy("Export asked for"),
    "grant.given": gettext_lazy("Role given"),
    "grant.proposed": gettext_lazy("Role proposed, waits for a second person"),
    "grant.confirmed": gettext_lazy("Role confirmed"),
    "grant.ended": gettext_lazy("Role ended"),
    "membership.began": gettext_lazy("Joined a team"),
    "membership.ended": gettext_lazy("Left a team"),
    "conflict.resolved": gettext_lazy("Conflict resolved"),
    "purge.finished": gettext_lazy("Old data deleted"),
    "import.apply_asked": gettext_lazy("Import to be applied"),
    "import.deactivate_asked": gettext_lazy("Import to be taken back"),
    "import.downloaded": gettext_lazy("Import file downloaded"),
    "sheets.asked": gettext_lazy("Printed sheets asked for"),
    "sheets.fetched": gettext_lazy("Printed sheets fetched"),
    "sheets.printed": gettext_lazy("Activation sheets printed"),
    "area.loaded": gettext_lazy("Areas loaded"),
    "area.counted": gettext_lazy("Households counted"),
    "area.ended": gettext_lazy("Area ended"),
    "checkpoint.code_told": gettext_lazy("Code of a checkpoint looked at"),
    "household.id_number_set": gettext_lazy("ID number of a household entered"),
    "household.id_number_removed": gettext_lazy("ID number of a household removed"),
    "media.bytes_erased": gettext_lazy("File: its bytes deleted from the store"),
    "tip.answered": gettext_lazy("Residents' tip: reply sent"),
    "tip.found_unfounded": gettext_lazy("Residents' tip: found unfounded"),
    "tip.found_valuable": gettext_lazy("Residents' tip: found valuable"),
    "tip.message_received": gettext_lazy("Residents' tip: message received"),
    "tip.overdue": gettext_lazy("Residents' tip: not forwarded in time"),
    "tip.source_resealed": gettext_lazy("Residents' tip: source sealed for another key"),
    "tip.source_taken": gettext_lazy("Residents' tip: sealed source taken, with a reason"),
    "tip.verifying_begun": gettext_lazy("Residents' tip: verifying begun"),
    "tips.listed": gettext_lazy("List of residents' tips looked at"),
}
_SUBJECTS = {
    "account": gettext_lazy("Account"),
    "alert": gettext_lazy("Urgent alert"),
    "activation_code": gettext_lazy("Code"),
    "area": gettext_lazy("Area"),
    "audit": gettext_lazy("Audit trail"),
    "breach": gettext_lazy("Breach of personal data"),
    "campaign": gettext_lazy("Pledge campaign"),
    "checkpoint": gettext_lazy("Checkpoint"),
    "checkpoints": gettext_lazy("Checkpoints"),
    "conflict": gettext_lazy("Conflict"),
    "data_request": gettext_lazy("Request about personal data"),
    "data_requests": gettext_lazy("Requests about personal data"),
    "day_off": gettext_lazy("Day off"),
    "export": gettext_lazy("Export"),
    "grant": gettext_lazy("Role"),
    "household": gettext_lazy("Household"),
    "households": gettext_lazy("Households"),
    "id_number": gettext_lazy("ID number"),
    "import": gettext_lazy("Import"),
    "lamp": gettext_lazy("Lamp"),
    "media": gettext_lazy("File"),
    "membership": gettext_lazy("Place in a team"),
    "observation": gettext_lazy("Observation"),
    "patrol": gettext_lazy("Patrol"),
    "pledge": gettext_lazy("Pledge"),
    "pledge_template": gettext_lazy("Pledge text"),
    "pledges": gettext_lazy("Pledges"),
    "route": gettext_lazy("Patrol route"),
    "session": gettext_lazy("Session"),
    "shift": gettext_lazy("Shift"),
    "team": gettext_lazy("Team"),
    "tip": gettext_lazy("Residents' tip"),
    "tip_key": gettext_lazy("Police key for sources"),
    "track": gettext_lazy("Route walked"),
    "user": gettext_lazy("Account"),
    "users": gettext_lazy("People"),
    "webhook": gettext_lazy("Connection to another system"),
}
_VERBS = {
    "acknowledged": gettext_lazy("acknowledged"),
    "answered": gettext_lazy("answered"),
    "applied": gettext_lazy("applied"),
    "began": gettext_lazy("began"),
    "cancelled": gettext_lazy("cancelled"),
    "changed": gettext_lazy("changed"),
    "checked": gettext_lazy("checked"),
    "closed": gettext_lazy("closed"),
    "created": gettext_lazy("created"),
    "deactivated": gettext_lazy("switched off"),
    "declared": gettext_lazy("announced"),
    "deleted": gettext_lazy("deleted"),
    "done": gettext_lazy("done"),
    "ended": gettext_lazy("ended"),
    "erased": gettext_lazy("deleted"),
    "escalated": gettext_lazy("passed to the level above"),
    "expired": gettext_lazy("expired"),
    "exported": gettext_lazy("exported"),
    "extended": gettext_lazy("given more time"),
    "failed": gettext_lazy("failed"),
    "forwarded": gettext_lazy("forwarded"),
    "frozen": gettext_lazy("frozen"),
    "handed_over": gettext_lazy("handed over"),
    "merged": gettext_lazy("merged"),
    "moved": gettext_lazy("moved"),
    "noticed": gettext_lazy("noticed"),
    "printed": gettext_lazy("printed"),
    "published": gettext_lazy("published"),
    "overdue": gettext_lazy("time over, nothing done"),
    "raised": gettext_lazy("raised"),
    "received": gettext_lazy("received"),
    "refused": gettext_lazy("refused"),
    "reminded": gettext_lazy("reminded of the time left"),
    "renamed": gettext_lazy("renamed"),
    "renewed": gettext_lazy("renewed"),
    "reported": gettext_lazy("reported"),
    "signed": gettext_lazy("signed"),
    "split": gettext_lazy("split"),
    "synced": gettext_lazy("synced to a phone"),
    "updated": gettext_lazy("changed"),
    "verified": gettext_lazy("verified"),
    "viewed": gettext_lazy("looked at"),
    "withdrawn": gettext_lazy("withdrawn"),
}


def event_words(name: str) -> str:
    """`patrol.closed` as `Patrol: closed`; what isn't known yet by its name."""
    if name in _WHOLE:
        return str(_WHOLE[name])
    subject, _, verb = name.partition(".")
    told = _VERBS.get(verb, verb.replace("_", " "))
    return f"{type_words(subject)}: {told}"


def step_words(name: str) -> str:
    """The verb of an event alone, where it is plain what it is about: `Received` for `data_request.received`."""
    verb = name.partition(".")[2]
    told = str(_VERBS.get(verb, verb.replace("_", " ")))
    return told[:1].upper() + told[1:]


def type_words(name: str | None) -> str:
    """A record type as people call it."""
    if not name:
        return "–"
    return str(_SUBJECTS.get(name, name.replace("_", " ")))


def is_worded(name: str) -> bool:
    """Whether an event has words in both languages; a test asks it of all that there are."""
    subject, _, verb = name.partition(".")
    return name in _WHOLE or (subject in _SUBJECTS and verb in _VERBS)


def stored_problem_words(stored: dict[str, Any] | None) -> str:
    """Why something was refused, as it was kept: what happened, what is wrong where, what to do."""
    if not stored or stored.get("code") not in PROBLEMS:
        return gettext("The server couldn't take it.")
    language, text = get_language() or "vi", PROBLEMS[stored["code"]]
    wrong = [(pointer, code) for pointer, code, _ in stored.get("errors", ()) if code in FIELD_ERRORS]
    if not wrong:
        return f"{fill(text.detail, language, {})} {fill(text.action, language, {})}"
    # What a program would need to know, as which values there are, helps nobody on the telephone.
    told = [
        gettext("the field “%(field)s”: %(what)s")
        % {"field": pointer.strip("/"), "what": field_error_text(FieldError(pointer, code), language)}
        for pointer, code in wrong
    ]
    title, what_now = (
        fill(text.title, language, {}),
        gettext("Correct it in the app and send it again, or update the app."),
    )
    return f"{title}: {'; '.join(told)}. {what_now}"
