"""What every as-of mart owes its readers, on one tiny log: nothing of the future, in any order of dates."""

import shutil
from datetime import date

import pytest
from raw_log import AS_OF_MARTS, EARLY, FIRST_DAY, LATE, rows_of, shopping

from infra.settings import REPO
from spark_jobs import build_features as job
from warehouse.hive.catalogue import Catalogue

FUTURE = shopping(99, EARLY, date(2020, 4, 25))
"""Another future: every day from EARLY on sold something else, and the log goes on for longer."""


OF_BUYERS = ("customer_features", "customer_article_features", "customer_category_features")
"""The marts that hold the buyers of the label week only, where a date is only learned from."""


def week_buyers(settings, day):
    """Ids of the customers who buy in the seven days from a date on."""
    catalogue = Catalogue(settings)
    facts = catalogue.read("marts.fct_transactions", ["t_dat", "customer_key"]).to_pylist()
    ids = {c["customer_key"]: c["customer_id"] for c in catalogue.read("marts.dim_customers").to_pylist()}
    return {ids[f["customer_key"]] for f in facts if 0 <= (f["t_dat"] - day).days < 7}


def as_of_rows(settings, day):
    return {mart: rows_of(Catalogue(settings), f"marts.{mart}", as_of_date=day) for mart in AS_OF_MARTS}


@pytest.fixture(scope="module")
def story(log, build):
    """The early date built, another future landed, both dates built."""
    kept = {}
    build([EARLY])
    kept["early"] = as_of_rows(log.settings, EARLY)
    log.land_transactions(FUTURE)
    build([LATE, EARLY], full_tests=True)
    kept["early, future changed"] = as_of_rows(log.settings, EARLY)
    kept["late"] = as_of_rows(log.settings, LATE)
    return kept


@pytest.mark.parametrize("mart", AS_OF_MARTS)
def test_nothing_on_or_after_the_as_of_date_is_seen(story, mart):
    assert story["early"][mart]
    assert story["early, future changed"][mart] == story["early"][mart]


@pytest.mark.parametrize("mart", AS_OF_MARTS)
def test_a_late_date_sees_what_landed_before_it(story, mart):
    assert story["late"][mart] != story["early"][mart]


def test_a_day_that_landed_again_has_only_its_latest_lines(story, log):
    replaced = {line[0] for line in FUTURE}
    lines = [line for line in shopping(1, FIRST_DAY, date(2020, 4, 10)) if line[0] not in replaced] + FUTURE
    facts = Catalogue(log.settings).read("marts.fct_transactions", ["n_lines"])
    assert sum(facts["n_lines"].to_pylist()) == len(lines)


def test_a_date_that_is_only_learned_from_holds_the_buyers_of_its_week_and_says_the_same_of_them(story, log, build):
    buyers = week_buyers(log.settings, EARLY)
    build([LATE, EARLY], learning_dates=[EARLY], full_tests=True)
    narrow, late = as_of_rows(log.settings, EARLY), as_of_rows(log.settings, LATE)
    build([EARLY])
    whole = as_of_rows(log.settings, EARLY)
    for mart in AS_OF_MARTS:
        of_buyers = [row for row in whole[mart] if row[0] in buyers] if mart in OF_BUYERS else whole[mart]
        assert narrow[mart] == of_buyers
        assert (len(narrow[mart]) < len(whole[mart])) == (mart in OF_BUYERS)
        assert late[mart] == story["late"][mart]


def test_the_leak_test_sees_a_planted_leak(story, log, build, tmp_path, monkeypatch):
    leaky = tmp_path / "dbt_project"
    shutil.copytree(REPO / "dbt_project", leaky, ignore=shutil.ignore_patterns("target", "logs"))
    rule = leaky / "models" / "intermediate" / "int_as_of_days.sql"
    sound = "landed_days.t_dat < as_of_dates.as_of_date"
    assert sound in rule.read_text()
    rule.write_text(rule.read_text().replace(sound, "landed_days.t_dat <= as_of_dates.as_of_date"))
    monkeypatch.setattr(job, "PROJECT", leaky)
    build([EARLY], select=["int_as_of_days", "customer_rfm"])
    assert as_of_rows(log.settings, EARLY)["customer_rfm"] != story["early"]["customer_rfm"]
