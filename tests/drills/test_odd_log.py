"""The whole chain, as a user starts it, on a log that lacks what most logs have."""

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.drills.kill_drill import hm
from warehouse.schemas import raw

CUSTOMERS, ARTICLES, DAYS = 40, 15, 77
FIRST_DAY = date(2020, 1, 6)


def write(path: Path, header: list[str], rows: list[list]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    """Nobody told an age, no article a department, a colour or a type; every basket holds one article; four never bought."""
    folder = tmp_path_factory.mktemp("odd log")
    draw = random.Random(3)
    customers = [f"{i:064x}" for i in range(CUSTOMERS)]
    articles = [f"0{100000000 + i}" for i in range(ARTICLES)]
    header = [c.name for c in raw.ARTICLES.columns]
    write(folder / "articles.csv", header, [[a if name == "article_id" else "" for name in header] for a in articles])
    header = [c.name for c in raw.CUSTOMERS.columns]
    write(folder / "customers.csv", header, [[c if name == "customer_id" else "" for name in header] for c in customers])
    sales = [
        [
            FIRST_DAY + timedelta(days=day),
            customers[draw.randrange(CUSTOMERS - 4)],
            articles[draw.randrange(ARTICLES)],
            0.5,
            1,
        ]
        for day in range(DAYS)
        for _ in range(6)
    ]
    one_each = {(day, customer): row for row in sales for day, customer in [(row[0], row[1])]}
    header = ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]
    write(folder / "transactions_train.csv", header, list(one_each.values()))
    return folder


@pytest.mark.timeout(1800)
def test_a_log_without_ages_categories_and_pairs_ends_in_twelve_articles_for_everyone(log, tmp_path):
    home = tmp_path / "a home"

    def run(*args: str) -> str:
        process = hm(home, *args)
        _, said = process.communicate()
        assert process.returncode == 0, said[-4000:]
        return said

    said = run("run", str(log), "--train-weeks", "2", "--force")
    assert "published" in said or "is served" in said
    run("submission", "--out", str(tmp_path / "submission.csv"))
    with (tmp_path / "submission.csv").open() as file:
        lists = {row["customer_id"]: row["prediction"].split() for row in csv.DictReader(file)}
    assert len(lists) == CUSTOMERS
    assert {len(set(articles)) for articles in lists.values()} == {12}
    marts = json.loads((home / "embedded" / "state" / "catalogue.json").read_text())
    assert marts["marts.article_pairs"]["partitions"] == []
    assert marts["marts.customer_category_features"]["partitions"] == []
