"""The steps in their order, each done where its stamp does not stand.

Heavy parts (Spark, dbt, LightGBM, chDB) are imported by the step that needs them: `hm lookup` and `--help` stay quick.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from hm.gates import missing_run, require_one_origin, served_run
from hm.plan import Pending, Plan
from hm.progress import Progress
from infra.errors import UserError
from infra.settings import REPO, Settings
from infra.spark import stop_spark
from warehouse import calendar, landings
from warehouse.gates.gate import Gate, require, sentence

PLANNED = "planned"
"""Stamp of what dbt was told to build outside this command."""


def code_version() -> str:
    """The commit of this checkout, with `+` where files differ from it; the package's version outside a checkout."""
    try:
        text = subprocess.run(
            ["git", "-C", str(REPO), "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        from importlib.metadata import version

        return version("hm-warehouse")
    return text


class Chain:
    """Does the steps of a plan; every method may be called again and again."""

    def __init__(self, settings: Settings, progress: Progress, plan: Plan):
        self.settings = settings
        self.progress = progress
        self.plan = plan

    @property
    def look_alike(self) -> str:
        """Version of the look-alike that has landed, so that every figure is labelled with it; empty for a real log."""
        return landings.look_alike(self.plan.catalogue)

    def _due(self, pieces: Sequence[Pending], step: str, what: str) -> list[Pending]:
        due = [p for p in pieces if p.why]
        if not due:
            self.progress.skipped(step, f"{what} is done and nothing it depends on changed")
        return due

    # -- the steps ----------------------------------------------------------------------------------------------------

    def land(
        self,
        folder: Path,
        today: date | None = None,
        replace_days: bool = False,
        max_reject_share: float | None = None,
        check: bool = True,
    ):
        """Land the CSV files of a folder, then check what landed (without `check`, that is left to the next step)."""
        from spark_jobs.land_raw import land

        require_one_origin(self.plan.catalogue, folder)
        with self.progress.step("land", f"CSV files of {folder} to Hive tables"):
            landed = land(
                self.settings,
                folder,
                today=today,
                replace_days=replace_days,
                max_reject_share=max_reject_share,
                progress=self.progress.say,
            )
            self.plan.__dict__.pop("span", None)
            if check:
                self._check_landed()
        return landed

    def quality(self) -> None:
        """Check what has landed, where that was not done or did not hold."""
        if self._due([self.plan.quality()], "quality", "the check of what landed"):
            with self.progress.step("quality", "checks of what landed"):
                self._check_landed()

    def _check_landed(self) -> None:
        """Check what has landed, where that was not done or did not hold: nothing is built on rows that fail."""
        from warehouse.quality import check_landed

        quality = self.plan.quality()
        if quality.why:
            check_landed(self.settings, self.progress.say)
            self.plan.stamps.set(quality.name, quality.parts)

    def build(self, days: Sequence[date], rebuild: Sequence[str] = (), select: Sequence[str] = ()) -> None:
        """Build the features of all days that need it, in one dbt run; with `select`, part of them, which stamps nothing."""
        from spark_jobs.build_features import build_features

        pieces = [self.plan.build(d) for d in days]
        core = self.plan.core()
        due = pieces if (rebuild or select) else self._due([core, *pieces], "build", f"{len(pieces)} as-of dates")
        if not due:
            return
        dates = [d for d, p in zip(days, pieces, strict=True) if p in due] or [max(days)]
        self._check_landed()
        with self.progress.step("build", f"dbt features of {len(dates)} as-of dates, {min(dates)} to {max(dates)}"):
            build_features(
                self.settings,
                dates,
                learning_dates=self.plan.learning_dates(dates),
                select=select,
                rebuild=rebuild,
                progress=self.progress.say,
            )
        if not select:
            for piece in (core, *(self.plan.build(d) for d in dates)):
                self.plan.stamps.set(piece.name, piece.parts)

    def dbt_variables(self, days: Sequence[date]) -> dict | None:
        """dbt's variables to build what is due of these days; None where nothing is.

        For a scheduler that runs dbt itself, model by model, and says so afterwards (`register_built`).
        """
        from spark_jobs.build_features import landing_log

        pieces = [self.plan.build(d) for d in days]
        if not self._due([self.plan.core(), *pieces], "build", f"{len(pieces)} as-of dates"):
            return None
        self.plan.stamps.set(PLANNED, self._planned(days))
        dates = [d for d, p in zip(days, pieces, strict=True) if p.why] or [max(days)]
        return {
            "as_of_dates": [str(d) for d in sorted(dates)],
            "learning_dates": [str(d) for d in self.plan.learning_dates(dates)],
            "rebuild": {},
            "log": landing_log(self.plan.catalogue),
        }

    def _planned(self, days: Sequence[date]) -> dict[str, object]:
        """All that the features of these days depend on now."""
        return {piece.name: piece.parts for piece in (self.plan.core(), *(self.plan.build(d) for d in days))}

    def register_built(self, days: Sequence[date]) -> None:
        """Take note that dbt has built and tested these days outside this command.

        Raises:
            UserError: a day is not there, or something changed since `dbt_variables` said what to build.
        """
        core, pieces = self.plan.core(), [self.plan.build(d) for d in days]
        if not self._due([core, *pieces], "build", f"{len(pieces)} as-of dates"):
            return
        if not self.plan.stamps.stands(PLANNED, self._planned(days)):
            raise UserError("What landed, or the SQL, is not what `hm build --variables` saw; run it and dbt again.")
        self.plan.catalogue.refresh()
        self.plan.catalogue.sweep()
        there = self.plan.catalogue.as_of_dates("marts.customer_features")
        if missing := sorted(set(days) - set(there)):
            raise UserError(f"dbt has not built {', '.join(map(str, missing))}; run `hm build`.")
        for piece in (core, *pieces):
            self.plan.stamps.set(piece.name, piece.parts)

    def candidates(self, days: Sequence[date]) -> None:
        """Generate and store the candidates of label weeks."""
        from models.build_candidates import build_candidates
        from models.interactions import Interactions

        pieces = {d: self.plan.candidates(d) for d in days}
        due = self._due(list(pieces.values()), "candidates", f"{len(pieces)} label weeks")
        dates = [d for d, p in pieces.items() if p in due]
        if not dates:
            return
        with self.progress.step("candidates", f"{len(dates)} label weeks, {min(dates)} to {max(dates)}"):
            log, threads = Interactions.from_catalogue(self.plan.catalogue), self.settings.n_threads
            for d in dates:
                build_candidates(self.plan.catalogue, [d], log=log, num_threads=threads, progress=self.progress.say)
                self.plan.stamps.set(pieces[d].name, pieces[d].parts)

    def train(self, day: date) -> Path:
        """Train the ranker for one as-of date; returns its run folder."""
        from models.ranking import train
        from models.ranking.config import RankerConfig

        piece = self.plan.train(day)
        if not self._due([piece], f"train {day}", "the model"):
            return self.plan.run_dir(day)
        weeks = len(piece.parts["weeks"])
        run_id = self.plan.run_id(day, piece.parts)
        with self.progress.step(f"train {day}", f"LightGBM on {weeks} label weeks, the last one ends where {day} begins"):
            train(
                self.plan.catalogue,
                day,
                weeks=weeks,
                run_dir=self.settings.runs_dir / run_id,
                config=RankerConfig(**self.plan.ranker_settings, num_threads=self.settings.n_threads),
                stamps=piece.parts,
                code_version=code_version(),
                progress=self.progress.say,
            )
        self.plan.stamps.set(piece.name, piece.parts, {"run_id": run_id})
        return self.plan.run_dir(day)

    def recommend(self) -> None:
        """Rank articles for every customer as of the plan's date, then check the finished table."""
        from models.recommend import recommend
        from warehouse.quality import check_recommendations

        piece, day = self.plan.recommend(), self.plan.as_of_date
        if not self._due([piece], "recommend", f"the table of {day}"):
            return
        self.plan.stamps.drop(piece.name)  # no publication of rows that are half made or fail their check
        with self.progress.step("recommend", f"articles for every customer as of {day}"):
            threads = self.settings.n_threads
            recommend(
                self.plan.catalogue,
                self.plan.run_dir(day),
                day,
                num_threads=threads,
                reranking=self.plan.reranking,
                progress=self.progress.say,
            )
            check_recommendations(self.settings, day, self.progress.say)
        self.plan.stamps.set(piece.name, piece.parts)

    def prepare(self, judged: Sequence[date] = ()) -> None:
        """Features and candidates of every week that the plan's date, or a judged week, needs."""
        span, day = self.plan.span, self.plan.as_of_date
        dates = calendar.chain_dates(span, day, list(judged), self.plan.weeks)
        self.build(dates)
        # The newest date has no label week yet; its candidates are generated while recommending, and not stored.
        self.candidates([d for d in dates if d < day])
        # Training and judging need no Spark, whose process would keep gigabytes from them where the log is large.
        stop_spark()

    def judge(self, days: Sequence[date]) -> dict:
        """Judge the full system, every source and every baseline on whole weeks; returns the report.

        Each week is judged with a model that saw nothing of it.
        """
        from models.evaluation.weeks import evaluate_weeks

        for day in days:
            self.train(day)
        piece, file = self.plan.evaluate(list(days)), self.plan.metrics_file(len(days))
        if self._due([piece], "evaluate", f"the report of {len(days)} weeks"):
            with self.progress.step("evaluate", f"{len(days)} whole weeks, each unseen by its model"):
                runs = {day: self.plan.run_dir(day) for day in days}
                files = {day: self.plan.judged_file(run, day) for day, run in runs.items()}
                knobs, threads, say = self.plan.reranking, self.settings.n_threads, self.progress.say
                report = evaluate_weeks(self.plan.catalogue, runs, files, knobs, threads, say).to_dict()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(report, indent=1, default=str))
            self.plan.stamps.set(piece.name, piece.parts)
        return json.loads(file.read_text())

    def evaluate(self, weeks: int) -> dict:
        """`judge` on the last `weeks` whole weeks, with all that it needs."""
        days = calendar.evaluation_dates(self.plan.as_of_date, weeks)
        self.prepare(days)
        return self.judge(days)

    def last_metrics(self) -> dict | None:
        """The newest evaluation of the plan's date that still stands; None where there is none.

        One of another date, of other models or of other code says nothing of what is about to be published.
        """
        files = sorted(
            self.settings.reports_dir.glob(f"evaluation-{self.plan.as_of_date}-*w.json"),
            key=lambda file: file.stat().st_mtime,
        )
        for file in reversed(files):
            report = json.loads(file.read_text())
            if not self.plan.evaluate([date.fromisoformat(week) for week in report["weeks"]]).why:
                return report
        return None

    def finished_recommendations(self) -> date:
        """The plan's date, for which recommendations are complete and checked.

        Raises:
            UserError: they are not.
        """
        day = self.plan.as_of_date
        if self.plan.stamps.get(f"recommend:{day}") is None:
            raise UserError(f"There are no finished and checked recommendations as of {day}; run `hm recommend` first.")
        return day

    def gates(self, metrics: dict | None) -> list[Gate]:
        """Every gate's verdict on the finished recommendations of the plan's date.

        Raises:
            UserError: there are none.
        """
        from warehouse.gates.publication import gates

        day = self.finished_recommendations()
        stop_spark()
        return gates(self.settings, self.plan.catalogue, day, metrics, self._told_by_model(day))

    def _told_by_model(self, day: date) -> dict | None:
        """Metrics of the training of a day's model; None where retention has taken it away."""
        file = self.plan.run_dir(day) / "run.json"
        return json.loads(file.read_text())["metrics"] if file.is_file() else None

    def require_gates(self, metrics: dict | None, force: bool = False) -> list[Gate]:
        """`gates`, where all must hold, or are said where `force` overrides them.

        Raises:
            GateError: one fails; the run is kept and the published one stays.
        """
        found = self.gates(metrics)
        if not force:
            require(found)
        elif wrong := sentence(found):
            self.progress.say(f"forced past a failing gate: {wrong}")
        return found

    def publish(self, metrics: dict | None = None, force: bool = False, serve_again: bool = True):
        """Publish the recommendations of the plan's date and move the pointer to them.

        Args:
            metrics: the evaluation that the gates look at.
            force: publish whatever the gates say.
            serve_again: also where they were published before and rolled back since.

        Raises:
            UserError: there are none, or a gate fails.
        """
        from hm.publication import publish_run

        day, piece = self.finished_recommendations(), self.plan.publish()
        self.require_gates(metrics, force)
        with self.progress.step("publish", f"recommendations of {day} to ClickHouse"):
            published = publish_run(self.plan, metrics, code_version(), serve_again, self.progress.say)
        self.plan.stamps.set(piece.name, piece.parts, {"run": published.run})
        return published

    def publish_if_newest(self, metrics: dict | None, force: bool = False):
        """`publish_if_due`, unless readers see a later date: building a past week again does not take them back to it."""
        stop_spark()
        served = served_run(self.settings)
        if served and served.as_of_date > self.plan.as_of_date:
            why = f"readers see run {served.run} of a later date, {served.as_of_date}"
            self.progress.skipped("publish", f"{why}; `hm publish --as-of {self.plan.as_of_date}` takes them back")
            return None
        return self.publish_if_due(metrics, force)

    def publish_if_due(self, metrics: dict | None, force: bool = False):
        """`publish`, unless that was done (then None): a rollback since then stands."""
        piece = self.plan.publish()
        if not piece.why:
            stop_spark()
            piece = replace(piece, why=missing_run(self.settings, self.plan.stamps.result(piece.name).get("run")))
        if self._due([piece], "publish", f"the run of {self.plan.as_of_date}"):
            return self.publish(metrics, force=force, serve_again=False)
        return None

    def run(self, evaluation_weeks: int = 1, force: bool = False) -> dict:
        """Everything after landing: features, candidates, an honest judgement, the final model, the published lists."""
        judged = calendar.evaluation_dates(self.plan.as_of_date, evaluation_weeks)
        self.prepare(judged)
        metrics = self.judge(judged)
        self.train(self.plan.as_of_date)
        self.recommend()
        self.publish_if_due(metrics, force=force)
        return metrics
