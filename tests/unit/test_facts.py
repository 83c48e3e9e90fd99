"""Facts of a log: a hand-made one with values worked out by hand, and how they stand beside the published ones."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hm.cli import app
from warehouse.facts import FactsError, compared, measure, published, read_log
from warehouse.facts.measures import distance
from warehouse.lookalike import generate

ARTICLES = [
    # article, product, department, index group, product group
    ("0000001001", "0000001", "10", "Ladieswear", "Garment Upper body"),
    ("0000001002", "0000001", "10", "Ladieswear", "Garment Upper body"),
    ("0000002001", "0000002", "20", "Divided", "Shoes"),
    ("0000003001", "0000003", "20", "Sport", "Shoes"),
]
A1, A2, B, C = (article[0] for article in ARTICLES)
CUSTOMERS = [("ann", "1", "20", "x"), ("bob", "", "41", "x"), ("cai", "", "", "y"), ("dee", "1", "33", "z")]
LINES = [
    ("2020-01-01", "ann", A1, "0.02", "2"),
    ("2020-01-01", "ann", A1, "0.02", "2"),  # the same again on the day, an exact duplicate
    ("2020-01-05", "ann", A2, "0.03", "2"),  # the product in another colour, four days later
    ("2020-01-06", "bob", B, "0.01", "1"),
    ("2020-01-15", "ann", A1, "0.01", "1"),  # the article again after 14 days, the product after 10
    # The last week: 2020-01-17 to 23.
    ("2020-01-17", "ann", A1, "0.02", "2"),  # again, after 2 days
    ("2020-01-17", "ann", A2, "0.02", "2"),  # again, after 12 days; its product two days ago
    ("2020-01-20", "cai", C, "0.04", "2"),
    ("2020-01-23", "cai", C, "0.05", "1"),  # again, after 3 days; a second price and channel
    ("2020-01-23", "cai", C, "0.05", "1"),  # an exact duplicate
]


def write(folder: Path, name: str, header: list[str], rows: list[tuple[str, ...]]) -> None:
    with open(folder / name, "w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def write_log(folder: Path, lines: list[tuple[str, ...]] = LINES) -> Path:
    plain = ["index_name", "product_type_name", "garment_group_name", "section_name", "colour_group_name"]
    header = ["article_id", "product_code", "department_no", "index_group_name", "product_group_name", *plain]
    rows = [(*article, *["Unknown"] * 5, "Solid, or\nnot") for article in ARTICLES]
    write(folder, "articles.csv", [*header, "graphical_appearance_name"], rows)
    header = ["customer_id", "FN", "Active", "club_member_status", "fashion_news_frequency", "age", "postal_code"]
    write(folder, "customers.csv", header, [(c, fn, fn, "ACTIVE", "NONE", age, area) for c, fn, age, area in CUSTOMERS])
    write(folder, "transactions_train.csv", ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"], lines)
    return folder


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """Facts of the hand-made log."""
    return measure(read_log(write_log(tmp_path_factory.mktemp("log"))), published().shares)


BY_HAND = {
    "rows": 10,
    "customers": 4,
    "articles": 4,
    "share of customers with a purchase": 3 / 4,
    "rows per buyer p50": 3,  # ann 6, bob 1, cai 3
    "shopping days per buyer p50": 2,  # ann 4, bob 1, cai 2
    "rows per basket p50": 1,  # 2 1 1 2 | 1 | 1 2
    "rows per basket p75": 2,
    "days between baskets p50": 3.5,  # ann 4 10 2, cai 3
    "share of customers without a purchase in the last 91 days": 1 / 4,  # dee
    "share of rows whose article the customer bought before": 6 / 10,
    "of those: on the same day": 2 / 6,
    "days to the same article again, not the same day p50": 7.5,  # 14 2 12 3
    # Product 1 after 4, 10 and 2 days (its second colour on the 17th is of the same day), product 3 after 3.
    "share of rows whose product was last bought on another day": 4 / 10,
    "share of rows whose department the customer bought before": 7 / 10,  # all but each customer's first
    "rows in Ladieswear": 6 / 10,
    "rows in Divided": 1 / 10,
    "share of a buyer's rows in their first index group p50": 1,
    "rows bought online": 6 / 10,
    "price p50": 0.02,
    # From the first sale of A1 0 0 14 16, of A2 0 12, of B 0, of C 0 3 3.
    "days since an article's first sale to 1364 buyers p75": 9.75,
    "age p50": 33,
    "age is missing": 1 / 4,
    "FN is 1": 2 / 4,
    "share of customers in the commonest postal code": 2 / 4,
    "postal codes per customer of 12,737": 3 / 4,
    "articles per product": 4 / 3,
    "last week: share of customers who buy": 2 / 4,
    "last week: rows per buyer": 5 / 2,
    "last week: distinct pairs per row": 3 / 5,
    "last week: exact duplicate rows": 1 / 5,
    "last week: buyers with two articles of one product": 1 / 2,
    "last week: index groups per buyer p99": 1,
    "last week: channels per buyer p95": 1.95,
    "last week: share of articles sold": 3 / 4,
    "last week: rows of the top 1": 3 / 5,
    "last week: rows per article p50": 1,
    "last week: rows bought online": 3 / 5,
    "last week: price p50": 0.04,
    "last week: price levels per article p99": 1.98,  # 1 1 2
    "last week: rows of the previous week's top 12": 1 / 5,  # of the week before only A1 was sold
    "last week: rows that repeat the last week of shopping": 1 / 5,  # ann's week before held A1 alone
    "last week: rows of customers without history": 3 / 5,
    "last week: buyers who bought in the 1 weeks before": 1 / 2,
    "last week: buyers who bought in the 16 weeks before": 1 / 2,
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_fact_is_what_a_hand_works_out(facts: dict[str, float], name: str) -> None:
    assert facts[name] == pytest.approx(BY_HAND[name])


def test_a_distance_is_the_share_that_would_have_to_move() -> None:
    assert distance({"a": 0.5, "b": 0.5}, {"a": 0.7, "b": 0.3}) == pytest.approx(0.2)
    # Only the most frequent are published: the rest of both is one more value.
    assert distance({"a": 0.5, "b": 0.1, "c": 0.4}, {"a": 0.5}) == pytest.approx(0)


def test_every_published_fact_is_measured_and_every_measured_one_is_published(facts: dict[str, float]) -> None:
    files_alone = {fact.name for fact in published().facts if not fact.name.startswith("MAP@12")}
    assert set(facts) == files_alone
    assert all(fact.low <= fact.published <= fact.high for fact in published().facts)
    assert {fact.basis for fact in published().facts} == set(published().basis)


def test_a_small_log_is_not_held_to_facts_that_depend_on_size() -> None:
    small = {c.fact.name: c for c in compared({"rows": 10, "age p50": 30, "age p25": 12}, 4)}
    assert small["rows"].in_band is None
    assert small["age p50"].in_band is True and small["age p25"].in_band is False
    assert small["age p25"].ratio == pytest.approx(12 / 24)
    assert compared({"rows": 10}, 1_371_980)[0].in_band is False


def test_compressed_files_are_read_alike(tmp_path: Path, facts: dict[str, float]) -> None:
    for file in list(write_log(tmp_path).iterdir()):
        (tmp_path / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
        file.unlink()
    again = measure(read_log(tmp_path), published().shares)
    assert again == pytest.approx(facts, nan_ok=True)


def test_rows_of_unknown_customers_and_articles_are_counted_and_left_out(tmp_path: Path) -> None:
    more = [("2019-01-01", "eve", A1, "0.02", "2"), ("2020-01-02", "ann", "0000009009", "0.02", "2")]
    log = read_log(write_log(tmp_path, LINES + more))
    assert (len(log), log.dropped, log.last_day) == (10, 2, 22)


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FactsError, match=r"articles\.csv"):
        read_log(tmp_path)
    write_log(tmp_path, [("2019-01-01", "eve", A1, "0.02", "2")])
    with pytest.raises(FactsError, match="no transaction"):
        read_log(tmp_path)
    write(tmp_path, "transactions_train.csv", ["t_dat", "who"], [("2019-01-01", "eve")])
    with pytest.raises(FactsError, match="Kaggle's schema"):
        read_log(tmp_path)


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_says_whether_the_log_is_synthetic(tmp_path: Path) -> None:
    folder = write_log(tmp_path)
    said = CliRunner().invoke(app, ["facts", str(folder)])
    assert said.exit_code == 0, said.output
    assert "SYNTHETIC" not in said.output and "facts lie in their band" in said.output
    made = tmp_path / "made"
    generate(made, scale=100, progress=lambda _: None)
    assert "SYNTHETIC log: look-alike v" in CliRunner().invoke(app, ["facts", str(made)]).output


def test_the_command_gives_programs_json_with_the_ladder(tmp_path: Path) -> None:
    said = CliRunner().invoke(app, ["facts", str(write_log(tmp_path)), "--ladder", "--json"])
    assert said.exit_code == 0, said.output
    found = json.loads(said.output)
    assert found["synthetic"] is False
    by_name = {fact["name"]: fact for fact in found["facts"]}
    assert by_name["rows"]["measured"] == 10 and by_name["rows"]["in_band"] is None
    # ann's week is A1 and A2: both are in her history, and cai, who bought something nobody had bought, scores nothing.
    assert by_name["MAP@12: own history decayed"]["measured"] == pytest.approx(1 / 2)
