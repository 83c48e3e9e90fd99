"""What the steps refuse, and what they are told: no step is run here."""

import json
import os
from datetime import date, timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hm.chain import Chain
from hm.cli import app
from hm.demo import make_room, synthetic_log
from hm.gates import missing_run, require_files, require_one_origin
from hm.plan import Plan
from hm.progress import Progress
from infra.errors import UserError
from infra.settings import get_settings
from warehouse import landings
from warehouse.gates.gate import GateError, at_least
from warehouse.hive.catalogue import Catalogue
from warehouse.landings import SYNTHETIC
from warehouse.lookalike import VERSION
from warehouse.schemas import raw

LAST_DAY = date(2020, 9, 22)
AS_OF = date(2020, 9, 23)
BETTER = {"verdict": {"difference": 0.01}}


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("HM_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()
    found = get_settings()
    found.state_dir.mkdir(parents=True)
    yield found
    monkeypatch.undo()
    get_settings.cache_clear()


@pytest.fixture
def landed(settings):
    """Write raw.landings with one transactions file and these notes."""

    def write(notes: str = "") -> Catalogue:
        folder = settings.warehouse_dir / "landings"
        folder.mkdir(parents=True)
        row = dict.fromkeys(raw.LANDINGS.arrow_schema.names) | {
            "file_name": "transactions_train.csv",
            "file_kind": "transactions",
            "sha256": "a" * 64,
            "rows_landed": 1,
            "first_day": date(2020, 1, 1),
            "last_day": LAST_DAY,
            "notes": notes,
        }
        pq.write_table(pa.Table.from_pylist([row], raw.LANDINGS.arrow_schema), folder / "part.parquet")
        partitions = [{"values": {"landing_id": "1"}, "location": str(folder)}]
        entry = {"location": str(folder), "partitioned_by": ["landing_id"], "partitions": partitions}
        (settings.state_dir / "catalogue.json").write_text(json.dumps({"raw.landings": entry}))
        return Catalogue(settings)

    return write


@pytest.fixture
def chain(settings, landed):
    landed()
    return Chain(settings, Progress(), Plan(settings))


def test_recommendations_that_are_not_finished_and_checked_are_not_published(chain):
    with pytest.raises(UserError, match="hm recommend"):
        chain.publish(BETTER)
    chain.plan.stamps.set(f"recommend:{AS_OF}", {})
    assert chain.finished_recommendations() == AS_OF


@pytest.fixture
def publications(chain, monkeypatch) -> list[date]:
    """Dates that were published; the store is not opened and the gates say what a test makes them say."""
    done: list[date] = []
    run = SimpleNamespace(run=1)
    monkeypatch.setattr("hm.publication.publish_run", lambda plan, *rest: done.append(plan.as_of_date) or run)
    monkeypatch.setattr(
        Chain, "gates", lambda self, metrics: [at_least("overlap", metrics["overlap"], 0.2, "too few agree")]
    )
    monkeypatch.setattr("hm.chain.served_run", lambda settings: None)
    chain.plan.stamps.set(f"recommend:{AS_OF}", {})
    return done


def test_nothing_is_published_past_a_failing_gate_unless_it_is_forced(chain, publications):
    with pytest.raises(GateError, match=r"^Not published: too few agree; .*--force"):
        chain.publish({"overlap": 0.1})
    assert publications == []
    chain.publish({"overlap": 0.1}, force=True)
    chain.publish({"overlap": 0.2})
    assert publications == [AS_OF, AS_OF]


def test_a_past_week_built_again_does_not_take_readers_back(chain, publications, monkeypatch):
    later = SimpleNamespace(run=7, as_of_date=date(2020, 9, 30))
    monkeypatch.setattr("hm.chain.served_run", lambda settings: later)
    assert chain.publish_if_newest({"overlap": 1}) is None
    assert publications == []
    monkeypatch.setattr("hm.chain.served_run", lambda settings: SimpleNamespace(run=6, as_of_date=date(2020, 9, 16)))
    assert chain.publish_if_newest({"overlap": 1}).run == 1
    assert publications == [AS_OF]


def test_the_gate_takes_no_evaluation_of_another_date_or_of_other_models(chain):
    def write(day: date) -> None:
        file = chain.settings.reports_dir / f"evaluation-{day}-1w.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"weeks": ["2020-09-16"], "of": str(day)}))

    write(date(2020, 9, 16))
    assert chain.last_metrics() is None
    write(AS_OF)
    assert chain.last_metrics() is None  # nobody stamped it
    judged = chain.plan.evaluate([date(2020, 9, 16)])
    chain.plan.stamps.set(judged.name, judged.parts)
    assert chain.last_metrics()["of"] == str(AS_OF)
    chain.plan.stamps.set("train:2020-09-16", {"code": "another"})
    assert chain.last_metrics() is None


@pytest.mark.parametrize("here", ["", f"{SYNTHETIC} v2; 3 rows with a price of 0 landed"])
def test_a_synthetic_log_and_a_real_one_do_not_mix(landed, tmp_path, here):
    catalogue = landed(here)
    folder = tmp_path / "raw"
    folder.mkdir()
    if not here:
        require_one_origin(catalogue, folder)
        (folder / "LOOKALIKE.json").write_text("{}")
    with pytest.raises(UserError, match="HM_HOME"):
        require_one_origin(catalogue, folder)


@pytest.mark.parametrize(
    ("notes", "version"),
    [("", ""), ("3 rows with a price of 0 landed", ""), (SYNTHETIC, "1"), (f"{SYNTHETIC} v2; columns left out: a", "2")],
)
def test_what_has_landed_tells_the_version_of_its_look_alike(landed, notes, version):
    assert landings.look_alike(landed(notes)) == version


def test_the_demo_draws_its_log_anew_where_an_older_look_alike_lies(settings, landed, monkeypatch):
    drawn = []
    monkeypatch.setattr("hm.demo.generate", lambda folder, **_: drawn.append(folder))
    landed(f"{SYNTHETIC} v1")
    folder = settings.root.parent / "lookalike" / "small"
    folder.mkdir(parents=True)
    for version, times in (("1", 1), (VERSION, 1)):
        (folder / "LOOKALIKE.json").write_text(json.dumps({"version": version}))
        assert synthetic_log(settings, Progress()) == folder
        assert drawn == [folder] * times
    assert not settings.warehouse_dir.exists()  # what was built on the older one made room


@pytest.mark.parametrize(("notes", "cleared"), [("", False), (SYNTHETIC, True)])
def test_the_demo_on_real_files_clears_a_synthetic_log_and_nothing_else(settings, landed, notes, cleared):
    landed(notes)
    held = settings.state_dir / "pipeline.lock"
    held.touch()
    make_room(settings, Progress())
    assert settings.warehouse_dir.exists() is not cleared
    assert (settings.state_dir / "catalogue.json").exists() is not cleared
    assert held.exists()


def test_a_folder_is_ready_when_all_three_kinds_are_there_and_nobody_writes_them(tmp_path):
    with pytest.raises(UserError, match="is not a folder"):
        require_files(tmp_path / "absent")
    for name in ("articles.csv", "customers.csv.gz"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match="no transactions"):
        require_files(tmp_path)
    (tmp_path / "transactions_2020w39.csv").touch()
    with pytest.raises(UserError, match="less than 60 s ago"):
        require_files(tmp_path, settled_s=60)
    assert len(require_files(tmp_path)) == 3


def test_features_that_dbt_built_by_itself_are_noted_unless_something_changed_meanwhile(chain, monkeypatch):
    there: list[date] = []
    monkeypatch.setattr(Catalogue, "refresh", lambda self: None)
    monkeypatch.setattr(Catalogue, "as_of_dates", lambda self, table: there)
    with pytest.raises(UserError, match="--variables"):
        chain.register_built([AS_OF])
    assert chain.dbt_variables([AS_OF])["as_of_dates"] == [str(AS_OF)]
    with pytest.raises(UserError, match=f"has not built {AS_OF}"):
        chain.register_built([AS_OF])
    there.append(AS_OF)
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("hm.plan.code_stamp", lambda paths: "other SQL")
        with pytest.raises(UserError, match="--variables"):
            chain.register_built([AS_OF])
    chain.register_built([AS_OF])
    assert not chain.plan.build(AS_OF).why
    assert chain.dbt_variables([AS_OF]) is None


def test_past_weeks_hold_their_buyers_until_somebody_wants_to_recommend_for_them(settings, chain, monkeypatch):
    monkeypatch.setattr(Plan, "_has", lambda *_: lambda: True)
    past, plan = AS_OF - timedelta(days=7), chain.plan
    assert plan.learning_dates([AS_OF, past]) == [past]
    for day in (past, AS_OF):
        piece = plan.build(day)
        plan.stamps.set(piece.name, piece.parts)
        assert not plan.build(day).why
    wanted = Plan(settings, past)
    assert wanted.build(past).why == ["customers"]
    assert wanted.learning_dates([past]) == []
    plan.stamps.set(wanted.build(past).name, wanted.build(past).parts)
    assert not plan.build(past).why  # everyone is more than its buyers
    assert plan.learning_dates([AS_OF]) == []


def test_a_selection_reaches_dbt_word_by_word(chain, monkeypatch):
    asked = []
    monkeypatch.setattr(Chain, "build", lambda self, dates, rebuild, select: asked.append((list(rebuild), select)))
    command = ["build", "--select", "customer_rfm article_pairs", "--rebuild", "customer_rfm"]
    result = CliRunner().invoke(app, command, env=dict(os.environ))
    assert result.exit_code == 0, result.output
    assert asked == [(["customer_rfm"], ["customer_rfm", "article_pairs"])]


def test_a_run_that_is_gone_from_the_store_is_published_again(settings):
    assert missing_run(settings, 1) == ["result is gone"]
