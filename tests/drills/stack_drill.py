"""Kill every part of the real stack in the middle of one chain, start it again, run the same command, compare.

`make drills` prints one line per drill and writes the result to `docs/stack-drills.md`. One chain takes all the kills, so
that what each of them leaves behind is met by the next; meanwhile a reader polls Trino. Afterwards: HDFS in safe mode, HDFS
that takes no more, and the stack brought up and down again and again.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

import psutil

from infra.errors import UserError
from infra.local.services import hadoop_command
from tests.drills.kill_drill import chain, undisturbed
from tests.small_log import AS_OF, small_log
from tests.stack import RunningStack, small_stack
from warehouse.trino import query

KILLS = [
    ("datanode", "rows checked"),
    ("namenode", "int_as_of_days: success"),
    ("metastore", "fct_transactions: success"),
    ("thrift", "customer_rfm: success"),
    ("datanode", "candidates:"),
    ("clickhouse", "recommend: done"),
    ("trino", "publish"),
]
"""Part of the stack, and the chain's line of progress after which it is killed; Trino last, which no chain waits for."""
POLLED = {
    "raw.transactions": "select 'all', count(*) from raw.transactions",
    "marts.customer_rfm": "select cast(as_of_date as varchar), count(*) from marts.customer_rfm group by 1",
    "marts.article_features": "select cast(as_of_date as varchar), count(*) from marts.article_features group by 1",
}


@dataclass(frozen=True)
class Drill:
    """One thing that was done to the stack.

    Attributes:
        what: what was done, and when.
        said: what the command that ran meanwhile ended in.
        after: what running it again ended in.
    """

    what: str
    said: str
    after: str
    passed: bool


