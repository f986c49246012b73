"""`./anthon bench`: measures the server beside the limits of the machine it runs on."""

import argparse
import json
import sys
from pathlib import Path

from bench.house import DATA, up
from bench.limits import Limits
from bench.rows import ROWS, World
from bench.seed import Seed, prepare
from bench.speed import Plan, table

NAMES = [row.name for row in ROWS]


def main(argv: list[str]) -> int:
    """Speed, unless another measurement is named."""
    parser = argparse.ArgumentParser(prog="./anthon bench", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the bench's own data folder (default: .anthon-bench)")
    parser.add_argument("--records", type=int, default=100_000, help="observations in the seed (default: 100000)")
    parser.add_argument("--areas", type=int, default=100, help="hamlets in the seed (default: 100)")
    parser.add_argument("--fresh", action="store_true", help="make the seed anew even if it is there")
    parser.add_argument("--only", default=",".join(NAMES), help=f"some rows only: {','.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=1.0, help="each measurement lasts (default: 1)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of limit and row in turn (default: 5)")
    parser.add_argument("--connections", default="1,16,64", help="default: 1,16,64; bars are judged at 16")
    parser.add_argument("--json", action="store_true", help="print the result as JSON instead of the table")
    arguments = parser.parse_args(argv)
    return speed(arguments)


def speed(arguments: argparse.Namespace) -> int:
    """The table of speeds."""
    seed = Seed(records=arguments.records, areas=arguments.areas)
    wanted = [row for row in ROWS if row.name in arguments.only.split(",")]
    plan = Plan(arguments.seconds, arguments.rounds, tuple(int(each) for each in arguments.connections.split(",")))

    def say(line: str) -> None:
        print(line, file=sys.stderr if arguments.json else sys.stdout, flush=True)

    with up(arguments.data.resolve(), say) as measured:
        prepare(measured, seed, fresh=arguments.fresh, say=say)
        found = table(World(measured, seed), wanted, plan, say=say, limits=Limits(measured, seed))
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
