"""A part left out is gone from learning and from the lists; cells are trained once and judged once."""

from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import pytest

from hm import compare as comparing
from hm.plan import Plan
from infra.settings import Settings
from models.ranking import load_run, train
from models.ranking.leave_out import UnknownPartError, group_of
from models.ranking.run import RUN_FILE
from models.recommend import recommend_for_evaluation
from warehouse.calendar import LandedSpan, evaluation_dates


@pytest.fixture
def world(make_world):
    return make_world(extra={"customer_features": {"online_share": lambda frame: 1.0}})


@pytest.fixture
def today(world):
    return max(world.rows.t_dat) - timedelta(days=6)


@pytest.fixture
def trained(world, today, small_config, tmp_path):
    def run(**left_out):
        config = small_config.model_copy(update=left_out)
        return train(world, today, weeks=2, run_dir=tmp_path / "-".join(["run", *left_out]), config=config)

    return run


def test_without_a_source_its_opinions_and_the_candidates_it_alone_found_are_gone(world, today, trained):
    run, full = trained(without_sources=("popular",)), trained()
    assert set(full.features) - set(run.features) == {"rank.popular", "score.popular"}
    assert run.layout.sources == ("repurchase",)
    log = world.log()
    listed = recommend_for_evaluation(world, run, today, log=log)
    proposed = log.before(today).pairs
    own = set(zip(proposed.customer.tolist(), proposed.article.tolist(), strict=True))
    first = listed.rank == 1
    assert set(zip(listed.customer[first].tolist(), listed.article[first].tolist(), strict=True)) <= own
    more = recommend_for_evaluation(world, full, today, log=log)
    assert not set(zip(more.customer.tolist(), more.article.tolist(), strict=True)) <= own


def test_without_a_group_no_model_looks_at_its_features_and_serving_goes_on(world, today, trained):
    run, full = trained(without_features=("own", "article")), trained()
    gain = run.metrics["gain"]
    assert run.features == full.features
    assert {group_of(name) for name, share in gain.items() if share} & {"own", "article"} == set()
    assert any(full.metrics["gain"][name] for name in gain if group_of(name) in ("own", "article"))
    assert len(recommend_for_evaluation(world, run, today)) > 0


