"""Both trees at 100,000 areas: what it costs to know what somebody reaches and syncs, what hung below what, and moves.

`./anthon bench trees` starts a durable Postgres of its own, loads the country and 86,000 hamlets through the services
that an admin uses, asks as the serving code does (`Actor`, `subtree`), measures, and checks that every descent is a
range of the btree on `path`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.results import keep
from embedded.postgres import API, DURABLE_SETTINGS, OWNER, SUPERUSER, Postgres
from embedded.processes import free_port
from embedded.supervisor import ROOT

if TYPE_CHECKING:
    from api.actors import Actor

HAMLETS_EACH = 26
ROUNDS = 15
IN_2024, IN_NOVEMBER = dt.date(2024, 6, 30), dt.date(2026, 11, 1)
RANGES = {"area_placement_by_path", "area_placement_one_now"}


@contextmanager
def database() -> Iterator[Postgres]:
    """A fresh server with the migrated database `bench`, named in the environment; gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="anthon-bench-") as folder:
        Path(folder).chmod(0o711)  # as root, the server runs as another account
        passwords = {role: secrets.token_hex(16) for role in (SUPERUSER, OWNER, API)}
        server = Postgres(Path(folder) / "postgres", free_port(), passwords, DURABLE_SETTINGS)
        server.start()
        try:
            server.create_database("bench")
            owner = server.url(OWNER, "bench")
            os.environ |= {"ANTHON_ENV": "development", "DJANGO_SETTINGS_MODULE": "api.settings"}
            os.environ |= {"DATABASE_URL": server.url(API, "bench"), "DATABASE_OWNER_URL": owner}
            migrate = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=os.environ | {"DATABASE_URL": owner}, cwd=ROOT, check=True)
            yield server
        finally:
            server.stop()


def load_country() -> dict[str, Any]:
    """The gazetteer, then hamlets below every commune; how long each took."""
    from accounts.areas.gazetteer import read_gazetteer
    from accounts.areas.loading import carry_out, prepare_load
    from accounts.areas.rows import Loader
    from accounts.imports.loading import check_file, load_file

    actor = Loader(reason="bench")
    began = time.perf_counter()
    gazetteer = read_gazetteer()
    carry_out(prepare_load(gazetteer), actor=actor)
    loaded = time.perf_counter()
    communes = [unit.code for unit in gazetteer.current.values() if unit.level == "commune"]
    lines = [f"{code},Thôn {number},60" for code in communes for number in range(1, HAMLETS_EACH + 1)]
    load = check_file("\n".join(["mã xã,tên,số hộ", *lines]).encode(), "hamlets")
    load_file(load, reason="bench")
    return {
        "areas": len(lines) + 14_006,
        "load_areas_s": round(loaded - began, 1),
        "load_hamlets_s": round(time.perf_counter() - loaded, 1),
    }


