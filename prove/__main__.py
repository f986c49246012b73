"""`./anthon prove NAME`: runs one of PROOFS, modules of this package with `register(parser)` and `run(arguments)`.

`register` adds the proof's own options; `run` plays it, prints what it found and returns the exit code. With `--keep`
the result goes to `bench/results/NAME.json`, with date, command, commit and machine.
"""

import argparse
import importlib
import os
import signal
import sys
from pathlib import Path

PROOFS = ("chaos", "restore", "slow", "storm")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./anthon prove", description="Plays a long proof against a house of its own."
    )
    proofs = parser.add_subparsers(required=True, metavar="NAME")
    for name in PROOFS:
        module = importlib.import_module(f"prove.{name}")
        text = (module.__doc__ or "").partition("\n")[0]
        options = proofs.add_parser(name, help=text, description=module.__doc__)
        module.register(options)
        options.add_argument(
            "--data", type=Path, metavar="DIR", help="the house's folder, kept (default: one that goes)"
        )
        options.add_argument("--keep", action="store_true", help=f"write the result to bench/results/{name}.json")
        options.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        return int(arguments.run(arguments))
    except KeyboardInterrupt:
        print("interrupted; the house is down", file=sys.stderr, flush=True)
        os._exit(130)  # the phones' threads would go on for as long as their patience lasts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