def test_a_column_without_values_is_the_same_as_no_column():
    """Also where only a share of the columns is drawn for a tree: an empty one is not among those drawn from."""
    rng = np.random.default_rng(0)
    x, y = rng.random((600, 8)).astype(np.float32), rng.random(600) > 0.5
    empty = x.copy()
    empty[:, [2, 5]] = np.nan
    kept = np.delete(x, [2, 5], axis=1)
    params = {"objective": "binary", "feature_fraction": 0.4, "seed": 1, "deterministic": True, "verbosity": -1}
    params |= {"num_threads": 1, "force_row_wise": True}
    one, other = (lgb.train(params, lgb.Dataset(data, y.astype(float)), 10) for data in (empty, kept))
    np.testing.assert_array_equal(one.predict(x), other.predict(kept))


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ({"without_sources": ("poplar",)}, "No candidate source .* 'poplar'; there are popular, repurchase"),
        ({"without_features": ("shop",)}, "No group of features .* 'shop'; there are rank, score, candidate, own"),
        ({"without_sources": ("popular", "repurchase")}, "no candidate source would be left"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(trained, left_out, said):
    with pytest.raises(UnknownPartError, match=said):
        trained(**left_out)


# -- cells ------------------------------------------------------------------------------------------------------------


class SmallChain:
    """What of `hm.chain.Chain` a comparison needs, on the shop and with a small ranker."""

    def __init__(self, world, plan, config):
        self.world, self.plan, self.config, self.said = world, plan, config, []
        self.progress = SimpleNamespace(say=self.said.append, step=lambda *_: nullcontext())

    def last_metrics(self):
        return {"weeks": ["one", "two"]}

    def evaluate(self, weeks):
        for day in evaluation_dates(self.plan.as_of_date, weeks):
            piece = self.plan.train(day)
            if piece.why:
                run_id = self.plan.run_id(day, piece.parts)
                folder = self.plan.settings.runs_dir / run_id
                train(self.world, day, weeks=2, run_dir=folder, config=self.config, stamps=piece.parts)
                self.plan.stamps.set(piece.name, piece.parts, {"run_id": run_id})
                comparing.Judge(self).rows(folder, day)
        self.said.clear()


@pytest.fixture
def make_chain(world, settings: Settings, tmp_path, small_config, monkeypatch):
    """Chains on a state folder each."""
    monkeypatch.setattr(comparing, "RankerConfig", lambda **changed: small_config.model_copy(update=changed))
    first, last = min(world.rows.t_dat), max(world.rows.t_dat)

    def make(name="home", config=small_config):
        plan = Plan(settings.model_copy(update={"home": tmp_path / name}), weeks=2)
        plan.catalogue = world
        plan.__dict__["span"] = LandedSpan(first, last)
        return SmallChain(world, plan, config)

    world.as_of_dates = lambda table: sorted(last + timedelta(days=1 - 7 * k) for k in range(4))
    return make


@pytest.fixture
def chain(make_chain):
    return make_chain()


def trained_and_judged(chain):
    return [line.split()[0] for line in chain.said if line.startswith(("trained", "judging"))]


def test_every_part_is_left_out_in_turn_and_its_models_are_trained_once(chain):
    found = comparing.leave_out(chain, ["all"], None)
    groups = [
        "rank",
        "score",
        "candidate",
        "own",
        "customer",
        "rfm",
        "person",
        "article",
        "category",
        "affinity",
        "together",
    ]
    parts = [*(f"source:{name}" for name in ("popular", "repurchase")), *(f"features:{name}" for name in groups)]
    assert [one.b for one in found] == [f"without {part}" for part in parts]
    assert {len(one.weeks) for one in found} == {2}
    assert found[0].differs["parameter without_sources"] == ([], ["popular"])
    assert found[0].differs["candidate sources"] == (["popular"], [])
    assert "code of the ranker and its candidates" not in found[0].differs
    done = trained_and_judged(chain)
    assert (done.count("trained"), done.count("judging")) == (2 * len(parts), 2 * len(parts))
    chain.said.clear()
    assert comparing.leave_out(chain, ["all"], None) == found
    assert trained_and_judged(chain) == []


def test_what_was_stopped_goes_on_where_it_stopped(chain):
    comparing.leave_out(chain, ["source:popular"], 1)
    (run,) = (
        f.parent for f in chain.plan.settings.runs_dir.glob(f"*/{RUN_FILE}") if load_run(f.parent).config.without_sources
    )
    for file in run.glob("judged-*"):
        file.unlink()
    chain.said.clear()
    comparing.leave_out(chain, ["source:popular"], 2)
    assert trained_and_judged(chain) == ["trained", "judging", "judging"]


def test_two_parts_may_be_left_out_together(chain):
    (found,) = comparing.leave_out(chain, ["features:own,features:article"], 1)
    assert found.differs["parameter without_features"] == ([], ["article", "own"])


@pytest.mark.parametrize("part", ["ridge", "source:", "week:1", "source:popular,own"])
def test_a_part_that_is_no_part_is_refused(chain, part):
    with pytest.raises(comparing.CompareError, match="say source:NAME, features:GROUP or all"):
        comparing.leave_out(chain, [part], 1)


# -- sides ------------------------------------------------------------------------------------------------------------


def test_two_state_folders_are_compared_on_the_weeks_that_both_judged(make_chain, small_config, tmp_path):
    here, there = make_chain(), make_chain("branch", small_config.model_copy(update={"n_trees": 1}))
    here.evaluate(3)
    there.evaluate(2)
    ours, theirs = str(tmp_path / "home"), str(tmp_path / "branch")
    found = comparing.compare_sides(here, ours, theirs, None)
    assert (len(found.weeks), found.differs["parameter n_trees"]) == (2, (5, 1))
    assert (found.a, found.b) == (ours, theirs)
    assert (
        comparing.compare_sides(here, str(tmp_path / "home"), str(tmp_path / "branch" / "embedded"), 1).weeks
        == found.weeks[:1]
    )
    assert here.said == there.said == []
    same = comparing.compare_sides(here, ours, ours, None)
    assert same.verdict.startswith("No difference at all")


def test_two_models_are_judged_on_the_weeks_that_neither_learned_from(chain):
    chain.evaluate(2)
    late, early = (str(day) for day in evaluation_dates(chain.plan.as_of_date, 2))
    found = comparing.compare_sides(chain, early, late, None)
    assert found.weeks == [late]
    assert (found.a[:10], found.b[:10], found.differs["model of"]) == (early, late, (early, late))
    assert trained_and_judged(chain) == ["judging"]
    chain.said.clear()
    assert comparing.compare_sides(chain, found.a, found.b, None) == found
    assert chain.said == []


def test_what_cannot_be_compared_is_said(chain, tmp_path):
    chain.evaluate(1)
    (week,) = evaluation_dates(chain.plan.as_of_date, 1)
    with pytest.raises(comparing.CompareError, match=f"'yesterday' is no state folder.*date of a model .{week}"):
        comparing.compare_sides(chain, "yesterday", str(week), None)
    (tmp_path / "empty").mkdir()
    with pytest.raises(comparing.CompareError, match=r"Nothing was judged in .*empty; run `hm evaluate"):
        comparing.compare_sides(chain, str(tmp_path / "empty"), str(week), None)


def test_rows_judged_under_other_candidates_are_judged_again(chain):
    chain.evaluate(1)
    (week,) = evaluation_dates(chain.plan.as_of_date, 1)
    chain.plan.stamps.set(f"candidates:{week}", {"code": "other"})
    comparing.compare_sides(chain, str(week), str(week), None)
    assert trained_and_judged(chain) == ["judging"]
