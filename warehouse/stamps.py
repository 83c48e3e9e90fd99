"""What was done, from what: a step whose stamp stands is skipped, and `why` says what changed.

A stamp is a hash over named parts: the stamps of the inputs, the code and SQL, the settings. The parts are kept beside it,
so that a changed stamp can be explained part by part.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from infra.settings import Settings


def digest(*parts: object) -> str:
    """Short stable hash of JSON-able values."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def code_stamp(paths: Iterable[Path]) -> str:
    """Hash of the text of files and of the code and SQL files below folders."""
    sha = hashlib.sha256()
    for path in sorted(_code_files(paths)):
        sha.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return sha.hexdigest()[:16]


def _code_files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_file():
            yield path
        else:
            kept = (f for suffix in ("py", "sql", "yml") for f in path.rglob(f"*.{suffix}"))
            yield from (f for f in kept if not {"target", "logs", "__pycache__"} & set(f.relative_to(path).parts))


class Stamps:
    """The stamps of one environment, one small file."""

    def __init__(self, settings: Settings):
        self._file = settings.state_dir / "stamps.json"

    def _all(self) -> dict[str, dict]:
        try:
            return json.loads(self._file.read_text())
        except FileNotFoundError:
            return {}

    def get(self, step: str) -> str | None:
        """The stamp a step was last finished with, or None."""
        entry = self._all().get(step)
        return entry and entry["stamp"]

    def parts(self, step: str) -> dict:
        """What the step was last finished with (`{}` where it never was)."""
        return self._all().get(step, {}).get("parts", {})

    def names(self) -> list[str]:
        """Names of the steps that were finished."""
        return sorted(self._all())

    def result(self, step: str) -> dict:
        """What the step left for those after it (`{}` where it never finished)."""
        return self._all().get(step, {}).get("result", {})

    def stands(self, step: str, parts: Mapping[str, object]) -> bool:
        """Whether the step was last finished with exactly these parts."""
        return self.get(step) == digest(dict(parts))

    def changed(self, step: str, parts: Mapping[str, object]) -> list[str]:
        """Names of the parts that differ from the last time; `['never done']` for a new step, `[]` where it stands."""
        entry = self._all().get(step)
        if entry is None:
            return ["never done"]
        before = entry["parts"]
        now = json.loads(json.dumps(dict(parts), default=str))
        return sorted(name for name in {*before, *now} if before.get(name) != now.get(name))

    def drop(self, step: str) -> None:
        """Forget a step, before its result is replaced by one that may fail."""
        entries = self._all()
        if entries.pop(step, None):
            self._write(entries)

    def set(self, step: str, parts: Mapping[str, object], result: Mapping[str, object] | None = None) -> None:
        """Write down that the step is finished."""
        entries = self._all()
        entries[step] = {
            "stamp": digest(dict(parts)),
            "parts": dict(parts),
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "result": dict(result or {}),
        }
        self._write(entries)

    def _write(self, entries: dict[str, dict]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(entries, indent=1, sort_keys=True, default=str))
        fresh.replace(self._file)