def measured(work: Callable[[], int]) -> dict[str, Any]:
    """Median and worst time, rows and queries of something done again and again."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        rows = work()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return {
        "rows": rows,
        "queries": len(captured),
        "median_ms": round(statistics.median(times), 2),
        "worst_ms": round(max(times), 2),
    }


def officer_of(area_id: uuid.UUID) -> Actor:
    """Someone signed in who has been a Front officer of this area for a month."""
    from accounts.models import Grant, Session, User
    from accounts.scoping import make_actor
    from api.ids import uuid7
    from api.localtime import now

    moment, since = now(), now() - dt.timedelta(days=30)
    user = User.objects.create(phone=f"+8490{User.objects.count():07}", full_name="Minh", created_at=moment)
    Grant.objects.create(user_id=user.id, role="front_officer", area_id=area_id, starts_at=since, created_at=since)
    session = Session.objects.create(
        user_id=user.id,
        device_id=uuid7(),
        created_at=moment,
        refreshed_at=moment,
        expires_at=moment + dt.timedelta(days=1),
    )
    actor = make_actor(session_id=session.id, user_id=user.id, request_id=uuid7())
    assert actor is not None
    return actor


@dataclass(frozen=True)
class Places:
    """Where the questions are asked."""

    province: uuid.UUID
    commune: uuid.UUID
    hamlet: uuid.UUID
    kept_province: uuid.UUID
    former_province: uuid.UUID
    former_commune: uuid.UUID


def places() -> Places:
    """Lâm Đồng, a commune and a hamlet of it, what became part of it, and Hà Nội."""
    from accounts.models import Area

    commune = Area.objects.get(code="22972", level="commune", valid_to=None).id
    return Places(
        province=Area.objects.get(code="68", level="province", valid_to=None).id,
        commune=commune,
        hamlet=Area.objects.filter(parent_id=commune).values_list("id", flat=True)[0],
        kept_province=Area.objects.get(code="01", level="province").id,
        former_province=Area.objects.get(code="60", level="province").id,
        former_commune=Area.objects.get(code="22978", level="commune", valid_to__isnull=False).id,
    )


def questions(at: Places) -> dict[str, Callable[[], int]]:
    """Questions to the trees, each answering with the number of areas found."""
    from accounts.areas.tree import subtree
    from accounts.models import Area
    from api.localtime import local_day, now
    from api.records import record_type
    from api.sync import store

    province, commune, hamlet = (officer_of(area) for area in (at.province, at.commune, at.hamlet))
    patrol, area, today = record_type("patrol"), record_type("area"), local_day(now())
    hamlets = Area.objects.filter(level="hamlet", id__in=subtree(at.province, today))
    page = list(hamlets.values_list("id", flat=True)[:500])
    return {
        "reach of a right over a province, both trees": lambda: len(store.query(*province.reach(patrol))),
        "reach of a right over a commune, both trees": lambda: len(store.query(*commune.reach(patrol))),
        "reach over a province, within a commune": lambda: len(store.query(*province.reach(patrol, at.commune))),
        "reach over a hamlet, with what lies above": lambda: len(store.query(*hamlet.reach(area))),
        "streams of a province": lambda: len(province.streams()),
        "streams of a commune": lambda: len(commune.streams()),
        "streams of a hamlet, with what lies above": lambda: len(hamlet.streams()),
        "standing over a province in 500 hamlets": lambda: len(province.standing(page)),
        "descendants of a province, today": lambda: len(subtree(at.province, today)),
        "descendants of a commune, today": lambda: len(subtree(at.commune, today)),
        "descendants of a kept province, as of 2024": lambda: len(subtree(at.kept_province, IN_2024)),
        "descendants of a former province, as of 2024": lambda: len(subtree(at.former_province, IN_2024)),
        "descendants of a former commune, as of 2024": lambda: len(subtree(at.former_commune, IN_2024)),
    }


def moves() -> dict[str, Callable[[], int]]:
    """Moves of whole branches; each goes there and back by turns, a day later every time."""
    from accounts.areas.services import move_area
    from accounts.areas.tree import subtree
    from accounts.models import Area
    from accounts.scoping import SystemActor

    communes = Area.objects.filter(level="commune", valid_to=None)
    commune = communes.get(code="22972")
    assert commune.parent_id is not None
    provinces = [commune.parent_id, Area.objects.get(code="56", level="province", valid_to=None).id]
    actor = SystemActor(reason="bench")
    day = iter(dt.date(2025, 8, 1) + dt.timedelta(days=step) for step in range(400))
    turn = iter(range(1, 400))

    def move_commune() -> int:
        parent = provinces[next(turn) % 2]
        on = next(day)
        move_area(actor=actor, area_id=commune.id, parent_id=parent, on=on)
        return len(subtree(commune.id, on))

    return {f"moving a commune with its {HAMLETS_EACH} hamlets": move_commune}


def moving_a_province_of_hamlets() -> int:
    """All branches of two provinces at once, as their merger moves them; undone again. Returns how many moved."""
    from django.db import transaction

    from accounts.areas.checks import NewArea
    from accounts.areas.names import AreaKind, AreaLevel
    from accounts.areas.reorganising import merge_areas
    from accounts.areas.tree import subtree
    from accounts.models import Area
    from accounts.scoping import SystemActor

    codes = ("68", "56")
    ended = [Area.objects.get(code=code, level="province", valid_to=None).id for code in codes]
    into = NewArea(AreaLevel.PROVINCE, AreaKind.PROVINCE, "Nam Trung Bộ", None)
    with transaction.atomic():
        actor = SystemActor(reason="bench")
        made = merge_areas(actor=actor, area_ids=ended, into=into, on=IN_NOVEMBER)
        moved = len(subtree(made, IN_NOVEMBER))
        transaction.set_rollback(True)
    return moved


def check_ranges(asked: Mapping[str, Callable[[], int]]) -> list[str]:
    """The indexes that these questions use; AssertionError unless each walks a btree of `path` by a range."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    used = set()
    for name, question in asked.items():
        with CaptureQueriesContext(connection) as captured:
            question()
        nodes = list(_nodes(_plan(captured[0]["sql"])))
        ranges = {node["Index Name"] for node in nodes if "path >=" in node.get("Index Cond", "")}
        assert ranges and ranges <= RANGES, f"{name}: not a range of the btree: {json.dumps(nodes[0])}"
        whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
        assert "area_placement" not in whole, f"{name}: reads the table: {json.dumps(nodes[0])}"
        used |= ranges
    return sorted(used)


def _plan(sql: str) -> dict[str, Any]:
    """The plan of a statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def register(parser: argparse.ArgumentParser) -> None:
    """Its only option is everyone's: --keep."""


def run(arguments: argparse.Namespace) -> int:
    """Load, measure, check, tell."""
    with database() as server:
        import django

        django.setup(set_prefix=False)
        found = load_country()
        server.query("VACUUM ANALYZE", database="bench")
        print(f"{found['areas']:,} areas: {found['load_areas_s']} s + {found['load_hamlets_s']} s", flush=True)
        asked = questions(places())
        work = {name: measured(question) for name, question in {**asked, **moves()}.items()}
        began = time.perf_counter()
        moved = moving_a_province_of_hamlets()
        once = round((time.perf_counter() - began) * 1000)
        work["merging two provinces, once"] = {"rows": moved, "queries": None, "median_ms": once, "worst_ms": once}
        print(f"{'':48} {'rows':>7} {'queries':>7} {'median ms':>10} {'worst ms':>9}")
        for name, each in work.items():
            queries = "" if each["queries"] is None else each["queries"]
            print(f"{name:48} {each['rows']:>7,} {queries:>7} {each['median_ms']:>10,.2f} {each['worst_ms']:>9,.2f}")
        found |= {"ranges": check_ranges(_descents(asked)), "work": work}
        from django.db import connections

        connections.close_all()
    if arguments.keep:
        keep("trees", found)
    return 0


def _descents(asked: Mapping[str, Callable[[], int]]) -> dict[str, Callable[[], int]]:
    """All but the question about areas that are named: each of them is looked up by its id."""
    return {name: question for name, question in asked.items() if not name.startswith("standing")}
