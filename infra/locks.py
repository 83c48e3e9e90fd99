"""One holder at a time for what cannot be shared: Derby's metastore and chDB's store.

Both engines answer a second process with pages of stack trace, so we ask our own lock first, wait, and say who holds it.
The operating system drops the lock when its holder dies, however it dies.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from infra.errors import UserError
from infra.settings import Settings

REMIND_S = 60
"""Who waits without a limit says so again after this many seconds, with the holder of that moment."""


class LockHeldError(UserError):
    """Another command held the store for longer than `HM_LOCK_TIMEOUT_S`."""


def _holder(note: Path) -> str:
    try:
        held = json.loads(note.read_text())
        return f"{held['command']} (process {held['pid']}, since {held['since']})"
    except (OSError, ValueError, KeyError):
        return "another command"


def _wait(lock: FileLock, note: Path, what: str, timeout_s: float) -> None:
    print(f"Waiting up to {timeout_s:.0f} s for {what}, held by {_holder(note)} ...", file=sys.stderr, flush=True)
    try:
        lock.acquire(timeout=timeout_s)
    except Timeout as error:
        raise LockHeldError(
            f"{what} is still held by {_holder(note)} after {timeout_s:.0f} s; wait for it to end, or stop it."
        ) from error


def _wait_without_limit(lock: FileLock, note: Path, what: str) -> None:
    while not lock.is_locked:
        print(f"Waiting for {what}, held by {_holder(note)}; nothing is lost meanwhile ...", file=sys.stderr, flush=True)
        with suppress(Timeout):
            lock.acquire(timeout=REMIND_S)


@contextmanager
def _held(path: Path, what: str, timeout_s: float | None) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    note = path.with_suffix(".holder.json")
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if timeout_s is None:
            _wait_without_limit(lock, note, what)
        else:
            _wait(lock, note, what, timeout_s)
    try:
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:4]])
        note.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": time.strftime("%Y-%m-%d %H:%M:%S")}))
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def metastore(settings: Settings, *, without_limit: bool = False):
    """Hold the embedded metastore; a context manager. `without_limit` is for who has a result to lose by giving up."""
    timeout_s = None if without_limit else settings.lock_timeout_s
    return _held(settings.state_dir / "metastore.lock", "the Hive metastore (Derby)", timeout_s)


def serving(settings: Settings):
    """Hold the embedded serving store; a context manager."""
    return _held(settings.state_dir / "serving.lock", "the serving store (chDB)", settings.lock_timeout_s)


def pipeline(settings: Settings):
    """Hold the right to change tables, one chain at a time; a context manager."""
    return _held(settings.state_dir / "pipeline.lock", "the chain of steps", settings.lock_timeout_s)
