"""The study: what a result depends on, what a resumed run does, and that its product is the product."""

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pytest

import models.candidates
from infra.errors import UserError
from models.candidates.base import TableMarts, context_of
from models.ranking.learning_set import learning_set as product_learning_set
from models.ranking.proposals import Proposals
from models.ranking.sampling import Sampler
from models.ranking.train import sources_of as product_sources
from models.ranking.train import train
from models.recommend import recommend_for_evaluation
from tests.study import fitting, negatives, run
from tests.study.__main__ import log_of
from tests.study.cells import GROUPS, TELLING, chosen
from tests.study.judging import WeekResult
from tests.study.log import NotBuiltError, StudiedLog
from tests.study.sources import VARIANTS
from tests.study.systems import Alone, Cell, Group, Negatives, System
from tests.study.words import SENTENCES, sentence

WEEK = date(2020, 9, 15)
CELL = Cell("a", "changed", System())


@pytest.fixture
def studied(world, tmp_path) -> StudiedLog:
    """The small shop as a log under study: nothing of it is asked of a warehouse."""
    log = StudiedLog("shop", tmp_path, num_threads=1)
    found = world.log()
    days = [found.next_day - timedelta(days=7 * k) for k in range(1, 5)]
    told = {"tables": world, "log": found, "dates": sorted(days), "stamp": "s", "code": "c"}
    log.__dict__.update(told, settings=SimpleNamespace(root=tmp_path))
    return log


@pytest.fixture
def few_trees(monkeypatch, small_config) -> System:
    """The product, with few trees, on three weeks."""
    monkeypatch.setattr("tests.study.systems.PRODUCT", small_config)
    return System(weeks=3, seeds=small_config.seeds, negatives=Negatives("random", small_config.negative_share))


def test_a_result_is_kept_under_all_it_depends_on_and_under_no_name():
    same = run.key("log", "code", replace(CELL, id="b", change="other words"), WEEK)
    assert same == run.key("log", "code", CELL, WEEK)
    others = [
        run.key("other", "code", CELL, WEEK),
        run.key("log", "other", CELL, WEEK),
        run.key("log", "code", CELL, WEEK + timedelta(days=7)),
        run.key("log", "code", Cell("a", "changed", System(weeks=3)), WEEK),
        run.key("log", "code", Cell("a", "changed", System(negatives=Negatives("linear"))), WEEK),
        run.key("log", "code", Cell("a", "changed", Alone("als")), WEEK),
    ]
    assert len({same, *others}) == 7


def test_a_result_depends_on_the_products_own_settings(monkeypatch, small_config):
    before = run.key("log", "code", CELL, WEEK)
    monkeypatch.setattr("tests.study.systems.PRODUCT", small_config)
    assert run.key("log", "code", CELL, WEEK) != before


def test_a_stopped_study_goes_on_where_it_was_and_makes_nothing_twice(studied, monkeypatch):
    monkeypatch.setattr(StudiedLog, "judged", lambda self, weeks: self.dates[-weeks:])
    group = Group("g", "?", "a", (CELL, Cell("same", "the same under another name", System()), Cell("c", "", Alone("als"))))
    asked = []

    def judge(log, cell, week):
        if len(asked) == 2:
            asked.append("stopped")
            raise KeyboardInterrupt
        asked.append((cell.id, week))
        return WeekResult(str(week), {"map_at_12": [0.5]}, 0.1, 1.0, 1.0)

    monkeypatch.setattr(run, "possible", lambda *_: True)
    with pytest.raises(KeyboardInterrupt):
        run.study(studied, [group], lambda _: None, judge)
    assert run.study(studied, [group], lambda _: None, judge) == 2
    assert run.study(studied, [group], lambda _: None, judge) == 0
    assert [cell for cell, _ in (a for a in asked if a != "stopped")] == ["a", "a", "c", "c"]
    assert run.kept(studied, CELL, studied.dates[-1]).buyers == {"map_at_12": [0.5]}


