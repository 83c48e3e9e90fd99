"""python -m tests.study NAME=HOME ... --write docs/study.md"""

import argparse
import sys
import time
from pathlib import Path

from infra.errors import UserError
from tests.study.cells import GROUPS, chosen
from tests.study.log import StudiedLog
from tests.study.page import fingerprint, page
from tests.study.run import study
from tests.study.table import Found


def main() -> int:
    options = arguments()
    try:
        logs = [log_of(text, options.threads) for text in options.logs]
        if not options.page:
            run_all([log for log in logs if options.log in (None, log.name)], options)
        if options.write:
            options.write.write_text(page(logs, GROUPS))
            print("\n".join(f"{log.name}, {g.name}: figures {fingerprint(Found(log, g))}" for log in logs for g in GROUPS))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.study", description="Fit and judge what the study's table needs.")
    parser.add_argument(
        "logs", nargs="+", metavar="NAME=HOME", help="state folder of a finished `hm run`, and what to call it"
    )
    parser.add_argument("--write", type=Path, help="Markdown file of the tables")
    parser.add_argument("--only", nargs="*", metavar="GROUP", choices=[g.name for g in GROUPS], help="these questions")
    parser.add_argument("--cells", nargs="*", default=(), metavar="CELL", help="these cells; `telling` for the most telling")
    parser.add_argument("--log", metavar="NAME", help="fit on this log only; the page still shows all")
    parser.add_argument("--page", action="store_true", help="fit nothing, write what is there")
    parser.add_argument("--threads", type=int, default=2, help="LightGBM's threads; no result depends on them")
    return parser.parse_args()


def log_of(text: str, threads: int) -> StudiedLog:
    """NAME=HOME.

    Raises:
        UserError: it is not of that form, or HOME is no folder.
    """
    name, _, home = text.partition("=")
    if not home or not Path(home).is_dir():
        raise UserError(f"{text!r} is not NAME=HOME with the state folder (HM_HOME) of a finished `hm run`.")
    return StudiedLog(name, Path(home), threads)


def run_all(logs: list[StudiedLog], options: argparse.Namespace) -> None:
    """Group by group, each on all logs."""
    for group in chosen(GROUPS, options.cells):
        for log in logs if not options.only or group.name in options.only else []:
            begun = time.perf_counter()
            made = study(log, [group], lambda text: print(text, flush=True))
            print(f"{log.name}, {group.name}: {made} made in {time.perf_counter() - begun:.0f} s, rest kept", flush=True)


if __name__ == "__main__":
    sys.exit(main())
