"""Kill the chain at random moments, run it again, and compare with a run that was left alone.

`make kill-drill` prints one line per kill and writes the result to `docs/kill-drill.md`. Half of the kills take only the
Python process, so that its JVM is orphaned; the others take the whole process group. A kill in a later step starts from a
copy of the state that the earlier steps left: the chain would only say that they are done.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CUSTOMERS, SEED, TRAIN_WEEKS = "1200", "7", "2"
STEP = re.compile(r"(land|build|candidates|train|evaluate|recommend|publish)\b")
SAME = "same recommendations"
SMALL = {
    "HM_ENV": "embedded",
    "HM_SPARK_DRIVER_MEMORY": "1g",
    "HM_SPARK_SHUFFLE_PARTITIONS": "4",
    "HM_SPARK_JAVA_OPTIONS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
}
"""Settings for a tiny log; the metastore stays as durable as anywhere, since that is what a kill puts to the test."""


@dataclass(frozen=True)
class Kill:
    """One kill and what came after it.

    Attributes:
        line: progress line after which it came; counted, not timed, so that a slow machine is hit as widely as a fast one.
        pause_s: time it let pass then.
        verdict: what running the command again ended in.
    """

    number: int
    line: int
    pause_s: float
    during: str
    how: str
    verdict: str

    @property
    def same(self) -> bool:
        return self.verdict == SAME


def hm(home: Path, *args: str) -> subprocess.Popen:
    """Start an `hm` command on a state folder, in a process group of its own."""
    env = os.environ | {"HM_HOME": str(home)} | SMALL
    command = [sys.executable, "-m", "hm.cli", *args]
    return subprocess.Popen(
        command, env=env, cwd=REPO, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


def finish(home: Path, *args: str) -> list[str]:
    """Run an `hm` command to its end; returns the lines it printed.

    Raises:
        RuntimeError: it failed; the message ends with what it printed.
    """
    process = hm(home, *args)
    _, said = process.communicate()
    if process.returncode:
        raise RuntimeError(f"hm {' '.join(args)} ended with {process.returncode}:\n{said[-4000:]}")
    return said.splitlines()


def chain(raw: Path) -> tuple[str, ...]:
    # So few customers may well be served better by a baseline, which would be the end of it.
    return ("run", str(raw), "--train-weeks", TRAIN_WEEKS, "--force")


def fingerprint(home: Path) -> str:
    """Who gets what, as a hash (`tests.drills.fingerprint`)."""
    command = [sys.executable, "-m", "tests.drills.fingerprint", str(home)]
    return subprocess.run(
        command, env=os.environ | SMALL, cwd=REPO, check=True, capture_output=True, text=True
    ).stdout.strip()


def _step(said: list[str]) -> str:
    """The step that was running, by the last line that names one."""
    named = [found[1] for line in said if (found := STEP.match(line))]
    return named[-1] if named else "start"


@dataclass(frozen=True)
class Undisturbed:
    """A chain that was left alone, piece by piece.

    Attributes:
        raw: the log's files.
        home: where it ran; kills run there too, since a metastore writes down where its tables are.
        pieces: for land, build and the rest: a copy of the state before it, and its lines of progress.
        fingerprint: who gets what (`tests.drills.fingerprint`).
    """

    raw: Path
    home: Path
    pieces: list[tuple[Path, int]]
    fingerprint: str


def undisturbed(work: Path, raw: Path) -> Undisturbed:
    """Run the chain on a log, with nobody killing it."""
    home = work / "home"
    home.mkdir()
    pieces = []
    for command in (("land", str(raw)), ("build", "--train-weeks", TRAIN_WEEKS), chain(raw)):
        before = work / f"before-{command[0]}"
        shutil.copytree(home, before)
        pieces.append((before, len(finish(home, *command))))
    return Undisturbed(raw, home, pieces, fingerprint(home))


def kill_once(calm: Undisturbed, number: int, line: int, pause_s: float, how: str) -> Kill:
    """Start a chain, kill it some time after a line of its progress, run it again to its end, compare."""
    process = hm(calm.home, *chain(calm.raw))
    said = list(islice(process.stderr, line))
    time.sleep(pause_s)
    ended = process.poll() is not None
    if not ended:
        os.killpg(process.pid, signal.SIGKILL) if how == "group" else process.kill()
    said += process.stderr.readlines()
    process.wait()
    during = "after the end" if ended else _step(said)
    try:
        finish(calm.home, *chain(calm.raw))
        verdict = SAME if fingerprint(calm.home) == calm.fingerprint else "OTHER recommendations"
    except RuntimeError as failure:
        verdict = f"FAILED: {str(failure).splitlines()[-1]}"
    return Kill(number, line, pause_s, during, how, verdict)


def drill(calm: Undisturbed, kills: int, seed: int) -> list[Kill]:
    """Every kill on the state that was there before its piece; stratified, so that few still meet early and late steps."""
    print(f"undisturbed: {sum(n for _, n in calm.pieces)} lines of progress, {calm.fingerprint[:16]}", flush=True)
    draw = random.Random(seed)
    found = []
    for number in range(1, kills + 1):
        piece, share = divmod((number - 1 + draw.random()) / kills * len(calm.pieces), 1)
        before, n_lines = calm.pieces[int(piece)]
        line, pause_s = int(share * n_lines), draw.choice([0.1, 1, 4]) * draw.random()
        shutil.rmtree(calm.home)
        shutil.copytree(before, calm.home)
        kill = kill_once(calm, number, line, pause_s, draw.choice(["process", "group"]))
        print(f"kill {number}, {line} lines + {pause_s:.1f} s, in {kill.during} ({kill.how}): {kill.verdict}", flush=True)
        found.append(kill)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="Markdown file for the result")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hm-drill-") as work:
        raw = Path(work) / "raw"
        finish(Path(work) / "none", "generate", "--out", str(raw), "--scale", CUSTOMERS, "--seed", SEED)
        kills = drill(undisturbed(Path(work), raw), options.kills, options.seed)
    failed = [k for k in kills if not k.same]
    print(f"{len(kills) - len(failed)} of {len(kills)} kills ended in the recommendations of an undisturbed run")
    if options.write:
        rows = [f"| {k.number} | {k.line} + {k.pause_s:.1f} s | {k.during} | {k.how} | {k.verdict} |" for k in kills]
        head = [
            "| kill | lines of progress | during | what was killed | after running the command again |",
            "|---|---|---|---|---|",
        ]
        title = f"# Kill drill: {len(kills) - len(failed)} of {len(kills)}\n"
        head = [f"`make kill-drill KILLS={len(kills)}` on a synthetic log of {CUSTOMERS} customers.\n", *head]
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text("\n".join([title, *head, *rows, ""]))
    return 1 if failed or not kills else 0


if __name__ == "__main__":
    sys.exit(main())
