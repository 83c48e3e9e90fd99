"""A whole evaluation over stored candidates: every baseline, every source and the full system, each judged alike."""

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from models.baselines import BASELINES
from models.build_candidates import build_candidates
from models.evaluation import weeks
from models.evaluation.judged import NO_PURCHASE, read_rows
from models.evaluation.report import FULL_SYSTEM
from models.interactions import Interactions

STORED = ["repurchase", "popular"]


class MemoryWarehouse:
    """Marts of one date, the core tables the log is read from, and what was written."""

    def __init__(self, log, marts):
        self.log, self.marts, self.candidates = log, marts, {}

    def read(self, table, columns=None, **where):
        if table == "recs.candidates":
            return self.candidates[where["as_of_date"]]
        return self.marts.read(table.removeprefix("marts."), columns)

    def dataset(self, table, **where):
        return ds.dataset(self.read(table, **where))

    def write(self, table, values, batches):
        self.candidates[values["as_of_date"]] = pa.Table.from_batches(list(batches), table.arrow_schema)
        return len(self.candidates[values["as_of_date"]])


@pytest.fixture
def found(shop, make_context, context, monkeypatch, tmp_path):
    log = shop.log(seed=4)
    warehouse = MemoryWarehouse(log, make_context(log).marts)
    build_candidates(warehouse, [context.as_of], STORED, log=log)
    monkeypatch.setattr(Interactions, "from_catalogue", lambda _: log)
    own = BASELINES["own history decayed"].make().fit(make_context(log))
    full = own.generate(log.labels(context.as_of).customer, 100)
    monkeypatch.setattr(weeks, "recommend_for_evaluation", lambda *_, **__: full)
    return weeks.evaluate_weeks(warehouse, {context.as_of: tmp_path}, {context.as_of: tmp_path / "judged.parquet"})


def test_every_system_is_in_the_report_for_the_week_and_pooled(found, context):
    systems = [*BASELINES, *sorted(STORED), FULL_SYSTEM]
    assert [(row["system"], row["week"]) for row in found.rows] == [
        (system, label) for system in systems for label in (str(context.as_of), "pooled")
    ]
    assert len({row["buyers"] for row in found.rows}) == 1


def test_the_same_lists_score_the_same_whatever_they_are_called(found):
    rows = {row["system"]: row for row in found.rows if row["week"] == "pooled"}
    names = {"system", "kind", "week"}
    one, other = ({k: v for k, v in rows[s].items() if k not in names} for s in ("own history decayed", FULL_SYSTEM))
    assert one == pytest.approx(other, nan_ok=True)
    assert found.verdict["best_other"]["full_system"] == one["map_at_12"] > 0


def test_every_buyers_average_precision_and_segments_stand_beside_the_report(found, context, shop, tmp_path):
    rows = read_rows(tmp_path / "judged.parquet").to_pandas()
    pooled = next(row for row in found.rows if (row["system"], row["week"]) == (FULL_SYSTEM, "pooled"))
    assert rows.average_precision.mean() == pytest.approx(pooled["map_at_12"])
    assert rows.customer_id.is_monotonic_increasing and len(rows) == pooled["buyers"]
    truth = shop.log().labels(context.as_of)
    assert rows.n_bought.tolist() == truth.n_articles.tolist()
    assert (rows.activity == "active").sum() == pooled["buyers_active"]
    cold = rows.activity == "cold"
    known = {("loyal", "online", False), (NO_PURCHASE, NO_PURCHASE, True)}
    assert set(zip(rows.rfm, rows.channel, cold, strict=True)) <= known
    assert set(rows.age) == {"unknown"}


def test_sources_are_reported_for_the_week_and_pooled(found, context):
    labels = [(row["source"], row["week"]) for row in found.sources]
    names = [*sorted(STORED), "all sources"]
    assert labels == [(name, label) for label in (str(context.as_of), "pooled") for name in names]