def test_a_slow_cell_is_said_so():
    slow = WeekResult("2020-09-15", {"map_at_12": [0.5]}, 0.1, run.SLOW_S + 1.0, 1.0)
    assert "over 5 minutes" in run.line("log", "group", "cell", slow)
    assert "over" not in run.line("log", "group", "cell", replace(slow, seconds=run.SLOW_S - 1.0))


def test_the_unchanged_system_learns_from_the_products_rows(studied, few_trees, world):
    days = studied.dates[:3][::-1]
    ours = fitting.learning_set(studied, few_trees, days)
    layout = fitting.features_of(studied, days[0]).layout
    layout = replace(layout, sources=product_sources(world, world.log(), days))
    theirs = product_learning_set(world, studied.log, days, layout, few_trees.config)
    assert ours.names == theirs.names and ours.counts == theirs.counts
    np.testing.assert_array_equal(ours.features, theirs.features)
    np.testing.assert_array_equal(ours.bought, theirs.bought)
    np.testing.assert_array_equal(ours.group_sizes, theirs.group_sizes)


@pytest.mark.parametrize("max_rows", [1_000_000, 300])
def test_more_rows_than_the_product_holds_are_drawn_as_the_product_draws_them(
    studied, few_trees, world, monkeypatch, max_rows
):
    days = studied.dates[:3][::-1]
    config = few_trees.config.model_copy(update={"max_rows": max_rows})
    monkeypatch.setattr("tests.study.systems.PRODUCT", config)
    layout = replace(fitting.features_of(studied, days[0]).layout, sources=product_sources(world, world.log(), days))
    theirs = product_learning_set(world, studied.log, days, layout, config)
    assert fitting.learning_set(studied, few_trees, days).counts == theirs.counts


