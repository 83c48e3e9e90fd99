"""RecTools' CandidateRankingModel: item-kNN, ALS and popular candidates, LightGBM over them. `peer_rectools.py TASK.json`.

As its own guide sets it up, with features written by hand: the last seven days of what was seen are the ranker's labels,
repeats are allowed, and the log's last 91 days are looked at. Customers without a purchase in them get the most
popular articles.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import CosineRecommender
from lightgbm import LGBMRanker
from rectools import Columns
from rectools.dataset import Dataset
from rectools.model_selection import TimeRangeSplitter
from rectools.models import ImplicitALSWrapperModel, ImplicitItemKNNWrapperModel, PopularModel
from rectools.models.ranking import (
    CandidateFeatureCollector,
    CandidateGenerator,
    CandidateRankingModel,
    PerUserNegativeSampler,
    Reranker,
)

K, SEEN_DAYS, CANDIDATES, BLOCK = 12, 91, 50, 20_000


class GroupedReranker(Reranker):
    """A ranker needs the size of each customer's group; RecTools leaves that to its user."""

    def prepare_fit_kwargs(self, candidates_with_target: pd.DataFrame) -> dict:
        rows = candidates_with_target.sort_values(Columns.User, kind="stable")
        sizes = rows.groupby(Columns.User, sort=False).size().to_numpy()
        return super().prepare_fit_kwargs(rows) | {"group": sizes}


class PurchaseFeatures(CandidateFeatureCollector):
    """What was bought when, by the customer, of the article, and of the article by the customer."""

    def collect_features(self, useritem: pd.DataFrame, dataset: Dataset, fold_info: dict | None) -> pd.DataFrame:
        seen = dataset.get_raw_interactions()
        seen["age"] = (seen[Columns.Datetime].max() - seen[Columns.Datetime]).dt.days + 1
        for days in (7, 28):
            seen[f"lines_{days}d"] = (seen["age"] <= days).astype("int32")
        for prefix, keys in {"user": [Columns.User], "item": [Columns.Item], "pair": Columns.UserItem}.items():
            sums = {f"lines_{days}d": (f"lines_{days}d", "sum") for days in (7, 28)}
            found = seen.groupby(keys).agg(lines=("age", "size"), age=("age", "min"), **sums)
            useritem = useritem.merge(found.add_prefix(f"{prefix}_").reset_index(), on=keys, how="left")
        return useritem


def interactions(task: dict) -> pd.DataFrame:
    """Lines of the last days before the date in RecTools' columns."""
    first = str(np.datetime64(task["as_of"]) - SEEN_DAYS)
    kinds = pcsv.ConvertOptions(
        include_columns=["t_dat", "customer_id", "article_id"],
        column_types={"t_dat": pa.string(), "customer_id": pa.string(), "article_id": pa.string()},
    )
    kept = []
    with pcsv.open_csv(task["transactions"], convert_options=kinds) as reader:
        for batch in reader:
            day = batch["t_dat"]
            kept.append(batch.filter(pc.and_(pc.less(day, task["as_of"]), pc.greater_equal(day, first))))
    rows = pa.Table.from_batches(kept)
    rows = rows.set_column(2, "article_id", pc.utf8_lpad(rows["article_id"], 10, "0"))
    frame = rows.rename_columns([Columns.Datetime, Columns.User, Columns.Item]).to_pandas()
    frame[Columns.Datetime] = pd.to_datetime(frame[Columns.Datetime])
    frame[Columns.Weight] = 1.0
    return frame


def model(task: dict) -> CandidateRankingModel:
    """Three generators, one ranker."""
    seed, threads = task["seed"], task["threads"]
    als = AlternatingLeastSquares(96, iterations=10, random_state=seed, num_threads=threads)
    made = [
        ImplicitItemKNNWrapperModel(CosineRecommender(K=100, num_threads=threads)),
        ImplicitALSWrapperModel(als),
        PopularModel(popularity="n_interactions", period=pd.Timedelta(days=7)),
    ]
    generators = [
        CandidateGenerator(
            one, CANDIDATES, keep_ranks=True, keep_scores=True, ranks_fillna_value=CANDIDATES + 1, scores_fillna_value=0
        )
        for one in made
    ]
    ranker = LGBMRanker(n_estimators=150, num_leaves=31, learning_rate=0.1, random_state=seed, n_jobs=threads, verbosity=-1)
    splitter = TimeRangeSplitter("7D", n_splits=1, filter_already_seen=False, filter_cold_users=True, filter_cold_items=True)
    reranker, sampler = GroupedReranker(ranker), PerUserNegativeSampler(30, seed)
    return CandidateRankingModel(generators, splitter, reranker, sampler, PurchaseFeatures())


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    rows = interactions(task)
    data = Dataset.construct(rows)
    fitted = model(task).fit(data)
    users = np.sort(rows[Columns.User].unique())
    parts = np.array_split(users, 1 + len(users) // BLOCK)
    found = pd.concat([fitted.recommend(part, data, k=K, filter_viewed=False) for part in parts])
    everyone = pcsv.read_csv(task["customers"], convert_options=pcsv.ConvertOptions(include_columns=["customer_id"]))
    rest = np.setdiff1d(everyone["customer_id"].to_numpy(), users)
    week = rows[rows[Columns.Datetime] >= pd.Timestamp(task["as_of"]) - pd.Timedelta(days=7)]
    popular = week[Columns.Item].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:K].to_numpy()
    cold = pd.DataFrame({
        Columns.User: np.repeat(rest, len(popular)),
        Columns.Item: np.tile(popular, len(rest)),
        Columns.Rank: np.tile(np.arange(1, len(popular) + 1), len(rest)),
    })  # fmt: skip
    names = {Columns.User: "customer_id", Columns.Item: "article_id", Columns.Rank: "rank"}
    out = pd.concat([found[list(names)], cold]).rename(columns=names).astype({"rank": "int32"})
    out.to_parquet(task["out"], index=False)
    print(json.dumps({"rectools": version("rectools"), "lightgbm": version("lightgbm")}))


if __name__ == "__main__":
    main()
