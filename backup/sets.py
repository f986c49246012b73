"""A folder of backups: the objects once for all of them, and a set for each time; the manifest comes last.

    FOLDER/objects/originals/<author>/<sha256>    immutable, so a later backup brings only what is new
    FOLDER/20261122T190000Z/manifest.json         what belongs to the set, with sizes and SHA-256
    FOLDER/20261122T190000Z/database.dump         as pg_dump wrote it; or base/, as pg_basebackup did
    FOLDER/20261122T190000Z/objects.txt           each verified file that this database knows: key and size
    FOLDER/wal/<history>/                         the database's log, see `backup.history`

A set that was cut off has a name with `.unfinished`, and the next backup removes it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backup.programs import BackupError

FORMAT = 1
_UNFINISHED = ".unfinished"


@dataclass(frozen=True)
class Set:
    """One backup that was finished."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def kind(self) -> str:
        """`dump`, or `base` for a copy of the whole cluster."""
        return str(self.manifest["kind"])

    @property
    def objects(self) -> Path:
        return self.folder.parent / "objects"

    def listed_objects(self) -> list[tuple[str, int]]:
        """The files that the database of this set counts on: key and size."""
        lines = (self.folder / "objects.txt").read_text().splitlines()
        return [(key, int(size)) for key, _, size in (line.rpartition(" ") for line in lines)]


def sets_in(folder: Path) -> list[Set]:
    """The finished backups in a folder, the oldest first."""
    found = sorted(folder.glob("*/manifest.json"))
    return [_read(file.parent) for file in found if not file.parent.name.endswith(_UNFINISHED)]


def find_set(folder: Path, *, kind: str | None = None, before: dt.datetime | None = None) -> Set:
    """The set that `folder` is, or the latest one in it, of a kind and made before a moment where that is asked."""
    if (folder / "manifest.json").exists():
        return _read(folder)
    for each in reversed(sets_in(folder)):
        ended_at = dt.datetime.fromisoformat(each.manifest.get("ended_at") or each.manifest["made_at"])
        if kind in (None, each.kind) and (before is None or ended_at <= before):
            return each
    raise BackupError(f"no {kind or 'finished'} backup in {folder}" + (f" from before {before}" if before else ""))


@contextmanager
def new_set(folder: Path) -> Iterator[Path]:
    """A folder to fill; it gets its name when all is in it and on the disk. Nobody but us may read it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for left in folder.glob(f"*{_UNFINISHED}"):
        shutil.rmtree(left)
    name = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    draft, final = folder / (name + _UNFINISHED), folder / name
    if final.exists():
        raise BackupError(f"{final} is there already: a backup a second is enough")
    draft.mkdir(mode=0o700)
    yield draft
    sync(draft)
    draft.rename(final)
    sync(folder)


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """What the set is made of; every file of it, whatever its kind, with size and hash."""
    files = {
        str(file.relative_to(folder)): {"bytes": file.stat().st_size, "sha256": sha256_of(file)}
        for file in sorted(folder.iterdir())
        if file.is_file()
    }
    file = folder / "manifest.json"
    file.write_text(json.dumps({"format": FORMAT, **manifest, "files": files}, indent=1, ensure_ascii=False) + "\n")
    for each in folder.iterdir():
        sync(each)


def faults_of(each: Set) -> Iterator[str]:
    """What of a set isn't as it was written, objects included."""
    for name, expected in each.manifest["files"].items():
        file = each.folder / name
        if not file.exists():
            yield f"{name} is missing"
        elif file.stat().st_size != expected["bytes"] or sha256_of(file) != expected["sha256"]:
            yield f"{name} isn't what was written"
    if (each.folder / "objects.txt").exists():
        for key, size in each.listed_objects():
            file = each.objects / key
            if not file.exists():
                yield f"object {key} is missing"
            elif file.stat().st_size != size or sha256_of(file) != file.name:
                yield f"object {key} isn't what was stored"


def sha256_of(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Returns when the disk has it."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(folder: Path) -> Set:
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest["format"] != FORMAT:
        raise BackupError(f"{folder} was written by another version of An Thôn (format {manifest['format']})")
    return Set(folder, manifest)
