"""A process killed in the middle of a push: a repeat gives what the first would have given, and nothing twice."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from api.sync.models import Mutation, Revision, Stream
from tests.api.sync.talk import Wire, delete, lamp, patch, put
from tests.cast import Cast, Person
from tests.concurrency.together import fetch, send
from tests.lamps.models import Lamp

ROOT = Path(__file__).parents[2]


def push_and_die(person: Person, moment: str, *mutations: Wire) -> None:
    """Push from a process that is killed, with SIGKILL, at `moment`."""
    asked = {"session_id": str(person.session_id), "user_id": str(person.user_id), "mutations": mutations}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.concurrency.pusher", moment],
        cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin and process.stdout
    process.stdin.write(orjson.dumps(asked) + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"there\n"
    process.kill()
    process.communicate()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_repeat_after_a_kill_gives_the_right_thing(cast: Cast, moment: str) -> None:
    first, second = put(lamp(cast)), put(lamp(cast))
    send(cast.lan, first, second)
    pushed = [put(lamp(cast)), patch(first["id"], {"watt": 40}, 1), delete(second["id"], 1)]
    push_and_die(cast.lan, moment, *pushed)

    there = Mutation.objects.filter(id__in=[m["mutation_id"] for m in pushed]).count()
    assert there == (0 if moment == "before" else 3)
    results = send(cast.lan, *pushed)

    was = [result.get("was") for result in results]
    assert [r["version"] for r in results] == [1, 2, 2]
    if moment == "before":
        assert [r["status"] for r in results] == ["applied"] * 3
    else:
        assert [r["status"] for r in results] == ["unchanged"] * 3 and was == ["applied"] * 3
    assert Lamp.objects.filter(deleted_at=None).count() == 2
    assert Revision.objects.filter(type="lamp").count() == 5
    assert Stream.objects.get(area_id=cast.hamlets[0]).head == 5
    assert len([c for c in fetch(cast.bao, None).changes if b'"lamp"' in orjson.dumps(c)]) == 3
