"""A process that pushes what comes on standard input and stops for good at the moment that its argument names.

`before`: in the transaction, all is written, COMMIT isn't sent. `after`: committed, no answer written. It says `there`
and waits to be killed.
"""

import sys
import time
import uuid
from collections.abc import Sequence

import django
import orjson
from django.db import transaction

django.setup()

from accounts.scoping import make_actor  # noqa: E402
from api.actors import Statement  # noqa: E402
from api.sync import storing  # noqa: E402
from tests.api.sync.talk import push_as  # noqa: E402


def wait_to_be_killed() -> None:
    print("there", flush=True)
    time.sleep(60)


def main(moment: str) -> None:
    asked = orjson.loads(sys.stdin.buffer.readline())
    actor = make_actor(
        session_id=uuid.UUID(asked["session_id"]), user_id=uuid.UUID(asked["user_id"]), request_id=uuid.uuid4()
    )
    assert actor is not None
    plain = storing.tell

    def tell(statements: Sequence[Statement], *, before: Sequence[Statement] = ()) -> None:
        plain(statements, before=before)
        if moment == "before":
            wait_to_be_killed()
        else:
            transaction.on_commit(wait_to_be_killed)

    storing.tell = tell  # type: ignore[attr-defined]
    push_as(actor, asked["mutations"])


main(sys.argv[1])
