"""Build features on Spark as `hm build` does, without its data tests; prints what each model took as JSON.

`hm_marts.py DATE first` builds everything, the tables by day anew; `hm_marts.py DATE MODEL...` builds a date on the tables
by day that stand, then each of the models alone in the same process, which is warm by then.
"""

import json
import sys
import time
from datetime import date

import psutil

from infra.settings import get_settings
from spark_jobs.build_features import build_features
from tests.bench.pieces.marts import BY_DAY


def cpu_s() -> float:
    """Processor seconds of this process and the JVM so far."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def built(day: date, **options: object) -> dict:
    """One build: seconds on the wall and of the processors, and each model's as dbt reports them."""
    begun, used = time.perf_counter(), cpu_s()
    nodes = build_features(get_settings(), [day], full_tests=False, progress=_say, **options)
    models = {node.name: node.seconds for node in nodes if node.kind == "model"}
    return {"seconds": time.perf_counter() - begun, "cpu_s": cpu_s() - used, "models": models}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    day, models = date.fromisoformat(sys.argv[1]), sys.argv[2:]
    if models == ["first"]:
        found = {"all": built(day, rebuild=BY_DAY)}
    else:
        found = {"all": built(day), "alone": {model: built(day, select=[model]) for model in models}}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
