"""The objects of S3 in a folder, and back: only what the other side lacks, since a key never changes its content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from api.problems import Problem
from backup.programs import BackupError
from backup.progress import Progress
from backup.sets import sha256_of, sync
from media import storage

_SUFFIX = ".part"


def fetch_all(folder: Path, progress: Progress) -> tuple[int, int]:
    """Brings every object of the store that the folder lacks; how many, and how many bytes."""
    for left in folder.rglob(f"*{_SUFFIX}"):
        left.unlink()
    wanted = [(key, size) for key, size in _stored() if not _has(folder / key, size)]
    _each(wanted, lambda key: _fetch(key, folder / key), progress)
    return len(wanted), sum(size for _, size in wanted)


def put_all_back(folder: Path, progress: Progress) -> tuple[int, int]:
    """Stores every object of the folder that the store lacks; nothing there is overwritten or deleted."""
    there = {key for key, _ in _stored()}
    files = {str(file.relative_to(folder)): file for file in sorted(folder.rglob("*")) if file.is_file()}
    wanted = [(key, file.stat().st_size) for key, file in files.items() if key not in there and file.suffix != _SUFFIX]
    _each(wanted, lambda key: _put_back(key, files[key]), progress)
    return len(wanted), sum(size for _, size in wanted)


def lacking(listed: Iterable[tuple[str, int]]) -> list[str]:
    """Of the files that a database counts on, those that the store hasn't got."""
    there = dict(_stored())
    return [key for key, size in listed if there.get(key) != size]


def _stored() -> list[tuple[str, int]]:
    try:
        return list(storage.stored_keys())
    except Problem as problem:
        raise BackupError("the store doesn't answer: check S3_ENDPOINT, S3_BUCKET and its keys") from problem


def _has(file: Path, size: int) -> bool:
    return file.exists() and file.stat().st_size == size


def _fetch(key: str, target: Path) -> None:
    """Under its name only when it is whole and its hash is the one that the key names."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(target.name + _SUFFIX)
    digest = hashlib.sha256()
    with draft.open("wb") as file:
        for piece in storage.read(key):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if key.startswith("originals/") and digest.hexdigest() != target.name:
        draft.unlink()
        raise BackupError(f"the store gave other bytes for {key} than were stored")
    draft.rename(target)
    sync(target.parent)


def _put_back(key: str, file: Path) -> None:
    sha256 = sha256_of(file)
    if key.startswith("originals/") and sha256 != file.name:
        raise BackupError(f"{file} isn't what was stored: take this file from another copy of the backup")
    with file.open("rb") as content:
        storage.put_back(key, content, sha256=sha256)


def _each(wanted: list[tuple[str, int]], work: Callable[[str], None], progress: Progress) -> None:
    """Some at a time. A failure ends it; what was done stays done, so the next run goes on from there."""
    progress.begin(len(wanted), sum(size for _, size in wanted))
    pool = ThreadPoolExecutor(storage.MOST_AT_ONCE)
    try:
        futures = {pool.submit(work, key): (key, size) for key, size in wanted}
        for future in as_completed(futures):
            key, size = futures[future]
            try:
                future.result()
            except Problem as problem:
                raise BackupError(f"the store doesn't answer ({key}); run it again to go on from here") from problem
            except LookupError:
                continue  # deleted since it was listed, with its last record
            progress.step(size)
    finally:
        pool.shutdown(cancel_futures=True)


def forget(folder: Path, wanted: set[str]) -> int:
    """Removes the objects that nobody wants and that the store hasn't got any more; how many they were."""
    there = {key for key, _ in _stored()}
    removed = 0
    for file in folder.rglob("*"):
        key = str(file.relative_to(folder))
        if file.is_file() and key not in wanted and key not in there:
            file.unlink()
            removed += 1
    return removed
