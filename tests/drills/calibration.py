"""The table of facts that a look-alike is accepted by: docs/lookalike.md from the answers of `hm facts --json`.

hm generate --scale medium --out medium && hm facts medium --ladder --json > medium.json
hm generate --scale full --out full && hm facts full --ladder --json > full.json
python -m tests.drills.calibration medium.json full.json --write docs/lookalike.md
"""

import argparse
import json
import re
from pathlib import Path

MARK = "<!-- The table below is written by tests/drills/calibration.py. -->"


def number(value: float) -> str:
    """Four digits that count; whole numbers whole."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}" if value >= 0.001 else f"{value:.4f}"


def verdict(fact: dict) -> str:
    if fact["in_band"] is None:
        return f"{number(fact['measured'])} ·"
    return number(fact["measured"]) if fact["in_band"] else f"**{number(fact['measured'])}**"


def summary(answer: dict) -> str:
    """How many facts of one log lie in their band, and which do not."""
    held = [fact for fact in answer["facts"] if fact["in_band"] is not None]
    out = [fact["name"] for fact in held if not fact["in_band"]]
    made = answer["lookalike"]
    line = f"- {made['scale']} (v{made['version']}, seed {made['seed']}, {made['rows']:,} rows): "
    line += f"{len(held) - len(out)} of {len(held)} in their band"
    return line + (f"; outside: {'; '.join(out)}." if out else ".")


def table(answers: list[dict]) -> list[str]:
    """Markdown: one row per fact, one column per log; bold lies outside its band, a dot is not held to it at that size."""
    scales = [answer["lookalike"]["scale"] for answer in answers]
    rows = [f"| fact | H&M | band | {' | '.join(scales)} |", "|---|---|---|" + "---|" * len(scales)]
    for facts in zip(*(answer["facts"] for answer in answers), strict=True):
        one = facts[0]
        band = f"{number(one['low'])} - {number(one['high'])}"
        measured = " | ".join(verdict(fact) for fact in facts)
        rows.append(f"| {one['name']} | {number(one['published'])} | {band} | {measured} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path, nargs="+", help="What `hm facts --ladder --json` said of each log")
    parser.add_argument("--write", type=Path, required=True, help="Markdown page whose table is replaced")
    options = parser.parse_args()
    answers = [json.loads(path.read_text()) for path in options.answers]
    page = options.write.read_text()
    found = [MARK, "", *map(summary, answers), "", *table(answers), ""]
    options.write.write_text(re.sub(f"{MARK}.*", lambda _: "\n".join(found), page, flags=re.DOTALL))


if __name__ == "__main__":
    main()
