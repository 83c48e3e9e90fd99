"""One holder at a time for what cannot be shared: Derby's metastore and chDB's store.

Both engines answer a second process with pages of stack trace, so we ask our own lock first, wait, and say who holds it.
The operating system drops the lock when its holder dies, however it dies. A holder that answers for others, `hm serve`,
writes down where (`open_door`), and nobody waits for it.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from infra.errors import UserError
from infra.settings import Settings

REMIND_S = 60
"""Who waits without a limit says so again after this many seconds, with the holder of that moment."""


SPOOL_WAIT_S = 15.0
"""A server that is about to end has so long to let go of its spool; one that stays has it for good."""
LOOPBACK = "127.0.0.1"
_ID = re.compile(r"[0-9a-fA-F]{64}")
LOOK_S = 0.5
"""Who waits for the serving store looks this often whether its holder has opened a door."""


class LockHeldError(UserError):
    """Another command held the store for longer than `HM_LOCK_TIMEOUT_S`."""


@dataclass(frozen=True)
class Door:
    """Where the holder of the serving store answers others: ClickHouse's HTTP protocol on loopback.

    Attributes:
        password: known to whoever may read the state folder.
    """

    port: int
    password: str
    host: str = LOOPBACK


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
        raise _still_held(what, note, timeout_s) from error


def _still_held(what: str, note: Path, timeout_s: float) -> LockHeldError:
    return LockHeldError(f"{what} is still held by {_holder(note)} after {timeout_s:.0f} s; wait for it to end, or stop it.")


def _wait_without_limit(lock: FileLock, note: Path, what: str) -> None:
    while not lock.is_locked:
        print(f"Waiting for {what}, held by {_holder(note)}; nothing is lost meanwhile ...", file=sys.stderr, flush=True)
        with suppress(Timeout):
            lock.acquire(timeout=REMIND_S)


def _note_of(path: Path) -> Path:
    return path.with_suffix(".holder.json")


def _write_note(note: Path, **more: object) -> None:
    """Say who holds it. Written beside and renamed: a reader sees all of it; a door's password is its owner's alone."""
    command = _ID.sub("CUSTOMER", " ".join([Path(sys.argv[0]).name, *sys.argv[1:4]]))
    fresh = note.with_suffix(f".{os.getpid()}.new")
    fresh.touch(mode=0o600)
    since = time.strftime("%Y-%m-%d %H:%M:%S")
    fresh.write_text(json.dumps({"pid": os.getpid(), "command": command, "since": since, **more}))
    os.replace(fresh, note)


@contextmanager
def _noted(lock: FileLock, note: Path) -> Iterator[None]:
    """While the block runs the lock, which is taken, is ours and says so."""
    try:
        _write_note(note)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _held(path: Path, what: str, timeout_s: float | None) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    note = _note_of(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if timeout_s is None:
            _wait_without_limit(lock, note, what)
        else:
            _wait(lock, note, what, timeout_s)
    with _noted(lock, note):
        yield


def metastore(settings: Settings, *, without_limit: bool = False):
    """Hold the embedded metastore; a context manager. `without_limit` is for who has a result to lose by giving up."""
    timeout_s = None if without_limit else settings.lock_timeout_s
    return _held(settings.state_dir / "metastore.lock", "the Hive metastore (Derby)", timeout_s)


_STORE = "the serving store (chDB)"


def _serving_lock(settings: Settings) -> Path:
    return settings.state_dir / "serving.lock"


def serving(settings: Settings):
    """Hold the embedded serving store; a context manager."""
    return _held(_serving_lock(settings), _STORE, settings.lock_timeout_s)


@contextmanager
def serving_or_door(settings: Settings) -> Iterator[Door | None]:
    """Hold the embedded serving store (None), or have the door of who holds it, whichever comes first.

    Raises:
        LockHeldError: neither came within `HM_LOCK_TIMEOUT_S`.
    """
    path = _serving_lock(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    note, lock = _note_of(path), FileLock(path)
    begun, told = time.monotonic(), False
    while not lock.is_locked:
        left_s = settings.lock_timeout_s - (time.monotonic() - begun)
        with suppress(Timeout):
            lock.acquire(timeout=min(LOOK_S, max(left_s, 0)) if told else 0)
            break
        if found := door(settings):
            yield found
            return
        if told and left_s <= 0:
            raise _still_held(_STORE, note, settings.lock_timeout_s)
        if not told:
            print(f"Waiting up to {left_s:.0f} s for {_STORE}, held by {_holder(note)} ...", file=sys.stderr, flush=True)
            told = True
    with _noted(lock, note):
        yield None


def open_door(settings: Settings, opened: Door) -> None:
    """Say where the holder of the serving store, this process, answers others."""
    _write_note(_note_of(_serving_lock(settings)), door=asdict(opened))


def door(settings: Settings) -> Door | None:
    """The door of a process that holds the serving store; None where nobody has opened one.

    A note of a process that is gone says nothing.
    """
    try:
        held = json.loads(_note_of(_serving_lock(settings)).read_text())
        return Door(**held["door"]) if psutil.pid_exists(held["pid"]) else None
    except (OSError, ValueError, KeyError):
        return None


def serving_holder(settings: Settings) -> str:
    """Who holds the embedded serving store, for messages."""
    return _holder(_note_of(_serving_lock(settings)))


def spool(settings: Settings):
    """Hold the spool of exposures and events, one server at a time; a context manager."""
    return _held(settings.state_dir / "spool.lock", "the spool of exposures and events", SPOOL_WAIT_S)


def pipeline(settings: Settings):
    """Hold the right to change tables, one chain at a time; a context manager."""
    return _held(settings.state_dir / "pipeline.lock", "the chain of steps", settings.lock_timeout_s)
