"""`./anthon prove NAME`: runs one proof; each is a module of this package with `register(parser)` and `run(arguments)`.

`register` adds the proof's options; `run` plays it, prints what it found and returns the exit code. With `--keep` the
result goes to `bench/results/NAME.json`, with date, command and commit.
"""

import argparse
import importlib
import pkgutil
import sys

import prove


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./anthon prove", description="Plays a long proof against a house of its own."
    )
    proofs = parser.add_subparsers(required=True, metavar="NAME")
    for found in pkgutil.iter_modules(prove.__path__):
        module = importlib.import_module(f"prove.{found.name}")
        if not hasattr(module, "register"):
            continue
        text = (module.__doc__ or "").partition("\n")[0]
        options = proofs.add_parser(found.name, help=text, description=module.__doc__)
        module.register(options)
        options.set_defaults(run=module.run)
    arguments = parser.parse_args(argv)
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
