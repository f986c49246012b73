"""Both trees at 100,000 areas: what finding descendants, ancestors and predecessors costs, and moving branches.

`python -m bench.trees` starts a durable Postgres of its own, loads the country and 86,000 hamlets through the services
that an admin uses, measures, checks that every descent is a range of the btree on `path`, and writes what it found to
`bench/results/trees.json`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from embedded.postgres import API, DURABLE_SETTINGS, OWNER, SUPERUSER, Postgres
from embedded.processes import free_port

ROOT = Path(__file__).parent.parent
HAMLETS_EACH = 26
ROUNDS = 15
IN_2024 = dt.date(2024, 6, 30)
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
    from accounts.areas.hamlets import carry_out_hamlets, prepare_hamlets
    from accounts.areas.loading import carry_out, prepare_load
    from accounts.areas.rows import Loader
    from accounts.areas.sheets import read_sheet

    actor = Loader(reason="bench")
    began = time.perf_counter()
    gazetteer = read_gazetteer()
    carry_out(prepare_load(gazetteer), actor=actor)
    loaded = time.perf_counter()
    communes = [unit.code for unit in gazetteer.current.values() if unit.level == "commune"]
    lines = [f"{code},Thôn {number},60" for code in communes for number in range(1, HAMLETS_EACH + 1)]
    sheet = read_sheet("\n".join(["mã xã,tên,số hộ", *lines]).encode())
    carry_out_hamlets(prepare_hamlets(sheet), actor=actor)
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


def descents() -> dict[str, Callable[[], int]]:
    """Questions to the trees, each answering with the number of areas found."""
    from accounts.areas.tree import ancestors, predecessors, reach, subtree
    from accounts.models import Area

    lam_dong = Area.objects.get(code="68", level="province", valid_to=None).id
    binh_thuan = Area.objects.get(code="60", level="province").id
    commune = Area.objects.get(code="22972", level="commune", valid_to=None).id
    former = Area.objects.get(code="22978", level="commune", valid_to__isnull=False).id
    hamlet = Area.objects.filter(parent_id=commune).values_list("id", flat=True)[0]
    hanoi = Area.objects.get(code="01", level="province").id
    return {
        "descendants of a province, now": lambda: len(subtree(lam_dong).values_list("area_id")),
        "descendants of a former province, as of 2024": lambda: len(
            subtree(binh_thuan, IN_2024).values_list("area_id")
        ),
        "descendants of a kept province, as of 2024": lambda: len(subtree(hanoi, IN_2024).values_list("area_id")),
        "descendants of a commune, now": lambda: len(subtree(commune).values_list("area_id")),
        "descendants of a former commune, as of 2024": lambda: len(subtree(former, IN_2024).values_list("area_id")),
        "reach of a right over a province, both trees": lambda: len(reach(lam_dong).values_list("area_id")),
        "reach of a right over a commune, both trees": lambda: len(reach(commune).values_list("area_id")),
        "ancestors of a hamlet, now": lambda: len(ancestors(hamlet)),
        "predecessors of a commune": lambda: len(predecessors(commune)),
        "predecessors of a province": lambda: len(predecessors(lam_dong)),
    }


def moves() -> dict[str, Callable[[], int]]:
    """Moves of whole branches; each goes there and back by turns, a day later every time."""
    from accounts.areas.services import move_area
    from accounts.areas.tree import subtree
    from accounts.models import Area
    from accounts.scoping import SystemActor

    communes = Area.objects.filter(level="commune", valid_to=None)
    commune = communes.get(code="22972")
    provinces = [commune.parent_id, Area.objects.get(code="56", level="province", valid_to=None).id]
    actor = SystemActor(reason="bench")
    day = iter(dt.date(2025, 8, 1) + dt.timedelta(days=step) for step in range(400))
    turn = iter(range(1, 400))

    def move_commune() -> int:
        parent = provinces[next(turn) % 2]
        move_area(actor=actor, area_id=commune.id, parent_id=parent, on=next(day))
        return subtree(commune.id).count()

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
        made = merge_areas(actor=actor, area_ids=ended, into=into, on=dt.date(2026, 11, 1))
        moved = subtree(made).count()
        transaction.set_rollback(True)
    return moved


def check_ranges() -> list[str]:
    """The indexes that descents use; AssertionError unless each walks a btree of `path` by a range."""
    from accounts.areas.tree import reach, subtree
    from accounts.models import Area

    province = Area.objects.get(code="68", level="province", valid_to=None).id
    commune = Area.objects.get(code="22972", level="commune", valid_to=None).id
    before = Area.objects.get(code="60", level="province").id
    used = set()
    for found in (subtree(province), subtree(commune), subtree(before, IN_2024), reach(province), reach(commune)):
        plan = _plan(found)
        nodes = list(_nodes(plan))
        ranges = {node["Index Name"] for node in nodes if "path >=" in node.get("Index Cond", "")}
        assert ranges and ranges <= RANGES, f"not a range of the btree: {json.dumps(plan)}"
        assert all(node["Node Type"] != "Seq Scan" for node in nodes), f"reads the table: {json.dumps(plan)}"
        used |= ranges
    return sorted(used)


def _plan(found: Any) -> dict[str, Any]:
    """The plan of a queryset."""
    from django.db import connection

    sql, params = found.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        plan: dict[str, Any] = cursor.fetchone()[0][0]["Plan"]
    return plan


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def main() -> None:
    """Load, measure, check, write down."""
    with database() as server:
        import django

        django.setup()
        results = load_country()
        server.query("VACUUM ANALYZE", database="bench")
        print(results, flush=True)
        work = {name: measured(question) for name, question in {**descents(), **moves()}.items()}
        began = time.perf_counter()
        moved = moving_a_province_of_hamlets()
        work["merging two provinces, once"] = {"rows": moved, "median_ms": round((time.perf_counter() - began) * 1000)}
        for name, figures in work.items():
            print(f"  {name:48} {figures}")
        results |= {"ranges": check_ranges(), "work": work}
        from django.db import connections

        connections.close_all()
    results |= {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "command": "python -m bench.trees",
        "commit": _commit(),
    }
    (ROOT / "bench" / "results").mkdir(exist_ok=True)
    (ROOT / "bench" / "results" / "trees.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
