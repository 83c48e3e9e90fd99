"""The look-alike: Kaggle's schema, the same bytes for the same seed, and behaviour near the published facts."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from infra.settings import REPO
from warehouse.lookalike import LookalikeError, generate
from warehouse.lookalike.draws import Draws, quantile_table
from warehouse.lookalike.files import read_marker
from warehouse.lookalike.scales import SCALES, scale_of
from warehouse.schemas import raw

FILES = ("articles.csv", "customers.csv", "transactions_train.csv")
# sha256 over the three files of 150 customers, seed 7, by version: a changed look-alike needs a new version.
PINNED = {"2": "fb5b52555bade3dfa02192e6265150462d7ea9d78da7653c9447bec00251691a"}


def quiet(_: str) -> None:
    """Progress nobody reads."""


def digest(folder: Path) -> str:
    total = hashlib.sha256()
    for name in FILES:
        total.update((folder / name).read_bytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A look-alike of 2,000 customers."""
    out = tmp_path_factory.mktemp("lookalike")
    generate(out, scale=2000, progress=quiet)
    return out


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny look-alike with seed 7."""
    out = tmp_path_factory.mktemp("seven")
    generate(out, scale=150, seed=7, progress=quiet)
    return out


@pytest.fixture(scope="module")
def log(folder: Path) -> pd.DataFrame:
    """Its transactions with the day as a number and the article's product and index group."""
    log = pd.read_csv(folder / "transactions_train.csv", dtype={"article_id": str})
    articles = pd.read_csv(folder / "articles.csv", dtype={"article_id": str, "product_code": str})
    log = log.merge(articles[["article_id", "product_code", "index_group_name", "department_no"]], on="article_id")
    log["day"] = (pd.to_datetime(log.t_dat) - pd.Timestamp("2018-09-20")).dt.days
    return log.sort_values(["day", "customer_id"], kind="stable", ignore_index=True)


# -- sameness ----------------------------------------------------------------------------------------------------------


def test_another_seed_gives_another_log(seven: Path, tmp_path: Path) -> None:
    generate(tmp_path, scale=150, seed=8, progress=quiet)
    for name in FILES:
        assert (seven / name).read_bytes() != (tmp_path / name).read_bytes()


def test_a_changed_look_alike_has_a_new_version(seven: Path) -> None:
    assert digest(seven) == PINNED[read_marker(seven)["version"]]


def test_the_same_seed_gives_the_same_bytes_without_the_processors_vector_units(folder: Path, tmp_path: Path) -> None:
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    usable = [feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature)]
    script = "import sys; from pathlib import Path; from warehouse.lookalike import generate\n"
    script += "generate(Path(sys.argv[1]), scale=2000, progress=lambda _: None)"
    plain = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(usable)}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, env=plain, cwd=REPO)
    assert digest(tmp_path) == digest(folder)


def test_compressed_files_hold_the_same_content_and_take_the_place_of_plain_ones(seven: Path, tmp_path: Path) -> None:
    (tmp_path / "README.txt").write_text("SYNTHETIC")
    (tmp_path / "articles.csv").write_text("of an earlier look-alike")
    made = generate(tmp_path, scale=150, seed=7, compress=True, progress=quiet)
    assert made.transactions_path.name == "transactions_train.csv.gz"
    assert sorted(path.name for path in tmp_path.glob("*.csv*")) == sorted(f"{name}.gz" for name in FILES)
    for name in FILES:
        assert gzip.decompress((tmp_path / f"{name}.gz").read_bytes()) == (seven / name).read_bytes()


def test_draws_are_the_generators_fixed_stream() -> None:
    assert Draws(1, 2).below(5, 1000).tolist() == Draws(1, 2).below(9, 1000)[:5].tolist()
    drawn = Draws(1, 2).below(20_000, np.arange(1, 20_001))
    assert (drawn >= 0).all() and (drawn < np.arange(1, 20_001)).all()
    assert Draws(1, 3).pick(1000, np.array([0, 5, 0])).tolist() == [1] * 1000


def test_a_quantile_table_has_the_asked_percentiles() -> None:
    table = quantile_table({0: 1, 50: 10, 90: 100, 100: 1000})
    assert np.percentile(table, [50, 90]) == pytest.approx([10, 100], rel=0.05)


# -- form --------------------------------------------------------------------------------------------------------------


def test_the_files_have_kaggles_columns(folder: Path) -> None:
    for name, table in zip(FILES, (raw.ARTICLES, raw.CUSTOMERS, raw.TRANSACTIONS), strict=True):
        with open(folder / name, newline="") as file:
            header = next(csv.reader(file))
        assert [column.lower() for column in header] == table.column_names
    assert (folder / "customers.csv").read_text().startswith("customer_id,FN,Active,club_member_status,")


def test_rows_are_as_many_as_promised_and_in_order(folder: Path, log: pd.DataFrame) -> None:
    size = scale_of(2000)
    days = pd.read_csv(folder / "transactions_train.csv", usecols=["t_dat", "customer_id"])
    assert len(log) == len(days) == size.rows
    assert days.sort_values(["t_dat", "customer_id"], kind="stable").index.tolist() == list(range(size.rows))
    assert (days.t_dat.min(), days.t_dat.max()) == ("2018-09-20", "2020-09-22")
    assert len(pd.read_csv(folder / "customers.csv")) == size.customers
    assert len(pd.read_csv(folder / "articles.csv")) == size.articles


