"""The daily report: the views hold the sums, the page says what is seen and needs nothing else."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from small_warehouse import AROUND, ARTICLES, AS_OF, N_ARTICLES

from hm.report import gather, html, write
from warehouse.report.around import around
from warehouse.report.collect import collect
from warehouse.report.facts import QUERIES, read
from warehouse.report.page import best_baseline
from warehouse.report.parts import (
    NO_EXPERIMENT,
    NO_GATES,
    NO_SEGMENTS,
    NOT_JUDGED,
    NOTHING_LANDED,
    NOTHING_PUBLISHED,
    SECTIONS,
)
from warehouse.serving.publish import SHOWN
from warehouse.serving.store import VIEW_DIR

BEFORE = date(2020, 9, 16)
TODAY = date(2020, 10, 1)
VERDICT = {"full_system": 0.2, "best_baseline": "<popular>", "best_baseline_map": 0.1}


def judged(system, kind, week, buyers, value, cold=None):
    """A row of an evaluation as hm evaluate writes it: one cold buyer where `cold` is given, the others active."""
    parts = {"buyers_cold": int(cold is not None), "map_cold_at_12": cold, "buyers_dormant": 0, "map_dormant_at_12": None}
    parts |= {"buyers_active": buyers - parts["buyers_cold"], "map_active_at_12": value}
    told = {"map_low": value - 0.01, "map_high": value + 0.01, "recall_at_12": 0.3, "hit_rate_at_12": 0.5}
    return {"system": system, "kind": kind, "week": week, "buyers": buyers, "map_at_12": value, **told, **parts}


@pytest.fixture
def nothing_kept(settings, tmp_path):
    """No file that another test of this process has left: a catalogue, gates, evaluations; they are put back after it."""
    left = [settings.reports_dir, settings.state_dir / "catalogue.json"]
    moved = [(place, tmp_path / place.name) for place in left if place.exists()]
    for place, kept in moved:
        shutil.move(place, kept)
    yield
    for place, kept in moved:
        shutil.move(kept, place)


@pytest.fixture
def evaluation(settings):
    """Two judged weeks with 10 and 30 buyers, as a file."""
    settings.reports_dir.mkdir(parents=True, exist_ok=True)
    file = settings.reports_dir / f"evaluation-{AS_OF}-2w.json"
    rows = [
        judged("full system", "system", "2020-09-16", 10, 0.4, cold=0.1),
        judged("full system", "system", "2020-09-09", 30, 0.2),
        judged("<popular>", "baseline", "2020-09-16", 10, 0.1, cold=0.05),
        judged("<popular>", "baseline", "2020-09-09", 30, 0.3),
        judged("als", "baseline", "2020-09-16", 10, 0.2),
        judged("als", "baseline", "2020-09-09", 30, 0.1),
        judged("ridge", "source", "2020-09-16", 10, 0.9),
        judged("full system", "system", "pooled", 40, 0.77),
    ]
    file.write_text(json.dumps({"weeks": ["2020-09-16", "2020-09-09"], "rows": rows}))
    yield file
    file.unlink()


@pytest.fixture
def landed(warehouse):
    """One landing of a look-alike: customers, and purchases of ten days."""
    files = {
        "file_name": ["customers.csv", "transactions_train.csv"],
        "file_kind": ["customers", "transactions"],
        "sha256": ["aa", "bb"],
        "rows_landed": [8, 100],
        "first_day": pa.array([None, date(2020, 9, 13)], pa.date32()),
        "last_day": pa.array([None, date(2020, 9, 22)], pa.date32()),
        "notes": ["synthetic look-alike v2", "synthetic look-alike v2"],
    }
    warehouse.write("raw.landings", pa.table(files), landing_id=1)


@pytest.fixture
def segments(warehouse):
    """Four customers at the first date; two of them move, and one is new at the second."""
    warehouse.write("marts.customer_rfm", rfm("lost", "lost", "loyal", "champions"), BEFORE)
    warehouse.write("marts.customer_rfm", rfm("lost", "new", "champions", "champions", "new"), AS_OF)


def rfm(*names):
    return pa.table({"customer_key": pa.array(range(len(names)), pa.int32()), "segment": list(names)})


@pytest.fixture
def views(settings, store, warehouse):
    """Reads the views after bringing what the warehouse has."""

    def call():
        collect(store, settings, warehouse.catalogue)
        return read(store, TODAY)

    return call


def test_weeks_count_by_their_buyers_and_the_best_baseline_is_that_of_the_same_buyers(views, evaluation):
    found = views()
    pooled = {(row["system"], row["segment"]): row for row in found["quality"]}
    assert pooled["full system", "all"]["map_12"] == pytest.approx((0.4 * 10 + 0.2 * 30) / 40)
    assert pooled["full system", "all"]["best_baseline_name"] == "<popular>"
    assert pooled["full system", "all"]["ratio"] == pytest.approx(0.25 / 0.25)
    assert pooled["full system", "cold"]["all_buyers"] == 1
    assert pooled["full system", "cold"]["ratio"] == pytest.approx(0.1 / 0.05)
    assert {system for system, _ in pooled} == {"full system", "<popular>", "als"}
    week = {
        row["system"]: row for row in found["quality_by_week"] if row["segment"] == "all" and str(row["week"])[-2:] == "16"
    }
    assert week["full system"]["best_baseline"] == 0.2


def test_a_week_that_is_judged_again_counts_with_its_last_judgement_only(views, evaluation, store):
    views()
    told = json.loads(evaluation.read_text())
    again = [row | {"map_at_12": 0.5} for row in told["rows"] if row["week"] == "2020-09-16" and row["system"] != "als"]
    newer = evaluation.with_name(f"evaluation-{AS_OF}-1w.json")
    newer.write_text(json.dumps({"weeks": ["2020-09-16"], "rows": again}))
    found = [r for r in views()["quality_by_week"] if str(r["week"]) == "2020-09-16" and r["segment"] == "all"]
    newer.unlink()
    assert {row["system"]: row["map_at_12"] for row in found} == {"full system": 0.5, "<popular>": 0.5}


def test_what_was_brought_is_not_brought_again(views, evaluation, landed, segments, store):
    views()
    counts = [f"select count() from {table}" for table in ("landings", "judged_weeks", "rfm_counts")]
    first = [store.query(sql).result_rows for sql in counts]
    views()
    assert [store.query(sql).result_rows for sql in counts] == first
    assert all(rows[0][0] for rows in first)


def test_the_source_mix_adds_up_at_every_place(views, publish_it, warehouse):
    n = len(warehouse.catalogue.read("recs.recommendations", as_of_date=AS_OF))
    warehouse.recommend(source=["first" if i % 14 == 0 else "other" for i in range(n)])
    publish_it()
    found = views()["source_mix"]
    assert {(row["place"], row["source"]): row["share"] for row in found} == {
        (1, "first"): 1.0,
        **{(place, "other"): 1.0 for place in range(2, SHOWN + 1)},
    }
    assert {row["source"]: row["share_of_all"] for row in found}["other"] == pytest.approx(11 / 12)


def test_concentration_counts_articles_that_are_never_shown(views, publish_it, store):
    publish_it()
    found = views()
    counts = dict(store.query("select article_id, places from article_places").result_rows)
    assert len(counts) == N_ARTICLES
    assert sum(counts.values()) == 5 * SHOWN
    ordered = sorted(counts.values())
    apart = sum(abs(a - b) for a in ordered for b in ordered)
    row = found["concentration"][0]
    assert row["gini"] == pytest.approx(apart / (2 * N_ARTICLES * 5 * SHOWN))
    assert row["shown_articles"] == sum(n > 0 for n in ordered)
    assert found["concentration_curve"][-1]["share_of_places"] == 1.0
    ages = {row["age_group"]: (row["known_customers"], row["customers_with_list"]) for row in found["coverage"]}
    assert ages == {"25-29": (6, 5), "65+": (1, 0), "unknown": (1, 0)}


def test_customers_move_between_segments_from_date_to_date(views, segments):
    found = views()
    moves = {(row["segment_before"], row["segment_then"]): row for row in found["rfm_movement"]}
    assert {pair: row["customers"] for pair, row in moves.items()} == {
        ("lost", "lost"): 1,
        ("lost", "new"): 1,
        ("loyal", "champions"): 1,
        ("champions", "champions"): 1,
        ("not yet a customer", "new"): 1,
    }
    assert moves["lost", "new"]["share_of_before"] == 0.5
    assert moves["lost", "new"]["share_that_stayed"] == 2 / 4
    shares = {(row["as_of_date"], row["segment"]): row["share"] for row in found["rfm_segments"]}
    assert shares[BEFORE, "lost"] == 2 / 4
    assert shares[AS_OF, "champions"] == 2 / 5


def test_segments_that_were_built_again_are_counted_again(views, segments, warehouse):
    views()
    warehouse.write("marts.customer_rfm", rfm("lost", "lost"), AS_OF)
    assert {(row["segment_before"], row["customers"]) for row in views()["rfm_movement"]} == {("lost", 2)}


def test_freshness_is_told_from_the_newest_purchase_and_a_cleared_warehouse_clears_it(views, landed, warehouse):
    row = views()["freshness"][0]
    assert (row["last_day"], row["days_ago"], row["purchase_rows"]) == (date(2020, 9, 22), 9, 100)
    assert row["look_alike"] == "2"
    warehouse.forget("raw.landings")
    found = views()
    assert found["landings"] == []
    assert found["freshness"][0]["last_day"] is None


def test_every_view_of_the_report_is_a_file():
    named = {re.search(r"from (\w+)", sql)[1] for sql in QUERIES.values()}
    assert named <= {file.stem for file in VIEW_DIR.glob("*.sql")}


def test_the_report_of_an_empty_warehouse_says_what_makes_each_section(settings, store, nothing_kept):
    facts = gather(settings)
    assert facts["published"] is None
    text = html(facts)
    for told in (NO_EXPERIMENT, NO_GATES, NO_SEGMENTS, NOT_JUDGED, NOTHING_LANDED, NOTHING_PUBLISHED):
        assert told in text
    assert "<script" not in text
    assert "http" not in text


def test_the_page_has_every_section_with_its_picture_and_asks_for_nothing(
    settings, tmp_path, store, publish_it, evaluation, landed, segments
):
    publish_it(metrics={"verdict": VERDICT, "look_alike": "2"})
    facts = gather(settings, TODAY)
    assert facts["published"]["customers"] == 5
    assert facts["published"]["coverage"] == 5 / 8
    assert facts["published"]["sources"] == {"source a": 1.0}
    page = write(settings, facts, tmp_path / "daily.html")
    assert json.loads(page.with_suffix(".json").read_text())["freshness"] == {"last_day": "2020-09-22", "days_ago": 9}
    text = page.read_text()
    told = re.sub(r"<script>.*?</script>", "", text, flags=re.S)
    assert all(f'id="{name}">{label}<' in told for name, label in SECTIONS.items())
    pictures = ("quality-weeks", "quality-segments", "source-mix", "rfm-segments", "rfm-movement", "article-map")
    assert all(f'id="{name}"' in told for name in pictures)
    assert "Synthetic log (look-alike v2)" in told
    assert "the best baseline, &lt;popular&gt;: MAP@12 0.2500 against 0.2500" in told
    assert "http" not in told
    assert not re.search(r'(src|href)="(?!#)|url\(|@import', told)


def test_a_card_holds_what_is_shown_instead_of_an_article_and_with_it(views, publish_it, store):
    publish_it()
    asked = {(row["asked_id"], row["question"]): [] for row in views()["cards"]}
    for row in views()["cards"]:
        asked[row["asked_id"], row["question"]].append((row["place"], row["other_id"], row["other_name"]))
    assert asked == {
        (ARTICLES[0], "instead of it"): [(1, ARTICLES[3], "prod_name 3 a"), (2, ARTICLES[4], "prod_name 4 a")],
        (ARTICLES[0], "with it"): [(1, ARTICLES[2], "prod_name 2 a"), (2, ARTICLES[1], "prod_name 1 a")],
    }
    text = around({"cards": views()["cards"]}, {"article-map": None})
    assert f'<option value="{ARTICLES[0]}">prod_name 0 a' in text
    assert text.count('class="card"') == 1


def test_the_card_that_is_asked_for_comes_first(store, publish_it, monkeypatch):
    both = AROUND.similar_articles.set_column(0, "article_id", pa.array([ARTICLES[0], ARTICLES[7]]))
    publish_it(around=replace(AROUND, similar_articles=both))
    monkeypatch.setattr("warehouse.report.facts.CARDS", 0)
    assert [row["asked_id"] for row in read(store, TODAY)["cards"]] == []
    assert {row["asked_id"] for row in read(store, TODAY, [ARTICLES[7]])["cards"]} == {ARTICLES[7]}
    monkeypatch.setattr("warehouse.report.facts.CARDS", 30)
    assert next(row["asked_id"] for row in read(store, TODAY, [ARTICLES[7]])["cards"]) == ARTICLES[7]


def test_the_map_names_six_groups_and_puts_the_rest_together(store, publish_it, warehouse):
    publish_it(around=replace(AROUND, article_map=pa.table({"article_id": ARTICLES[:9], "x": [0.0] * 9, "y": [0.0] * 9})))
    rows = read(store, TODAY)["article_map"]
    assert len(rows) == 9
    assert len({row["shown_as"] for row in rows}) == min(7, len({row["product_group_name"] for row in rows}))


def test_simulated_customers_are_labelled(settings, store):
    one = {"name": "one", "starts": TODAY, "ends": TODAY, "is_simulated": True, "is_healthy": True}
    facts = gather(settings) | {"experiments": [one | {"customers": {"<new>": 3}, "verdict": ["<new> is better."]}]}
    text = html(facts)
    assert "Simulated customers: " in text
    assert "&lt;new&gt; is better." in text
    assert "&lt;new&gt; 3" in text


def test_the_marked_baseline_is_the_best_on_all_buyers_not_on_the_first_segment():
    rows = [{"segment": "active", "best_baseline_name": "own history"}, {"segment": "all", "best_baseline_name": "user-kNN"}]
    assert best_baseline({"quality": rows}) == "user-kNN"
    assert best_baseline({"quality": []}) == ""
