"""Measure the product beside its peers, piece by piece: `python -m tests.bench PIECE... --log FOLDER --write docs/bench.md`.

A piece that was measured on this log with this code is skipped; without a piece, all of them are measured.
"""

import argparse
import importlib
import signal
import sys
from pathlib import Path

from infra.errors import UserError
from infra.settings import get_settings
from tests.bench.log import Log
from tests.bench.record import code_of, machine, stands, write
from tests.bench.table import PIECES, assemble


def measure_piece(piece: str, log: Log, again: bool) -> bool:
    """Measure one piece, unless that was done; returns whether it was measured now."""
    module = importlib.import_module(f"tests.bench.pieces.{piece}")
    file, code = log.results / f"{piece}.json", code_of((*module.DEPENDS, f"tests/bench/pieces/{piece}.py"))
    if not again and stands(file, log.marker, code):
        print(f"{piece}: measured already ({file}); --again measures it once more", flush=True)
        return False
    print(f"{piece}: on {log.described['label']}, {log.described['rows']:,} rows ...", flush=True)
    before = machine()
    found = module.measured(log)
    write(file, piece, log.described, code, found, before)
    print(f"{piece}: {len(found.rows)} rows in {file}", flush=True)
    return True


def main() -> int:
    """Entry point; a user's error is one sentence and exit code 2."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pieces", nargs="*", metavar="PIECE", help=f"any of {', '.join(PIECES)}")
    parser.add_argument("--log", type=Path, help="folder of the three CSV files; without it only the page is written")
    parser.add_argument("--work", type=Path, help="folder for state and records (default: HM_HOME/bench)")
    parser.add_argument("--write", type=Path, help="Markdown page; its JSON is written beside it")
    parser.add_argument("--again", action="store_true", help="measure also what was measured already")
    options = parser.parse_args()
    # So that a contestant does not outlive a bench that is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    work = (options.work or get_settings().home / "bench").absolute()
    try:
        if unknown := set(options.pieces) - set(PIECES):
            parser.error(f"no such piece: {', '.join(sorted(unknown))}")
        for piece in (options.pieces or PIECES) if options.log else ():
            measure_piece(piece, Log(options.log.absolute(), work), options.again)
    except UserError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    finally:
        if options.write:
            print(f"{options.write}: {assemble(work / 'results', options.write)} records", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
