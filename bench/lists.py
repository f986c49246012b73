"""Every list of people, places and roles at 300,000 accounts and 100,000 areas: 300 ms at most, on the site and by API.

`./anthon bench lists` brings up a house with such a country and asks for each list as the admin of the country, of five
districts (as many areas as a large province has), of one, and of a commune, through the whole stack. Beside it stand
the queries that each makes, and what it takes with nothing in the cache, counted in this process.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import itertools
import logging
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.house import DATA, Measured, up
from bench.results import keep
from bench.seed import AREA, SESSION, TEAM, USER, Seed, id_of, prepare

HERE = Path(__file__).parent
ADMINS = ("country", "five districts", "district", "commune")
MOST_MS = 300
ROUNDS = 7
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Võ", "Đặng")
MIDDLES = ("Văn", "Thị", "Đức", "Ngọc")
GIVEN = (
    *("Lan", "Bảo", "Minh", "Dũng", "Hoa", "Sơn", "Linh", "Hùng", "Tuấn", "Hà", "Hạnh", "An", "Ân", "Bình", "Cường"),
    *("Đạt", "Giang", "Khánh", "Long", "Mai", "Nam", "Oanh", "Phúc", "Quân", "Thảo", "Uyên", "Việt", "Xuân", "Yến"),
    *("Tú", "Tùng", "Vinh"),
)


@dataclass(frozen=True)
class Asked:
    """A list: what it is called here, and its address."""

    title: str
    path: str


def register(parser: argparse.ArgumentParser) -> None:
    """Options of this measurement."""
    data = DATA.with_name(".anthon-bench-lists")
    parser.add_argument("--data", type=Path, default=data, help="a data folder of its own (default: %(default)s)")
    parser.add_argument("--people", type=int, default=300_000, help="in the seed (default: 300000)")
    parser.add_argument("--hamlets", type=int, default=96_600, help="in the seed (default: 96600)")
    parser.add_argument("--records", type=int, default=200_000, help="with an audit event each (default: 200000)")
    parser.add_argument("--only", default="", help="lists whose title holds this")
    parser.add_argument("--seed-only", action="store_true", help="make the seed and measure another time")


def run(arguments: argparse.Namespace) -> int:
    """Seeds, measures, tells; exits with 1 if a list takes longer than the bar."""
    seed = Seed(records=arguments.records, areas=arguments.hamlets, people=arguments.people)

    def say(line: str) -> None:
        print(line, flush=True)

    logging.disable(logging.CRITICAL)
    with up(arguments.data.resolve(), say) as measured:
        sizes = people_there(measured, seed, say)
        if arguments.seed_only:
            return 0
        rows = list(measure(measured, [each for each in lists(seed) if arguments.only in each.title], say))
    slow = [row for row in rows if row["median_ms"] > MOST_MS]
    say(f"{len(rows)} lists, slowest median {max(row['median_ms'] for row in rows)} ms; over {MOST_MS}: {len(slow)}")
    if arguments.keep:
        keep("lists", {"sizes": sizes, "most_ms": MOST_MS, "lists": rows})
    return 1 if slow else 0


def people_there(measured: Measured, seed: Seed, say: Any) -> dict[str, int]:
    """Makes the country with its people unless it is there; how many there are of what."""
    owner = measured.connect(owner=True)
    wanted = hashlib.sha256((HERE / "people.sql").read_bytes() + repr(asdict(seed)).encode()).hexdigest()
    with owner.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench.people') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT made_of FROM bench.people")
            there = cursor.fetchone()[0] == wanted
        else:
            there = False
        if not there:
            prepare(measured, seed, fresh=True, say=say)
            _make_people(cursor, seed, wanted)
        counts = {}
        for table in ("user_account", "area", "team", "membership", "role_grant", "session", "audit_event", "import"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    owner.close()
    say(", ".join(f"{name} {count:,}" for name, count in counts.items()))
    return counts


def _make_people(cursor: Any, seed: Seed, wanted: str) -> None:
    from accounts.names import name_sort
    from api.text import fold

    names = [" ".join(parts) for parts in itertools.product(FAMILIES, MIDDLES, GIVEN)]
    assert len(names) == 1024
    values = {"names": names, "folded": [fold(each) for each in names], "sorted": [name_sort(each) for each in names]}
    places = {
        name: getattr(seed, name) for name in ("people", "areas", "users", "first_hamlet", "districts", "communes")
    }
    cursor.execute("TRUNCATE import")
    cursor.execute((HERE / "people.sql").read_text(), values | places)
    cursor.execute("CREATE TABLE bench.people AS SELECT %s::text AS made_of", [wanted])
    cursor.execute("VACUUM ANALYZE")


def lists(seed: Seed) -> Iterator[Asked]:
    """All lists, each as it is first seen, searched, filtered, and cut to an area."""
    district, commune, hamlet = (f"area={id_of(AREA, n)}" for n in (1, 1 + seed.districts, seed.first_hamlet))
    site = {
        "": ("",),
        "people/": (
            "", "q=lan", "q=nguyen thi tu", "q=khongcoai", "q=0912 345", "q=99999", "status=waiting", "status=inactive",
            "role=leader", "role=admin", "role=front_work_head&q=tu", district, commune, f"{hamlet}&q=lan",
        ),
        "teams/": ("", "q=tu quan 77", "q=khongcoai", "leader=none", "status=dissolved", commune),
        "grants/": ("", "state=expiring", "state=waiting", "state=ended", "role=admin", "role=police_officer", commune),
        "sessions/": ("", "state=open", "state=silent", "state=ended", commune),
        "imports/": ("", "status=failed", "status=faulty", commune),
        "areas/": ("", "q=thon 777", "q=khongcoai", "leaderless=1"),
        "audit/": ("", "name=user.moved", "name=observation.created", "since=2026-10-01&until=2026-10-02", commune),
        f"areas/{id_of(AREA, seed.first_hamlet)}/": ("",),
        f"teams/{id_of(TEAM, 0)}/": ("",),
        f"people/{id_of(USER, seed.areas)}/": ("",),
    }  # fmt: skip
    for path, queries in site.items():
        for query in queries:
            yield Asked(f"/admin/{path}?{query}".rstrip("?"), f"/admin/{path}?{quote(query, safe='=&')}")
    for path in ("users", "grants", "sessions", "imports", "audit_events", "teams", "memberships", "areas"):
        yield Asked(f"/v1/{path}", f"/v1/{path}")


def signed(number: int) -> dict[str, str]:
    """A visit's cookie, and a token, of an admin."""
    from accounts.site import cookies
    from accounts.tokens import access_token
    from api.keyed import seal

    user, session = id_of(USER, number), id_of(SESSION, number)
    visit = seal(cookies.VISIT, b"", session.bytes + user.bytes + int(time.time()).to_bytes(8, "big"))
    token = access_token(user_id=user, session_id=session)
    return {"Cookie": f"{cookies.VISIT}={visit}", "Authorization": f"Bearer {token}"}