def test_the_unchanged_system_shows_the_products_lists(studied, few_trees, small_config, world, tmp_path):
    week = studied.dates[-1]
    product = train(world, week, weeks=3, run_dir=tmp_path / "run", config=small_config)
    theirs = recommend_for_evaluation(world, product, week)
    ours = fitting.fit_and_list(studied, few_trees, week).lists
    for name in ("customer", "article", "rank", "score"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


def test_features_read_from_a_file_are_those_that_were_joined(studied, few_trees):
    day = studied.dates[0]
    first = fitting.learning_set(studied, few_trees, [day])
    fitting.features_of.cache_clear()
    again = fitting.learning_set(studied, few_trees, [day])
    np.testing.assert_array_equal(first.features, again.features)
    assert list((studied.folder / "features").glob("*.npy"))


def test_group_folds_learn_from_the_judged_week_but_from_no_judged_customer(studied, few_trees, monkeypatch):
    week, seen = studied.dates[-1], []
    whole = fitting.labelled

    def watched(log, system, day, out_of=None):
        found = whole(log, system, day, out_of)
        seen.append((day, set(found.proposals.customer.tolist())))
        return found

    monkeypatch.setattr(fitting, "labelled", watched)
    buyers = studied.log.labels(week).customer
    parts = list(fitting.runs(studied, replace(few_trees, folds=5), week, buyers))
    assert sorted(np.concatenate([mine for _, mine in parts])) == sorted(buyers)
    for number, (_, mine) in enumerate(parts):
        days = dict(seen[3 * number : 3 * number + 3])
        assert week in days and not any(customers & set(mine.tolist()) for customers in days.values())


def test_a_changed_system_proposes_what_it_says(studied, few_trees, monkeypatch):
    day = studied.dates[-1]
    product = fitting.proposals_of(studied, few_trees, day)
    sold = studied.log.last_days(day, 3).sold
    lately = fitting.proposals_of(studied, replace(few_trees, on_sale_days=3), day)
    assert set(lately.article) == set(product.article) & set(sold) < set(product.article)
    without = fitting.proposals_of(studied, replace(few_trees, without=("popular",)), day)
    assert without.sources == ("repurchase",)
    half = fitting.proposals_of(studied, replace(few_trees, depth=0.5), day)
    assert np.nanmax(half.rank[:, half.sources.index("repurchase")]) == 4
    monkeypatch.setitem(VARIANTS, "other", models.candidates.SOURCES["popular"].make)
    monkeypatch.setattr(StudiedLog, "context", lambda self, d, repeats: context_of(self.log, d, TableMarts({})))
    other = fitting.proposals_of(studied, replace(few_trees, replaced=(("repurchase", "other"),)), day)
    np.testing.assert_array_equal(other.article[other.rank[:, 0] == 1], other.article[other.rank[:, 1] == 1])


# -- negatives --------------------------------------------------------------------------------------------------------


def many_proposals(n_customers: int = 200, n: int = 40) -> Proposals:
    """Each customer's articles 0 … n - 1, ranked by ALS in that order."""
    customer, article = np.repeat(np.arange(n_customers), n), np.tile(np.arange(n), n_customers)
    rank = (article + 1).astype(np.float32)[:, None]
    return Proposals(customer, article, rank, 1 / rank, (negatives.NEAREST,))


@pytest.fixture
def sampler() -> Sampler:
    draw = np.random.default_rng(1)
    return Sampler(*(draw.integers(0, 2**64, n, dtype=np.uint64) for n in (200, 40)), 1.0)


@pytest.mark.parametrize("how", ["linear", "exponential"])
@pytest.mark.parametrize("share", [0.5, 0.1])
def test_drawing_by_distance_keeps_what_was_bought_and_its_share_of_each_customers_others(sampler, how, share):
    proposals = many_proposals()
    bought = proposals.article % 10 == 3
    kept = negatives.keep(Negatives(how, share), sampler, proposals, bought, WEEK)
    assert kept[bought].all()
    assert set(np.bincount(proposals.customer[kept & ~bought])) == {round(36 * share)}


def test_the_nearer_are_drawn_more_often_and_most_so_exponentially(sampler):
    proposals, bought = many_proposals(), np.zeros(200 * 40, bool)

    def near(how):
        kept = negatives.keep(Negatives(how, 0.25), sampler, proposals, bought, WEEK)
        return (proposals.article[kept] < 10).mean()

    assert 0.35 < near("linear") < near("exponential")
    assert near("exponential") > 0.5


def test_the_distance_is_the_rank_by_als_and_the_others_follow_by_their_best_rank():
    rank = np.array([[np.nan, 2], [np.nan, 1], [5, np.nan], [1, 9]], np.float32)
    proposals = Proposals(np.zeros(4, int), np.arange(4), rank, rank, (negatives.NEAREST, "other"))
    assert negatives.distance_rank(proposals).tolist() == [3, 2, 1, 0]


# -- what the page says -----------------------------------------------------------------------------------------------


def test_a_sentence_written_for_other_figures_says_so(monkeypatch):
    monkeypatch.setitem(SENTENCES, ("log", "group"), ("aaaa", "It helps."))
    assert sentence("log", "group", "aaaa") == "It helps."
    assert "other figures" in sentence("log", "group", "bbbb") and "bbbb" in sentence("log", "group", "bbbb")
    assert sentence("log", "no such group", "bbbb") == ""


def test_every_cell_has_a_name_of_its_own_a_reference_and_a_source_that_exists():
    for group in GROUPS:
        names = [cell.id for cell in group.cells]
        assert len(set(names)) == len(names) and group.reference in names
    cells = {cell.id: cell for group in GROUPS for cell in group.cells}
    assert set(TELLING) <= set(cells)
    assert all(cells[cell.id] == cell for group in GROUPS for cell in group.cells)
    assert all(cell.what.source in VARIANTS for cell in cells.values() if isinstance(cell.what, Alone))


def test_the_most_telling_cells_are_a_part_of_every_group_and_no_choice_is_all():
    assert chosen(GROUPS) == list(GROUPS)
    assert {cell.id for group in chosen(GROUPS, ["telling"]) for cell in group.cells} == set(TELLING)
    assert [cell.id for group in chosen(GROUPS, ["folds-5"]) for cell in group.cells] == ["folds-5"]


def test_a_state_folder_without_a_chain_is_named_with_the_command_that_fills_it(tmp_path):
    with pytest.raises(NotBuiltError, match="hm run FOLDER --weeks 2"):
        StudiedLog("empty", tmp_path).judged(2)
    with pytest.raises(UserError, match="NAME=HOME"):
        log_of(str(tmp_path), 1)
