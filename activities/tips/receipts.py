"""The receipt: 16 digits that follow from a tip's id, by which whoever sent it reads on and writes, and nobody else.

Right digits leave no trace: no counter, no event, no line in a log. Only wrong ones are counted, by network.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

from django.db.models import Max

from accounts.throttles import Bucket, charge, refuse_full
from activities.tips import messages
from activities.tips.models import Tip, TipMessage, TipSender
from activities.tips.security import act_by_receipt
from api.keyed import keyed_hash
from api.problems import Problem
from api.records import Wire
from api.transactions import run_in

DIGITS = 16
UNANSWERED = 20
"""So many messages of a source in a row, then the police have the word."""
_CODE = re.compile(r"[0-9]{16}", re.ASCII)
_DECORATION = re.compile(r"[\s\-.]+")


def code_of(tip_id: uuid.UUID) -> str:
    """The receipt of a tip: always the same, and only this server can tell it."""
    drawn = int.from_bytes(keyed_hash("tip-receipt", tip_id.bytes), "big")
    return f"{drawn % 10**DIGITS:0{DIGITS}}"


def hash_of(code: str) -> uuid.UUID:
    """What the table keeps of a receipt."""
    return uuid.UUID(bytes=keyed_hash("tip-receipt-row", code.encode())[:16])


def progress(*, code: str, network: str) -> Wire:
    """Status and replies by a receipt. Raises Problem `not_found`, `too_many_attempts`."""
    return _by_receipt(code, network, _told)


def write_on(*, code: str, network: str, message_id: uuid.UUID, text: str) -> Wire:
    """A message of the source; the same id again isn't doubled. Raises Problem as `progress`, `tip_messages_full`."""

    def write(tip: Tip) -> Wire:
        answered = TipMessage.objects.filter(tip_id=tip.id, sender=TipSender.POLICE).aggregate(no=Max("no"))["no"] or 0
        unanswered = TipMessage.objects.filter(tip_id=tip.id, no__gt=answered).exclude(id=message_id)
        if unanswered.count() >= UNANSWERED:
            raise Problem("tip_messages_full")
        messages.add(tip_id=tip.id, area_id=tip.area_id, message_id=message_id, sender=TipSender.SOURCE, text=text)
        return _told(tip)

    return _by_receipt(code, network, write)


def _told(tip: Tip) -> Wire:
    replies = TipMessage.objects.filter(tip_id=tip.id, sender=TipSender.POLICE).order_by("no")
    return {
        "status": tip.status,
        "replies": [{"no": each.no, "text": each.text, "hour": each.hour} for each in replies],
    }


def _by_receipt(code: str, network: str, work: Callable[[Tip], Wire]) -> Wire:
    """What `work` gives of the receipt's tip, in one transaction. Only a wrong receipt is counted, after it."""
    digits = _DECORATION.sub("", code)
    if not _CODE.fullmatch(digits):
        raise Problem("not_found")
    guesses = [Bucket("tip_receipt", (network.encode(),), capacity=100, drip_s=10)]
    refuse_full(guesses)

    def found() -> Wire | None:
        act_by_receipt(hash_of(digits))
        tip = Tip.objects.filter(receipt_hash=hash_of(digits)).first()
        return work(tip) if tip else None

    told = run_in("write", found)
    if told is None:
        charge(guesses)
        raise Problem("not_found")
    return told