def measure(measured: Measured, asked: list[Asked], say: Any) -> Iterator[dict[str, Any]]:
    """Each list as each admin: the median, the worst, and how many queries."""
    talk = http.client.HTTPConnection(*measured.address, timeout=60)
    for number, who in enumerate(ADMINS):
        headers = signed(number)
        for each in asked:
            status, times = 0, []
            for _ in range(ROUNDS + 1):
                began = time.perf_counter()
                talk.request("GET", each.path, headers=headers)
                answer = talk.getresponse()
                body, status = answer.read(), answer.status
                times.append((time.perf_counter() - began) * 1000)
            if status == 404:
                continue  # not one of theirs
            assert status == 200, (who, each, status, body[:500])
            queries, alone_ms = counted(each.path, headers)
            row = {
                "admin": who, "list": each.title, "median_ms": round(statistics.median(times[1:])),
                "worst_ms": round(max(times[1:])), "queries": queries, "alone_ms": alone_ms,
            }  # fmt: skip
            told = f"{row['median_ms']:6} ms {row['worst_ms']:6} ms {queries:3} queries {alone_ms:6} ms"
            say(f"{who:14} {told}  {each.title}")
            yield row


def counted(path: str, headers: dict[str, str]) -> tuple[int, int]:
    """The queries of a request, and the milliseconds that it takes with nothing in the cache, in this process."""
    from django.conf import settings
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client(headers=headers)
    cache.clear()
    began = time.perf_counter()
    client.get(path)
    took = round((time.perf_counter() - began) * 1000)
    cache.clear()
    with CaptureQueriesContext(connection) as captured:
        client.get(path)
    return len(captured), took
