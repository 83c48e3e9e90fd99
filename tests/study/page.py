"""docs/study.md: what was asked, what was found, and how to find it again."""

from collections.abc import Sequence

import numpy as np

from tests.study.bands import Policies
from tests.study.log import StudiedLog
from tests.study.systems import Group
from tests.study.table import Found, Row, figures, table
from tests.study.words import sentence

ABOUT = """# Study: what was tried, and what it was worth

Each cell changes one thing of the product and is judged as `hm evaluate` judges: MAP@12 (set truth) of the buyers of later
weeks, each week by a model that was trained on the product's label weeks before it. Differences are paired, cell less
reference on the same buyers of the same weeks; 95 % bootstrap intervals, customers drawn with all their weeks. "New
articles" is MAP@12 on what the buyer had not bought before; "candidates' recall" the share of bought pairs that reach the
ranker; "CPU s" the processor seconds of fitting and judging one week, with the product's candidates and features read from
files; the unchanged product's own models, which `hm evaluate` trained, too.

What is not the product's lives in `tests/study` only. The page is written by

```bash
{command}
```

on state folders of finished runs: `HM_HOME=FOLDER hm run RAW --weeks N`, where N weeks are judged (4 for all of the policy
tables, 2 for the others). Results are kept under `FOLDER/<env>/study` by a hash of log, code, cell and week: stopped, the
same command goes on. `python -m tests.study NAME=FOLDER ...` has more: `--only GROUP` and
`--cells CELL ...` run a part, `--cells telling` the most telling ones (for larger logs), `--page` writes only.
"""


def page(logs: Sequence[StudiedLog], groups: Sequence[Group]) -> str:
    """The whole page."""
    names = " ".join(f"{log.name}=FOLDER" for log in logs)
    parts = [ABOUT.format(command=f'make study LOGS="{names}"')]
    for group in groups:
        parts += [f"\n## {group.name}\n\n{group.question}\n"]
        parts += [section(Found(log, group)) for log in logs]
    return "\n".join(parts).rstrip() + "\n"


def section(found: Found) -> str:
    """One question on one log."""
    log, group = found.log, found.group
    synthetic = f" (synthetic look-alike v{log.look_alike}: says nothing about H&M)" if log.look_alike else ""
    weeks = ", ".join(map(str, found.weeks))
    lines = [f"### {group.name}: {log.name}{synthetic}", "", f"Judged on the weeks from {weeks} on.", ""]
    rows, more = list(found.rows()), below(found)
    for part in (table(rows) if rows else [], more, [sentence(log.name, group.name, fingerprint(found))]):
        lines += [*part, ""] if any(part) else []
    return "\n".join([*lines, *left(found)])


def below(found: Found) -> list[str]:
    """What stands under a group's table."""
    rows = list(found.rows())
    return MORE[found.group.name](found, rows) if rows and found.group.name in MORE else []


def fingerprint(found: Found) -> str:
    """Hash of all that is shown of a group on a log; empty while nothing is."""
    rows = list(found.rows())
    return figures([row.numbers for row in rows] + below(found)) if rows else ""


def spread(rows: list[Row]) -> str:
    """How far the rows lie apart."""
    found = np.array([row.map for row in rows])
    return (
        f"{len(found)} pairs of seeds: mean {found.mean():.4f}, standard deviation {found.std(ddof=1):.4f}, "
        f"{found.min():.4f} to {found.max():.4f}."
    )


MORE = {
    "policy": lambda found, rows: Policies(found).tables(),
    "seeds": lambda found, rows: [spread(rows)] if len(rows) > 1 else [],
}
"""Group -> what stands under its table."""


def left(found: Found) -> list[str]:
    """What is not in the table, and why."""
    lines = []
    if missing := found.missing():
        names = ", ".join(cell.id for cell in missing)
        lines += [f"Still to run: {names} (`--log {found.log.name} --only {found.group.name}`).", ""]
    if impossible := found.impossible():
        names = ", ".join(cell.id for cell in impossible)
        lines += [f"More label weeks than are built: {names}.", ""]
    return lines