def test_ids_and_prices_look_like_kaggles(folder: Path) -> None:
    log = pd.read_csv(folder / "transactions_train.csv", dtype=str)
    articles = pd.read_csv(folder / "articles.csv", dtype=str)
    customers = pd.read_csv(folder / "customers.csv", dtype=str)
    assert log.customer_id.str.fullmatch("[0-9a-f]{64}").all()
    assert log.article_id.str.fullmatch("0[0-9]{9}").all()
    assert log.price.str.fullmatch(r"0\.[0-9]{1,15}").all()
    assert set(log.sales_channel_id) == {"1", "2"}
    assert articles.article_id.is_unique and customers.customer_id.is_unique
    assert (articles.article_id.str[:7] == articles.product_code).all()
    assert log.article_id.isin(articles.article_id).all() and log.customer_id.isin(customers.customer_id).all()


def test_descriptions_exercise_quoting(folder: Path) -> None:
    with open(folder / "articles.csv", newline="") as file:
        texts = [row["detail_desc"] for row in csv.DictReader(file)]
    for part in (",", '"', "\n"):
        assert any(part in text for text in texts)
    assert "" in texts


# -- behaviour, in wide bands around the published facts ---------------------------------------------------------------


def test_activity_is_heavy_tailed_as_published(log: pd.DataFrame) -> None:
    rows = log.groupby("customer_id").size()
    baskets = log.groupby(["customer_id", "day"]).size()
    assert 6 <= rows.median() <= 12 and 45 <= rows.quantile(0.9) <= 80
    assert baskets.median() == 2 and 6 <= baskets.quantile(0.9) <= 10
    assert 0.002 <= 1 - len(rows) / 2000 <= 0.015
    assert 0.03 <= log[log.day >= 727].customer_id.nunique() / 2000 <= 0.07


def test_repeats_and_duplicates_are_as_frequent_as_published(log: pd.DataFrame) -> None:
    same_article = log.groupby(["customer_id", "article_id"])
    again = same_article.cumcount() > 0
    same_day = same_article.day.shift() == log.day
    assert 0.10 <= again.mean() <= 0.20
    # Published: 0.75; so small a range meets the same articles again by chance.
    assert 0.5 <= same_day[again].mean() <= 0.85
    columns = ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]
    assert 0.06 <= log.duplicated(columns).mean() <= 0.13


def test_customers_have_taste(log: pd.DataFrame) -> None:
    department = log.groupby(["customer_id", "department_no"]).cumcount() > 0
    shuffled = log.assign(customer_id=np.random.default_rng(0).permutation(log.customer_id))
    by_chance = shuffled.groupby(["customer_id", "department_no"]).cumcount() > 0
    assert 0.45 <= department.mean() <= 0.7 and department.mean() > by_chance.mean() + 0.1
    groups = log.groupby("index_group_name").size() / len(log)
    assert groups["Ladieswear"] == pytest.approx(0.64, abs=0.08) and groups["Divided"] == pytest.approx(0.22, abs=0.08)


def test_articles_come_and_go(log: pd.DataFrame) -> None:
    first, last = log.groupby("article_id").day.min(), log.groupby("article_id").day.max()
    order = pd.Series(np.arange(len(first)), index=first.index)
    assert first.rank().corr(order) > 0.85  # numbered as they launch, and nothing sells before
    assert (first > 60).mean() > 0.4  # launched during the two years
    assert (last < 670).mean() > 0.4  # and withdrawn
    in_july = log[(log.day >= 284) & (log.day < 315)].article_id
    in_december = log[(log.day >= 72) & (log.day < 103)].article_id
    assert len(set(in_july) & set(in_december)) / in_july.nunique() < 0.5


def test_months_and_channels_are_as_published(log: pd.DataFrame) -> None:
    months = log.groupby(log.t_dat.str[:7]).size() / len(log)
    assert months["2019-06"] == pytest.approx(0.054, abs=0.015) and months["2020-02"] == pytest.approx(0.032, abs=0.012)
    assert (log.sales_channel_id == 2).mean() == pytest.approx(0.7, abs=0.05)


# -- manners -----------------------------------------------------------------------------------------------------------


def test_everything_printed_and_left_says_synthetic(tmp_path: Path) -> None:
    said: list[str] = []
    made = generate(tmp_path, scale=100, progress=said.append)
    assert said and all("synthetic" in line for line in said)
    assert json.loads((tmp_path / "LOOKALIKE.json").read_text())["synthetic"] is True
    assert "SYNTHETIC" in (tmp_path / "README.txt").read_text()
    assert made.rows == scale_of(100).rows and made.transactions_path.is_file()


def test_somebody_elses_log_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "articles.csv.gz").write_bytes(b"real")
    with pytest.raises(LookalikeError, match=r"articles\.csv\.gz.*another folder"):
        generate(tmp_path, scale=100, progress=quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["articles.csv.gz"]


def test_a_failed_run_leaves_the_log_of_before(seven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(seven, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("warehouse.lookalike.generator.build_visits", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        generate(tmp_path, scale=100, seed=2, progress=quiet)
    assert digest(tmp_path) == digest(seven) and read_marker(tmp_path)["seed"] == 7
    assert not list(tmp_path.glob(".writing-*"))


@pytest.mark.parametrize("wanted", ["huge", "", "99", 2_000_001])
def test_an_unknown_scale_is_refused(tmp_path: Path, wanted: str | int) -> None:
    with pytest.raises(LookalikeError, match="customers"):
        generate(tmp_path, scale=wanted, progress=quiet)


def test_a_bad_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LookalikeError, match="seed"):
        generate(tmp_path, scale=100, seed=-1, progress=quiet)


def test_full_scale_has_the_published_counts() -> None:
    full = SCALES["full"]
    assert (full.customers, full.articles, full.rows) == (1_371_980, 105_542, 31_788_324)
    assert scale_of("20000") == scale_of(20_000)
