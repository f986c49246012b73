"""`./anthon bench [NAME]`: measures the server beside the limits of the machine it runs on.

Without a name, the table of speeds. Each measurement is a module with `register(parser)` and `run(arguments)`; with
`--keep` its result goes to `bench/results/NAME.json`, with date, command, commit and machine.
"""

import argparse
import importlib
import sys

from embedded.processes import StartError

DEFAULT = "speed"
NAMES = (DEFAULT, "growth", "imports", "lists", "nation", "trees")


def main(argv: list[str]) -> int:
    """Runs the measurement that is named, or the default one."""
    name, rest = (argv[0], argv[1:]) if argv and argv[0] in NAMES else (DEFAULT, argv)
    module = importlib.import_module(f"bench.{name}")
    others = ", ".join(f"`./anthon bench {each}`" for each in NAMES if each != name)
    parser = argparse.ArgumentParser(
        prog="./anthon bench" if name == DEFAULT else f"./anthon bench {name}",
        description=module.__doc__,
        epilog=f"There are also {others}, each with a --help of its own; bench/README.md tells how to read them.",
    )
    module.register(parser)
    parser.add_argument("--keep", action="store_true", help=f"write the result to bench/results/{name}.json")
    arguments = parser.parse_args(rest)
    try:
        return int(module.run(arguments))
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
