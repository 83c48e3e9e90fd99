"""The leak hunt: what the ranker is worth when its labels are shuffled, beside a random order of the same candidates."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from hm.chain import Chain
from hm.compare import Judge, variant_run
from models.evaluation.chance import Chance, chance
from models.evaluation.week import Week
from models.ranking import load_run
from models.ranking.leaks import RandomOrder, alarm
from models.recommend import recommend_for_evaluation
from warehouse import calendar


def hunt(chain: Chain, weeks: int, shuffles: int) -> dict:
    """Judge the full system, models that learned from shuffled labels, and random orders, on the last whole weeks.

    Returns:
        weeks, what `models.evaluation.chance` found, the model's gain per feature, and the alarm's sentence (or "").
    """
    days = calendar.evaluation_dates(chain.plan.as_of_date, weeks)
    chain.evaluate(weeks)
    judge = Judge(chain)
    with chain.progress.step("leaks", f"{shuffles} models of shuffled labels, {weeks} weeks each"):
        full = _judged(judge, {day: chain.plan.run_dir(day) for day in days})
        shuffled = [
            _judged(judge, {day: variant_run(judge, day, {"shuffle_labels": seed}) for day in days})
            for seed in range(shuffles)
        ]
        found = _against_chance(judge, days, full, shuffled)
    gain = load_run(chain.plan.run_dir(days[0])).metrics["gain"]
    return {"weeks": [str(d) for d in days], **found.to_dict(), "gain": gain, "alarm": alarm(gain)}


def _judged(judge: Judge, runs: dict) -> np.ndarray:
    """Average precision of every buyer, week by week."""
    return np.concatenate([judge.rows(run, day)["average_precision"].to_numpy() for day, run in runs.items()])


def _against_chance(judge: Judge, days: Sequence[date], full: np.ndarray, shuffled: Sequence[np.ndarray]) -> Chance:
    plan, orders = judge.plan, []
    weeks = {d: Week(judge.log, d) for d in days}
    for seed in range(len(shuffled)):
        order = RandomOrder(judge.log, seed)
        lists = {d: recommend_for_evaluation(plan.catalogue, plan.run_dir(d), d, log=judge.log, order=order) for d in days}
        orders.append(np.concatenate([weeks[d].score(lists[d]).buyers["map_at_12"] for d in days]))
    customer = np.concatenate([week.truth.customer for week in weeks.values()])
    return chance(customer, full, np.array(shuffled), np.array(orders))
