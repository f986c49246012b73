"""`./anthon tips keygen | publish | open | reseal`."""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
from getpass import getpass
from pathlib import Path
from unicodedata import category

from officer import keyfile
from officer.boxes import BoxError, open_box, seal
from officer.keyfile import KeyFileError, PublicHalf
from officer.server import Server, ServerError


def main(argv: list[str]) -> int:
    """Run a command; the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (KeyFileError, BoxError, ServerError) as error:
        print(f"anthon tips: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, EOFError):
        return 130


def keygen(arguments: argparse.Namespace) -> int:
    """A new key pair; of the private half only the file knows."""
    passphrase = _passphrase(arguments, f"New passphrase for {arguments.key}")
    if not arguments.passphrase_file and getpass("The same again: ") != passphrase:
        raise KeyFileError("the two differ; begin anew")
    made = keyfile.make(arguments.key, passphrase)
    print(f"{arguments.key} is the private key: keep it and its passphrase apart, and a copy of both in a safe.")
    print("Without them nobody will ever read what is sealed to it.")
    _tell(made)
    return 0


def publish(arguments: argparse.Namespace) -> int:
    """The public half to the server, into use for an area."""
    public = keyfile.read_public(arguments.key)
    server = _server(arguments)
    server.publish(arguments.area, public.text)
    _leave(server, arguments)
    print("In use from now on, in place of the key before.")
    _tell(public)
    return 0


def open_source(arguments: argparse.Namespace) -> int:
    """The source of one tip, on standard output and nowhere else."""
    key = keyfile.unlock(arguments.key, _passphrase(arguments, f"Passphrase of {arguments.key}"))
    server = _server(arguments)
    taken = server.take(arguments.tip, arguments.reason)
    _leave(server, arguments)
    print(_harmless(open_box(base64.b64decode(taken["box"]), key)))
    return 0


def reseal(arguments: argparse.Namespace) -> int:
    """Every source that is sealed to the old key, sealed to the new one. Cut off, it goes on where it was."""
    old, new = keyfile.read_public(arguments.old), keyfile.read_public(arguments.new)
    key = keyfile.unlock(arguments.old, _passphrase(arguments, f"Passphrase of {arguments.old}"))
    server = _server(arguments)
    done, lost = 0, 0
    for tip in list(server.sealed_to(old.id)):
        box = base64.b64decode(server.take(tip, arguments.reason)["box"])
        try:
            text = open_box(box, key)
        except BoxError as error:
            print(f"{tip}: {error}", file=sys.stderr)
            lost += 1
            continue
        sealed = {"key_id": str(new.id), "box": base64.b64encode(seal(text, new.key)).decode()}
        server.put_back(tip, {"replaces": hashlib.sha256(box).hexdigest(), "sealed_source": sealed})
        done += 1
    _leave(server, arguments)
    print(f"{done} sealed to {new.id}" + (f", {lost} could not be opened" if lost else ""))
    return 1 if lost else 0


def _harmless(text: str) -> str:
    """What a stranger sealed, for a terminal: signs that would steer it (ECMA-48) are spelled out."""
    return "".join(
        sign if sign in "\n\t" or category(sign) not in ("Cc", "Cf") else f"\\u{ord(sign):04x}" for sign in text
    )


def _tell(public: PublicHalf) -> None:
    print(f"public key  {public.text}")
    print(f"its id      {public.id}   post this where people can compare it with what their phone shows")


def _passphrase(arguments: argparse.Namespace, prompt: str) -> str:
    if arguments.passphrase_file:
        return str(arguments.passphrase_file.read_text().rstrip("\n"))
    return getpass(f"{prompt}: ")


def _server(arguments: argparse.Namespace) -> Server:
    """The server, asked with the token of a file, or in a session of this program's own."""
    if arguments.token_file:
        return Server(arguments.server, arguments.token_file.read_text().strip())
    server = Server(arguments.server)
    phone, password = input("Phone number: "), getpass("Password: ")
    try:
        server.sign_in(phone, password)
    except ServerError as error:
        if error.code != "otp_required":
            raise
        server.sign_in(phone, password, input("One-time code: "))
    return server


def _leave(server: Server, arguments: argparse.Namespace) -> None:
    if not arguments.token_file:
        server.sign_out()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./anthon tips",
        description="For a police officer's own machine, which the private key never leaves.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, *, server: bool = True) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        added.set_defaults(run=run)
        added.add_argument("--passphrase-file", type=Path, metavar="FILE", help="instead of being asked")
        if server:
            added.add_argument("--server", required=True, metavar="URL", help="such as https://api.example.vn")
            added.add_argument("--token-file", type=Path, metavar="FILE", help="an access token, instead of signing in")
        return added

    made = command("keygen", keygen, "make a key pair in a new file", server=False)
    made.add_argument("key", type=Path, metavar="FILE")
    published = command("publish", publish, "put the public half of a key into use for an area")
    published.add_argument("key", type=Path, metavar="FILE")
    published.add_argument("--area", required=True, metavar="ID")
    opened = command("open", open_source, "take the sealed source of a tip and open it here")
    opened.add_argument("key", type=Path, metavar="FILE")
    opened.add_argument("tip", metavar="TIP")
    opened.add_argument("--reason", required=True, help="why; it is kept with your name before you see anything")
    again = command("reseal", reseal, "seal all sources of an old key to a new one")
    again.add_argument("old", type=Path, metavar="OLD")
    again.add_argument("new", type=Path, metavar="NEW")
    again.add_argument("--reason", default="key rotation", help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