@dataclass
class Reader:
    """Polls Trino and writes down every count that it saw."""

    stack: RunningStack
    seen: dict[str, set] = field(default_factory=lambda: defaultdict(set))
    n_answers: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def poll(self) -> None:
        for table, question in POLLED.items():
            try:
                rows = query(self.stack.settings, question).rows
            except (UserError, OSError):
                continue  # the table is not there yet, or a part that answers is down
            self.n_answers += 1
            self.seen[table] |= {tuple(row) for row in rows}

    def run(self) -> None:
        while not self.ended.wait(1):
            self.poll()

    @contextmanager
    def polling(self) -> Iterator[None]:
        thread = threading.Thread(target=self.run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self.ended.set()
            thread.join(60)

    def wrong(self) -> dict[str, set]:
        """Counts that were seen and are not the ones of now; an empty table is one where nothing was built yet."""
        seen, self.seen = self.seen, defaultdict(set)
        self.poll()
        return {table: odd for table in seen if (odd := {s for s in seen[table] - self.seen[table] if s[1]})}


def until(process: subprocess.Popen, marker: str, said: list[str]) -> bool:
    """Read a command's progress up to a line; returns whether it came."""
    for line in process.stderr:
        said.append(line)
        if marker in line:
            return True
    return False


def kill_in_the_chain(stack: RunningStack, raw: Path, service: str, marker: str) -> Drill:
    process, said = stack.start("hm.cli", *chain(raw)), []
    met = until(process, marker, said)
    if met:
        stack.kill(service)
    said += process.stderr.readlines()
    code = process.wait()
    stack.up()
    after = "is up again"
    what = f"kill -9 of {service} after “{marker.strip()}”"
    last = said[-1].strip() if code else "went on to its end"
    # One sentence, not a stack: what a user sees.
    told = code == 0 or (code == 2 and last.startswith("hm: "))
    return Drill(what, last if met else f"“{marker}” never came: {last}", after, met and told)


def kill_under_yarn(stack: RunningStack, raw: Path) -> Drill:
    """Kill the only NodeManager while a landing runs in its containers."""
    process = stack.start("infra.submit", "run", "land", str(raw), HM_SPARK_MASTER="yarn")
    while process.poll() is None and _application(stack).get("state") != "RUNNING":
        time.sleep(0.5)
    stack.kill("nodemanager")
    stack.up()
    heard = [*process.communicate()[1].splitlines(), "nothing"]
    ended = _application(stack)
    state, status = ended.get("state"), ended.get("finalStatus")
    said = f"application {state}, {status}, exit code {process.returncode}"
    if process.returncode:
        said += f": {heard[-2]}"
    return Drill("kill -9 of nodemanager under a landing on YARN", said, "", status == "SUCCEEDED")


def _application(stack: RunningStack) -> dict:
    """The latest one, as the ResourceManager sees it."""
    with urlopen(f"http://127.0.0.1:{stack.settings.yarn_http_port}/ws/v1/cluster/apps") as answer:
        found = (json.load(answer)["apps"] or {}).get("app", [])
    return max(found, key=lambda app: app["startedTime"], default={})


def dfsadmin(stack: RunningStack, *words: str) -> None:
    """HDFS's own administration command."""
    command = hadoop_command("128m", "org.apache.hadoop.hdfs.tools.DFSAdmin", *words)(stack.settings)
    subprocess.run(command, env=stack.env | stack.settings.service_env(), check=True, capture_output=True)


def refused(stack: RunningStack, what: str, hinder: Callable[[], None], free: Callable[[], None], as_of: str) -> Drill:
    """Build a date that is not there while HDFS takes nothing, and again when it does."""
    command = ("hm.cli", "build", "--as-of", as_of, "--train-weeks", "1")
    hinder()
    process = stack.start(*command)
    said = process.communicate()[1].splitlines()
    free()
    told = process.returncode == 2 and said[-1].startswith("hm: ")
    try:
        stack.finish(*command)
        after = "built"
    except RuntimeError as failure:
        after = f"FAILED: {str(failure).splitlines()[-1]}"
    return Drill(what, said[-1], after, told and after == "built")


def fsck(stack: RunningStack) -> Drill:
    url = f"http://127.0.0.1:{stack.settings.hdfs_http_port}/fsck?ugi={stack.settings.hdfs_user}&path=/"
    with urlopen(url) as answer:
        status = next(line for line in answer.read().decode().splitlines() if "Status:" in line).strip()
    return Drill("HDFS's own check of every block (fsck)", status, "", "HEALTHY" in status)


def ups_and_downs(stack: RunningStack, n: int) -> Drill:
    """Processes that are left when the stack has been brought up and down some times."""
    home = stack.env["HM_HOME"]
    for _ in range(n):
        stack.up()
        stack.finish("infra.local", "down")
    left = [p for p in psutil.process_iter() if p.pid != os.getpid() and _belongs_to(p, home)]
    names = ", ".join(f"{p.pid} {p.name()}" for p in left) or "no process is left"
    return Drill(f"{n} times up and down", names, "", not left)


def _belongs_to(process: psutil.Process, home: str) -> bool:
    try:
        return process.environ().get("HM_HOME") == home
    except psutil.Error:
        return False


def drills(work: Path, cycles: int) -> Iterator[Drill]:
    raw = small_log(work / "raw")
    calm = undisturbed(work, raw)
    stack = small_stack(work / "stack home")
    try:
        stack.up()
        reader = Reader(stack)
        with reader.polling():
            first, *others = KILLS
            yield kill_in_the_chain(stack, raw, *first)
            yield kill_under_yarn(stack, raw)
            for service, marker in others:
                yield kill_in_the_chain(stack, raw, service, marker)
            stack.finish("hm.cli", *chain(raw))
        found = stack.finish("tests.drills.fingerprint", stack.env["HM_HOME"]).strip()
        same = found == calm.fingerprint
        yield Drill("the same command to its end", "same recommendations" if same else "OTHER recommendations", "", same)
        wrong = reader.wrong()
        answers = f"{reader.n_answers} answers of Trino meanwhile, none of a wrong count" if not wrong else f"WRONG: {wrong}"
        yield Drill("a reader of three tables", answers, "", not wrong and reader.n_answers > 0)
        yield fsck(stack)
        warehouse = str(stack.settings.warehouse_dir)
        yield refused(
            stack,
            "HDFS in safe mode",
            lambda: dfsadmin(stack, "-safemode", "enter"),
            lambda: dfsadmin(stack, "-safemode", "leave"),
            AS_OF[0],
        )
        yield refused(
            stack,
            "HDFS that takes no more (quota)",
            lambda: dfsadmin(stack, "-setSpaceQuota", "1", warehouse),
            lambda: dfsadmin(stack, "-clrSpaceQuota", warehouse),
            AS_OF[1],
        )
        stack.finish("infra.local", "down")
        yield ups_and_downs(stack, cycles)
    finally:
        stack.start("infra.local", "down").wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=10, help="times the stack is brought up and down at the end")
    parser.add_argument("--write", type=Path, help="Markdown file for the result")
    options = parser.parse_args()
    done = []
    with tempfile.TemporaryDirectory(prefix="hm-drill-") as work:
        for drill in drills(Path(work), options.cycles):
            print(f"{'passed' if drill.passed else 'FAILED'}: {drill.what}: {drill.said} {drill.after}", flush=True)
            done.append(drill)
    n_passed = sum(drill.passed for drill in done)
    print(f"{n_passed} of {len(done)} drills passed")
    if options.write:
        head = [
            f"# Drills on the real stack: {n_passed} of {len(done)}\n",
            "`make drills`, on a synthetic log of 1,200 customers and twelve weeks. One chain takes all the kills; after",
            "each of them the stack is brought up and the same command runs again.\n",
            "| | what was done | what the command said | and then | |",
            "|---|---|---|---|---|",
        ]
        rows = [
            f"| {n} | {d.what} | {d.said.replace(work, '...')} | {d.after} | {'passed' if d.passed else 'FAILED'} |"
            for n, d in enumerate(done, start=1)
        ]
        options.write.write_text("\n".join([*head, *rows, ""]))
    return 0 if n_passed == len(done) else 1


if __name__ == "__main__":
    sys.exit(main())
