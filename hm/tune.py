"""`hm tune`: settings of the ranker for this log, found on weeks before those it is judged on."""

from dataclasses import asdict
from pathlib import Path

from hm.chain import Chain, code_version
from hm.plan import RANKING_CODE
from models import tune as search
from models.interactions import Interactions
from models.ranking import RankerConfig
from models.tune import Tuning, TuningWeek
from warehouse import calendar, landings
from warehouse.stamps import code_stamp, digest


def tune(chain: Chain, trials: int, minutes: float, weeks: int, judged: int, out: Path | None) -> dict:
    """Search, and keep the result.

    Args:
        trials: trials the study is to have in the end; those of earlier calls count.
        minutes: no trial begins later than so many minutes after the first one.
        weeks: weeks that settings are judged on; they end where the judged weeks begin.
        judged: latest whole weeks that nothing of the search may see.
        out: file of the result; by default in the reports of the state folder.
    """
    plan, settings = chain.plan, chain.settings
    unseen = calendar.evaluation_dates(plan.as_of_date, judged)
    begin = min(unseen)
    days = calendar.evaluation_dates(begin, weeks)
    chain.prepare(days)
    seen = {"weeks": [str(d) for d in days], "train_weeks": plan.weeks, "judged_weeks_unseen": [str(d) for d in unseen]}
    name = f"{begin}-{digest(seen, _log(chain), code_stamp(RANKING_CODE))[:8]}"
    with chain.progress.step("tune", f"{trials} trials or {minutes:g} minutes, weeks from {', '.join(map(str, days))}"):
        chain.progress.say(f"no trial sees a purchase of {begin} or later: the judged weeks stay unseen")
        log = Interactions.from_catalogue(plan.catalogue).before(begin)
        base = RankerConfig(num_threads=settings.n_threads)
        opened = [TuningWeek.open(plan.catalogue, log, day, len(plan.train(day).parts["weeks"]), base) for day in days]
        tuning = Tuning(opened, base, settings.state_dir / "tune.db", name)
        study = tuning.search(trials, minutes, chain.progress.say)
        compared = tuning.against_base(base.model_copy(update=study.best_params))
    provenance = {"log": _log(chain), "code": code_version(), **seen, "buyers": len(tuning.buyers)}
    provenance["against_built_in"] = compared
    result = search.told(study, provenance)
    file = out or settings.reports_dir / f"tuned-{name}.json"
    search.write(file, result)
    return result | {"file": str(file)}


def _log(chain: Chain) -> dict[str, object]:
    """What landed: days, and whether it is a look-alike."""
    days = {name: str(day) for name, day in asdict(chain.plan.span).items()}
    return days | {"look_alike": landings.look_alike(chain.plan.catalogue)}
