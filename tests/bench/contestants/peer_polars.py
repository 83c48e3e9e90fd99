"""A two-stage pipeline in polars and LightGBM, as public H&M solutions write it: `peer_polars.py TASK.json`.

Candidates of a week: what the customer bought before, what is bought together with it, last week's best sellers overall and
at the age. Features of customer, article and both, from what was seen before the week. One LGBMRanker learns from the buyers
of the last six weeks and ranks the candidates of every customer, a block of customers at a time.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl

WEEKS, OWN, RECENT, PAIRED, POPULAR, BLOCK, K = 6, 24, 12, 4, 48, 50_000, 12
CODES = ("product_type_no", "department_no", "section_no", "garment_group_no", "index_group_no", "colour_group_code")


def read(task: dict) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lines before the date with the age of each in days, customers, articles; ids as integers."""
    text = {"article_id": pl.String, "customer_id": pl.String}
    people = pl.read_csv(task["customers"], schema_overrides={"customer_id": pl.String})
    people = people.select(
        pl.col("customer_id"), pl.col("age").cast(pl.Float32), pl.col("FN", "Active").cast(pl.Float32)
    ).sort("customer_id")
    people = people.with_row_index("customer").with_columns(age_bin=(pl.col("age").fill_null(0) // 5).cast(pl.Int32))
    goods = pl.read_csv(task["articles"], schema_overrides={"article_id": pl.String}, columns=["article_id", *CODES])
    goods = goods.with_columns(pl.col("article_id").str.zfill(10)).sort("article_id").with_row_index("article")
    lines = (
        pl.scan_csv(task["transactions"], schema_overrides=text)
        .filter(pl.col("t_dat") < task["as_of"])
        .with_columns(pl.col("article_id").str.zfill(10))
        .join(people.lazy().select("customer_id", "customer", "age_bin", "age"), on="customer_id")
        .join(goods.lazy().select("article_id", "article"), on="article_id")
        .select(
            "customer", "article", "age_bin", "age",
            pl.col("price").cast(pl.Float32), pl.col("sales_channel_id").cast(pl.Int8),
            days=(pl.lit(task["as_of"]).str.to_date() - pl.col("t_dat").str.to_date()).dt.total_days().cast(pl.Int32),
        )
        .collect(engine="streaming")
    )  # fmt: skip
    return lines, people, goods


class Week:
    """What was seen before a week that begins `ago` days before the date, and the candidates and features out of it."""

    def __init__(self, lines: pl.DataFrame, people: pl.DataFrame, goods: pl.DataFrame, ago: int):
        seen = lines.filter(pl.col("days") > ago).with_columns(days=pl.col("days") - ago)
        self.people, self.goods = people, goods
        self.own = self._own(seen)
        self.pairs = self._pairs(seen.filter(pl.col("days") <= 28))
        self.popular = self._popular(seen.filter(pl.col("days") <= 7))
        self.of_article = self._of_article(seen)
        self.of_customer = self._of_customer(seen)

    @staticmethod
    def _own(seen: pl.DataFrame) -> pl.DataFrame:
        """A customer's articles, the latest first, as many as are looked at."""
        own = seen.filter(pl.col("days") <= 365).group_by("customer", "article").agg(
            own_days=pl.col("days").min(), own_lines=pl.len(), own_lines_28d=(pl.col("days") <= 28).sum()
        )  # fmt: skip
        own = own.sort("customer", "own_days", "own_lines", "article", descending=[False, False, True, False])
        return own.with_columns(own_rank=pl.int_range(pl.len()).over("customer")).filter(pl.col("own_rank") < OWN)

    @staticmethod
    def _pairs(recent: pl.DataFrame) -> pl.DataFrame:
        """What the same customers bought most often beside an article in four weeks."""
        basket = recent.select("customer", "article").unique()
        basket = basket.filter(pl.len().over("customer") <= 50)
        together = basket.lazy().join(basket.lazy(), on="customer").filter(pl.col("article") != pl.col("article_right"))
        counted = (
            together.group_by("article", "article_right").agg(n=pl.len()).filter(pl.col("n") > 1).collect(engine="streaming")
        )
        bought = basket.group_by("article").agg(buyers=pl.len())
        counted = counted.join(bought, on="article").with_columns(pair_share=pl.col("n") / pl.col("buyers"))
        counted = counted.sort("article", "n", "article_right", descending=[False, True, False])
        return counted.with_columns(place=pl.int_range(pl.len()).over("article")).filter(pl.col("place") < PAIRED)

    @staticmethod
    def _popular(week: pl.DataFrame) -> pl.DataFrame:
        """Last week's best sellers of every age, with their rank overall."""
        overall = week.group_by("article").agg(n=pl.len()).sort("n", "article", descending=[True, False])
        overall = overall.with_row_index("sold_rank").select("article", "sold_rank")
        by_age = week.group_by("age_bin", "article").agg(n=pl.len())
        by_age = by_age.sort("age_bin", "n", "article", descending=[False, True, False])
        by_age = by_age.with_columns(age_rank=pl.int_range(pl.len()).over("age_bin")).select(
            "age_bin", "article", "age_rank"
        )
        best = overall.head(POPULAR // 2).join(week.select("age_bin").unique(), how="cross").select("age_bin", "article")
        named = pl.concat([best, by_age.filter(pl.col("age_rank") < POPULAR // 2).select("age_bin", "article")]).unique()
        return named.join(by_age, on=["age_bin", "article"], how="left").join(overall, on="article", how="left")

    @staticmethod
    def _of_article(seen: pl.DataFrame) -> pl.DataFrame:
        within = {f"sold_{d}d": (pl.col("days") <= d).sum() for d in (1, 7, 28)}
        return seen.filter(pl.col("days") <= 182).group_by("article").agg(
            **within, on_sale_days=pl.col("days").max(), article_price=pl.col("price").mean(),
            buyers_age=pl.col("age").mean(), online=(pl.col("sales_channel_id") == 2).mean(),
        )  # fmt: skip

    @staticmethod
    def _of_customer(seen: pl.DataFrame) -> pl.DataFrame:
        return seen.filter(pl.col("days") <= 365).group_by("customer").agg(
            n_lines=pl.len(), n_lines_28d=(pl.col("days") <= 28).sum(), last_days=pl.col("days").min(),
            mean_price=pl.col("price").mean(), own_online=(pl.col("sales_channel_id") == 2).mean(),
        )  # fmt: skip

    def rows(self, customers: pl.DataFrame) -> pl.DataFrame:
        """Candidates of some customers (column customer) with their features, ascending by customer and article."""
        who = customers.join(self.people.select("customer", "age_bin", "age", "FN", "Active"), on="customer")
        own = self.own.join(who.select("customer"), on="customer")
        near = own.filter(pl.col("own_rank") < RECENT).join(self.pairs, on="article")
        near = near.group_by("customer", pl.col("article_right").alias("article")).agg(
            pair_share=pl.col("pair_share").sum(), n_paired=pl.len()
        )
        sold = who.select("customer", "age_bin").join(self.popular, on="age_bin")
        keys = [part.select("customer", "article") for part in (own, near, sold)]
        rows = pl.concat(keys).unique().sort("customer", "article")
        rows = rows.join(own, on=["customer", "article"], how="left").join(near, on=["customer", "article"], how="left")
        rows = rows.join(sold.drop("age_bin"), on=["customer", "article"], how="left")
        rows = rows.join(self.of_article, on="article", how="left").join(self.of_customer, on="customer", how="left")
        return rows.join(who.drop("age_bin"), on="customer", how="left").join(
            self.goods.drop("article_id"), on="article", how="left"
        )


def matrix(rows: pl.DataFrame) -> np.ndarray:
    return rows.drop("customer", "article").cast(pl.Float32).to_numpy()


def learnt(task: dict, lines: pl.DataFrame, people: pl.DataFrame, goods: pl.DataFrame) -> lightgbm.Booster:
    """The ranker, from the buyers of the last weeks."""
    parts, labels, groups, names = [], [], [], []
    for week in range(1, WEEKS + 1):
        target = lines.filter(pl.col("days").is_between(7 * week - 6, 7 * week)).select("customer", "article").unique()
        rows = Week(lines, people, goods, 7 * week).rows(target.select("customer").unique())
        label = rows.select("customer", "article").join(
            target.with_columns(y=pl.lit(1)), on=["customer", "article"], how="left", maintain_order="left"
        )["y"].fill_null(0)  # fmt: skip
        rows, label = _with_a_hit(rows, label)
        parts.append(matrix(rows))
        labels.append(label.to_numpy())
        groups.append(rows.group_by("customer", maintain_order=True).len()["len"].to_numpy())
        names = rows.drop("customer", "article").columns
    data = lightgbm.Dataset(
        np.concatenate(parts), np.concatenate(labels), group=np.concatenate(groups), feature_name=names,
        categorical_feature=[name for name in names if name in CODES],
    )  # fmt: skip
    settings = {"objective": "lambdarank", "learning_rate": 0.1, "num_leaves": 63, "min_data_in_leaf": 100, "verbosity": -1}
    return lightgbm.train(settings | {"seed": task["seed"], "num_threads": task["threads"]}, data, 150)


def _with_a_hit(rows: pl.DataFrame, label: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Only customers who bought one of their candidates teach an order."""
    both = rows.with_columns(_y=label).filter(pl.col("_y").max().over("customer") == 1)
    return both.drop("_y"), both["_y"]


def ranked(model: lightgbm.Booster, week: Week, customers: pl.DataFrame, threads: int) -> pl.DataFrame:
    """The best twelve of each customer."""
    rows = week.rows(customers)
    scored = rows.select("customer", "article", score=pl.Series(model.predict(matrix(rows), num_threads=threads)))
    scored = scored.sort("customer", "score", "article", descending=[False, True, False])
    return scored.with_columns(rank=pl.int_range(1, pl.len() + 1).over("customer")).filter(pl.col("rank") <= K)


def main() -> None:
    task = json.loads(Path(sys.argv[1]).read_text())
    lines, people, goods = read(task)
    model, week = learnt(task, lines, people, goods), Week(lines, people, goods, 0)
    everyone = people.select("customer")
    blocks = [everyone.slice(start, BLOCK) for start in range(0, len(everyone), BLOCK)]
    found = pl.concat([ranked(model, week, block, task["threads"]) for block in blocks])
    named = found.join(people.select("customer", "customer_id"), on="customer").join(
        goods.select("article", "article_id"), on="article"
    )
    named.select("customer_id", "article_id", pl.col("rank").cast(pl.Int32)).write_parquet(task["out"])
    print(json.dumps({"polars": pl.__version__, "lightgbm": version("lightgbm")}))


if __name__ == "__main__":
    main()
