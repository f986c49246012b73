"""`./anthon demo`: loads the cast, or plays an evening with simulated phones."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from demo.evening import Evening, play
from demo.network import Weather


def main(argv: list[str]) -> int:
    """Run the command; the exit status."""
    arguments = _parser().parse_args(argv)
    from demo import cast  # sets up Django, which needs the launcher's environment

    if arguments.command == "evening":
        evening = Evening(
            base_url=arguments.base_url,
            s3_url=arguments.s3_url,
            weather=Weather(arguments.cut, arguments.delay / 1000, int(arguments.rate * 1000 / 8)),
            seed=arguments.seed,
            kills=arguments.kill_server,
            state_file=arguments.state_file,
            limit_s=arguments.limit,
            folder=arguments.keep,
        )
        return 1 if play(evening, cast.crew(arguments.phones), cast.officer()) else 0
    loaded = {"base_url": arguments.base_url, "people": cast.load()}
    if arguments.json:
        print(json.dumps(loaded, ensure_ascii=False, indent=1))
    else:
        print(cast.as_table(loaded))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./anthon demo",
        description="Load the demo: real areas and a cast of eight in two communes of the former Bình Thuận, with "
        "fresh random passwords. A second run keeps the people and gives them new passwords.",
    )
    base_url = os.environ.get("ANTHON_BASE_URL", "http://127.0.0.1:8000")
    s3_url = os.environ.get("S3_PUBLIC_ENDPOINT") or os.environ.get("S3_ENDPOINT", "")
    state_file = Path(os.environ.get("ANTHON_STATE_FILE", ".anthon/state.json"))
    parser.add_argument("--base-url", default=base_url, help="the API (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(command="load")
    commands = parser.add_subparsers(metavar="COMMAND")
    evening = commands.add_parser(
        "evening",
        help="play an evening of offline patrols, delivered over a network that cuts, and compare both sides",
        description="Phones record a night without signal: shifts and a swap, patrols past checkpoints, tracks, "
        "observations, photos, pledges on screen and paper, an SOS and a tip. Then everything "
        "goes up over links that are slow and cut again and again in the middle of bodies and answers. At the end each "
        "phone is compared with the server, record by record, point by point and byte by byte. Exits with 1 on any "
        "difference, naming each.",
    )
    evening.set_defaults(command="evening")
    evening.add_argument("--base-url", default=base_url, help="the API (default: %(default)s)")
    evening.add_argument("--s3-url", default=s3_url, help="the address in upload links (default: the launcher's S3)")
    evening.add_argument("--phones", type=int, default=20, metavar="N", help="default: %(default)s")
    evening.add_argument("--cut", type=float, default=30, metavar="S", help="a cut about every S seconds, 0 for none")
    evening.add_argument("--rate", type=float, default=320, metavar="KBIT", help="kbit/s a phone, 0 for no limit")
    evening.add_argument("--delay", type=float, default=40, metavar="MS", help="milliseconds each way")
    evening.add_argument("--seed", default="an-thon", help="the same seed gives the same night and the same cuts")
    evening.add_argument("--kill-server", type=int, default=0, metavar="N", help="kill -9 the server N times meanwhile")
    evening.add_argument("--state-file", type=Path, default=state_file, help="of ./anthon up, to find the server")
    evening.add_argument("--limit", type=float, default=900, metavar="S", help="give up after so long (default: 900)")
    evening.add_argument("--keep", type=Path, metavar="DIR", help="keep the phones' folders there, to look into")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
