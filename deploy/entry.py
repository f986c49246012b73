"""What the image runs: one command a process, with secrets taken from files where an orchestrator mounts them."""

import http.client
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
USAGE = """Usage: docker run … anthon COMMAND

  server        answer requests at ANTHON_BIND (0.0.0.0:8000), in ANTHON_WORKERS (2) processes, each of which takes
                ANTHON_THREADS (8) connections to the database and 2 more
  worker        do what is due in the outbox; any number of them
  keeper        seal the audit trail, make partitions, purge; needs DATABASE_OWNER_URL
  tick          do once what a worker's clock does, for those who have a scheduler of their own
  migrate       bring the tables up to this version; needs DATABASE_OWNER_URL
  load-areas    load the country's areas; repeatable
  backup …      copy database and files to a folder: backup /backups --keep 14; needs DATABASE_OWNER_URL
  restore …     bring them back while nobody serves or works: restore /backups --replace
  healthy       exit with 0 if the server in this container answers
  manage …      any other command of Django

Each file in ANTHON_SECRETS (/run/secrets) whose name is a variable's gives that variable its value."""
MANAGED = {"worker": "worker", "keeper": "keeper", "tick": "tick", "migrate": "migrate", "load-areas": "load_areas"}


def main(words: list[str]) -> int:
    command, rest = (words[0], words[1:]) if words else ("--help", [])
    if command in {"-h", "--help"}:
        print(USAGE)
        return 0
    if command == "healthy":
        return 0 if _answers() else 1
    _take_secrets()
    if command == "server":
        return _become([sys.executable, "-m", "api", *rest])
    if command == "migrate":
        # Some libraries' migrations know no alias but `default`.
        os.environ["DATABASE_URL"] = os.environ.get("DATABASE_OWNER_URL", "")
    if command in MANAGED:
        return _become([sys.executable, "manage.py", MANAGED[command], *rest])
    if command in {"backup", "restore"}:
        return _become([sys.executable, "-m", "backup", command, *rest])
    if command == "manage":
        return _become([sys.executable, "manage.py", *rest])
    print(f"no such command: {command}\n\n{USAGE}", file=sys.stderr)
    return 2


def _take_secrets() -> None:
    """Variables from files; what the environment says itself stands."""
    folder = Path(os.environ.get("ANTHON_SECRETS", "/run/secrets"))
    for file in sorted(folder.glob("[A-Z]*")) if folder.is_dir() else ():
        if file.is_file():
            os.environ.setdefault(file.name, file.read_text().strip())


def _become(command: list[str]) -> int:
    """The same process goes on as the program, so that signals reach it."""
    os.chdir(ROOT)
    os.execv(command[0], command)  # noqa: S606


def _answers() -> bool:
    port = os.environ.get("ANTHON_BIND", "0.0.0.0:8000").rpartition(":")[2]
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=4)
    host = os.environ.get("ANTHON_ALLOWED_HOSTS", "localhost").partition(",")[0]
    try:
        connection.request("GET", "/healthz", headers={"Host": host})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
