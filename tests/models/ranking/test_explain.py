"""What explain says of a customer and an article is what recommend wrote, and what it says of the absent is true."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

import models.candidates
import models.recommend
from models.candidates.base import CandidateBlock
from models.explain import NEEDS, explain
from models.interactions import Interactions
from models.ranking import train
from models.recommend import Recommender, recommend
from warehouse.schemas.recs import RECOMMENDATIONS

COLD = f"c{42:063d}"
CUSTOMERS = [f"c{i:063d}" for i in (0, 9, 10, 39)]


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def run(world, today, small_config, tmp_path):
    return train(world, today, weeks=2, run_dir=tmp_path / "run", config=small_config)


@pytest.fixture
def after_recommending(world, today, run, monkeypatch):
    """Write the whole table, in blocks of a few customers; returns who wrote it."""

    def write():
        monkeypatch.setattr(models.recommend, "CUSTOMERS_PER_LOAD", 9)
        monkeypatch.setattr(models.recommend, "CUSTOMERS_PER_BLOCK", 4)
        recommend(world, run, today)
        world.recommendations = lambda day: world.written[RECOMMENDATIONS.full_name, day].to_pandas()
        return Recommender(world, run, today, Interactions.from_catalogue(world))

    return write


@pytest.fixture
def recommender(after_recommending):
    return after_recommending()


def written(world, today, customer):
    rows = world.recommendations(today)
    return rows[rows.customer_id == customer].set_index("article_id")


def test_rank_score_and_sources_are_those_that_recommend_wrote(world, today, recommender):
    for customer in [*CUSTOMERS, COLD]:
        rows = written(world, today, customer)
        for article in world.article_ids:
            found = explain(recommender, customer, article)
            if article not in rows.index:
                assert found.rank is None or found.rank > models.recommend.KEEP
                continue
            row = rows.loc[article]
            assert (found.rank, np.float32(found.score), found.agrees) == (row["rank"], row["score"], True)
            named = [o.source for o in found.sources if o.rank is not None]
            made_otherwise = found.outcome == "filled in" or customer == COLD
            assert named == list(row["sources"]) or made_otherwise
            assert (found.scoring is None) == made_otherwise


def test_candidates_are_made_for_the_very_block_that_recommend_made_them_for(world, today, after_recommending, monkeypatch):
    """FAISS answers a query among others with other last bits than alone; this source answers with other ranks."""

    def whimsical(self, customers, k):
        k, n = min(k, 20), len(customers)
        article = np.roll(np.arange(20, dtype=np.int32), customers[0] + n)[:k]
        rank = np.tile(np.arange(1, k + 1, dtype=np.int16), n)
        return CandidateBlock(np.repeat(customers, k), np.tile(article, n), rank, 1 / rank.astype(np.float32))

    monkeypatch.setattr(models.candidates.SOURCES["popular"].make, "generate", whimsical)
    recommender = after_recommending()
    for customer in CUSTOMERS:
        for article, row in written(world, today, customer).iterrows():
            found = explain(recommender, customer, article)
            assert (found.rank, found.agrees) == (row["rank"], True)


def test_a_table_that_another_model_wrote_is_told(world, recommender, today):
    rows = world.recommendations(today)
    world.recommendations = lambda day: rows.assign(score=rows.score + 1)
    world._made.clear()
    article = rows[rows.customer_id == CUSTOMERS[0]].article_id.iloc[0]
    assert explain(recommender, CUSTOMERS[0], article).agrees is False


def test_base_and_contributions_add_up_to_the_score_by_every_model(world, recommender):
    seen = 0
    for article in world.article_ids:
        found = explain(recommender, CUSTOMERS[0], article)
        if found.scoring:
            parts = sum(f.contribution for g in found.scoring.groups for f in g.features)
            assert found.scoring.base + parts == pytest.approx(found.score, abs=1e-5)
            assert (found.scoring.models, found.scoring.shift) == (["binary-1", "lambdarank-1"], 0)
            sizes = [abs(group.contribution) for group in found.scoring.groups]
            assert sizes == sorted(sizes, reverse=True)
            seen += 1
    assert seen > 3


def test_outside_the_shortlist_the_first_model_speaks_and_the_shift_closes_the_sum(world, recommender, run):
    short = replace(run, config=run.config.model_copy(update={"shortlist": 2}))
    found = [explain(replace(recommender, run=short), CUSTOMERS[0], article) for article in world.article_ids]
    rest = [f for f in found if f.scoring and f.scoring.models == ["binary-1"]]
    assert {f.rank for f in found if f.scoring} - {f.rank for f in rest} == {1, 2}
    for one in rest:
        parts = sum(group.contribution for group in one.scoring.groups)
        assert one.scoring.base + one.scoring.shift + parts == pytest.approx(one.score, abs=1e-5)


def test_values_are_the_features_and_categories_their_numbers(world, today, recommender):
    rows = world._seen(today).query("customer_key == 0")
    article = int(rows.groupby("article_key").n_lines.sum().idxmax())
    found = explain(recommender, CUSTOMERS[0], world.article_ids[article])
    values = {f.feature: f.value for g in found.scoring.groups for f in g.features}
    assert values["own.n_lines"] == rows[rows.article_key == article].n_lines.sum()
    assert values["category.department_no"] == article % 4 + 100
    assert values["person.age"] == 18
    assert (found.names, found.history[:6]) == ({"prod_name": f"Article {article}"}, "Bought")


def test_the_absent_are_told_why(make_world, world, today, recommender, run):
    def outcome(customer, article, **changed):
        found = explain(replace(recommender, **changed), customer, article)
        assert found.rank is None and found.says
        return found.outcome, found

    assert outcome("nobody", world.article_ids[0])[0] == "unknown customer"
    assert outcome(COLD, "0999999999")[0] == "unknown article"
    assert outcome(COLD, world.article_ids[29])[0] == "never sold"

    bought = world.rows[(world.rows.customer_no == 0) & (world.rows.t_dat < today)].groupby("article_no").n_lines.sum()
    best = world.article_ids[int(bought.idxmax())]
    assert outcome(CUSTOMERS[0], best, allow_repeats=False)[0] == "not allowed"

    near = replace(run, config=run.config.model_copy(update={"deepest_rank": 1}))
    popular = world.rows[world.rows.t_dat < today].groupby("article_no").n_lines.sum().nlargest(30).index
    listed = [explain(replace(recommender, run=near), CUSTOMERS[0], world.article_ids[a]) for a in popular]
    deep = [f for f in listed if f.outcome == "ranked too deep"]
    assert deep and all("best rank any source gave it is" in f.says for f in deep)
    assert any(f.outcome == "filled in" and f.rank <= 12 and f.scoring is None for f in listed)

    never = [a for a in popular[5:] if a not in bought.index]
    kind, found = outcome(CUSTOMERS[0], world.article_ids[never[-1]])
    reasons = {o.source: o.says for o in found.sources}
    assert kind == "not proposed"
    assert reasons["popular"] == f"it would be number {len(popular)}; the first 5 are taken"
    assert reasons["repurchase"] == NEEDS["repurchase"]


def test_a_customer_without_a_purchase_has_nothing_that_sources_could_start_from(world, recommender):
    found = explain(recommender, COLD, world.article_ids[1])
    assert {o.source: o.says for o in found.sources}["repurchase"].startswith("it has nothing to start from")
    assert found.history is None


def test_every_source_has_words_for_what_it_lacked():
    assert set(NEEDS) == set(REGISTRY)


REGISTRY = dict(models.candidates.SOURCES)
"""The real table: a fixture of this folder replaces it by the shop's two."""
