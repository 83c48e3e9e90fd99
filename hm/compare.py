"""Who is compared with whom: state folders, single models, and the full system without one of its parts.

What was judged stands beside the model, buyer by buyer (`Plan.judged_file`), so nothing is trained or judged twice.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa

from hm.chain import Chain, code_version
from hm.plan import Plan
from infra.errors import UserError
from infra.settings import Settings
from models.compare import Comparison, compare
from models.evaluation.judged import read_rows
from models.evaluation.weeks import judge_run
from models.interactions import Interactions
from models.ranking import RankerConfig, load_run, train
from models.ranking.leave_out import groups_of
from models.ranking.run import RUN_FILE
from warehouse import calendar
from warehouse.stamps import Stamps

ALL = "all"
KINDS = {"source": "without_sources", "features": "without_features"}
"""What may be left out -> the setting of the ranker that does it."""


class CompareError(UserError):
    """What was asked for cannot be compared; the message says what can."""


@dataclass(frozen=True)
class Side:
    """One of two systems.

    Attributes:
        name: what it is called.
        runs: week -> folder of the run that stands for it there.
        rows: the buyers of one of these weeks, judged under its run.
    """

    name: str
    runs: Mapping[date, Path]
    rows: Callable[[date], pa.Table]

    def told(self, week: date) -> dict:
        """run.json of a week."""
        return json.loads((self.runs[week] / RUN_FILE).read_text())


class Judge:
    """Judges runs of this state folder on its weeks, where that was not done."""

    def __init__(self, chain: Chain):
        self.chain, self.plan = chain, chain.plan

    @cached_property
    def log(self) -> Interactions:
        return Interactions.from_catalogue(self.plan.catalogue)

    @cached_property
    def weeks(self) -> list[date]:
        """Whole label weeks whose candidates are stored."""
        return [
            w for w in self.plan.catalogue.as_of_dates("recs.candidates") if w + calendar.WEEK <= self.plan.span.as_of_date
        ]

    def rows(self, run: Path, week: date) -> pa.Table:
        """The buyers of a week under a run."""
        file = self.plan.judged_file(run, week)
        if not file.is_file():
            self.chain.progress.say(f"judging {run.name} on the week from {week}")
            judge_run(self.plan.catalogue, self.log, run, week, file, self.plan.reranking)
        return read_rows(file)

    def side(self, name: str, runs: Mapping[date, Path]) -> Side:
        return Side(name, runs, lambda week: self.rows(runs[week], week))


# -- two sides ------------------------------------------------------------------------------------------------------------


def compare_sides(chain: Chain, a: str, b: str, weeks: int | None) -> Comparison:
    """Compare two state folders, run ids or as-of dates of models on the weeks that both can be judged on.

    Args:
        weeks: the latest so many; all by default.

    Raises:
        CompareError: a name means nothing, or there is no such week.
        OtherLogError: the sides landed other logs.
    """
    judge = Judge(chain)
    return compared(side_of(judge, a), side_of(judge, b), weeks)


def compared(a: Side, b: Side, weeks: int | None = None) -> Comparison:
    """Compare two sides on their latest common weeks."""
    common = sorted(set(a.runs) & set(b.runs), reverse=True)[:weeks]
    if not common:
        spans = "; ".join(f"{s.name}: {', '.join(map(str, sorted(s.runs, reverse=True))) or 'none'}" for s in (a, b))
        raise CompareError(f"There is no week that both can be judged on ({spans}).")
    tables = tuple(pa.concat_tables(side.rows(week) for week in common) for side in (a, b))
    return compare(a.name, b.name, tables, (a.told(common[0]), b.told(common[0])))


def side_of(judge: Judge, text: str) -> Side:
    """A state folder, a run id, or the as-of date of a model.

    Raises:
        CompareError: it is none of these.
    """
    settings = judge.plan.settings
    if (settings.runs_dir / text / RUN_FILE).is_file():
        return one_run(judge, settings.runs_dir / text)
    if Path(text).is_dir():
        return folder_side(settings, Path(text))
    if run_id := judge.plan.stamps.result(f"train:{text}").get("run_id"):
        return one_run(judge, settings.runs_dir / run_id)
    known = ", ".join(trained_weeks(judge.plan.stamps)) or "none yet"
    raise CompareError(f"{text!r} is no state folder, no run of {settings.runs_dir}, and no date of a model ({known}).")


def one_run(judge: Judge, run: Path) -> Side:
    """One model on every week that began when it was trained, or later."""
    first = load_run(run).as_of_date
    return judge.side(run.name, {week: run for week in judge.weeks if week >= first})


def folder_side(settings: Settings, folder: Path) -> Side:
    """What `hm evaluate` judged in a state folder (HM_HOME, or one environment in it): each week by the week's own model.

    Raises:
        CompareError: nothing was judged there.
    """
    home = folder.absolute()
    names = {"home": home} if (home / settings.env).is_dir() else {"home": home.parent, "env": home.name}
    theirs = settings.model_copy(update=names)
    stamps, files = Stamps(theirs), {}
    for week in trained_weeks(stamps):
        run = theirs.runs_dir / stamps.result(f"train:{week}")["run_id"]
        if judged := list(run.glob(f"judged-{week}-*.parquet")):
            files[date.fromisoformat(week)] = max(judged, key=lambda file: file.stat().st_mtime)
    if not files:
        raise CompareError(f"Nothing was judged in {folder}; run `hm evaluate --weeks 4` on it (HM_HOME={folder}).")
    return Side(str(folder), {week: file.parent for week, file in files.items()}, lambda week: read_rows(files[week]))


def trained_weeks(stamps: Stamps) -> list[str]:
    """As-of dates of the models of a state folder, ascending."""
    return [name.removeprefix("train:") for name in stamps.names() if name.startswith("train:")]


# -- leaving out ----------------------------------------------------------------------------------------------------------


def leave_out(chain: Chain, parts: Sequence[str], weeks: int | None) -> list[Comparison]:
    """The full system (a) against itself without each of some parts (b), every model trained on the same weeks.

    Args:
        parts: `source:NAME` or `features:GROUP`, several joined by a comma to leave them out together; `all` for each one.
        weeks: judged weeks; by default those of the last evaluation that stands, else one.

    Raises:
        CompareError: a part is no such text.
        UnknownPartError: a source or group does not exist.
    """
    weeks = weeks or len((chain.last_metrics() or {"weeks": [""]})["weeks"])
    chain.evaluate(weeks)
    days = calendar.evaluation_dates(chain.plan.as_of_date, weeks)
    judge, full = Judge(chain), {day: chain.plan.run_dir(day) for day in days}
    variants = variants_of(parts, load_run(full[days[0]]))
    found = []
    with chain.progress.step("leave out", f"{len(variants)} variants of the full system, {len(days)} weeks each"):
        for number, (name, config) in enumerate(variants.items(), start=1):
            runs = {day: variant_run(judge, day, config) for day in days}
            found.append(compared(judge.side("full system", full), judge.side(f"without {name}", runs)))
            chain.progress.say(f"{number} of {len(variants)}, without {name}: {found[-1].pooled.difference:+.4f}")
    return found


def variants_of(parts: Sequence[str], full) -> dict[str, dict[str, tuple[str, ...]]]:
    """What is left out, as it was asked for -> settings of the ranker.

    Args:
        full: the run that has everything.
    """
    every = [*(f"source:{s}" for s in full.layout.sources), *(f"features:{g}" for g in groups_of(full.features))]
    asked = dict.fromkeys(name for part in parts for name in (every if part == ALL else [part]))
    return {name: _settings(name) for name in asked}


def _settings(name: str) -> dict[str, tuple[str, ...]]:
    pairs = [part.strip().partition(":") for part in name.split(",")]
    if any(kind not in KINDS or not what for kind, _, what in pairs):
        raise CompareError(f"{name!r} cannot be left out: say source:NAME, features:GROUP or {ALL}.")
    return {setting: tuple(sorted(what for k, _, what in pairs if k == kind)) for kind, setting in KINDS.items()}


def variant_run(judge: Judge, day: date, changed: Mapping[str, object]) -> Path:
    """Folder of the model of a day under changed settings of the ranker, trained where it is not there yet."""
    plan: Plan = judge.plan
    parts = plan.train(day).parts | dict(changed)
    folder = plan.settings.runs_dir / plan.run_id(day, parts)
    if not (folder / RUN_FILE).is_file():
        train(
            plan.catalogue,
            day,
            weeks=len(parts["weeks"]),
            run_dir=folder,
            config=RankerConfig(num_threads=plan.settings.n_threads, **plan.ranker_settings | dict(changed)),
            log=judge.log,
            stamps=parts,
            code_version=code_version(),
        )
        judge.chain.progress.say(f"trained {folder.name}")
    return folder
