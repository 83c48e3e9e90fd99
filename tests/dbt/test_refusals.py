"""An engine that refuses one question is asked again; what is wrong in SQL or data is not."""

from datetime import date

import pytest
from dbt.adapters.spark.session import Cursor

from spark_jobs.build_features import BuildError, build_features

DAY = date(2020, 1, 30)
REFUSAL = (
    "An error occurred while calling o1.sql.\n: java.lang.RuntimeException: MetaException\nCaused by: ERROR 40XL1: a lock"
)


def refusing(monkeypatch, times: int) -> list[str]:
    """Refuse the first statements that make int_as_of_days, which every date needs; returns what was refused."""
    refused, execute = [], Cursor.execute

    def refuse(self, sql: str, *parameters):
        if "int_as_of_days__staged" in sql and "create table" in sql and len(refused) < times:
            refused.append(sql)
            raise RuntimeError(REFUSAL)
        return execute(self, sql, *parameters)

    monkeypatch.setattr(Cursor, "execute", refuse)
    return refused


def test_what_the_engine_refused_once_is_built_with_all_that_comes_after_it(warehouse, log, monkeypatch):
    refused, said = refusing(monkeypatch, times=1), []
    nodes = build_features(warehouse, [DAY], full_tests=False, progress=said.append)
    assert len(refused) == 1
    assert any("asked again" in line and "int_as_of_days" in line and "40XL1" in line for line in said)
    last = {node.name: node.status for node in nodes}
    assert {last["int_as_of_days"], last["article_features"], last["dim_articles"]} == {"success"}
    assert [node.name for node in nodes].count("dim_articles") == 1


def test_what_it_refuses_again_ends_the_build_with_the_cause(warehouse, log, monkeypatch):
    refusing(monkeypatch, times=2)
    with pytest.raises(BuildError, match=r"model int_as_of_days failed: java\.lang\.RuntimeException.*40XL1"):
        build_features(warehouse, [DAY], full_tests=False, progress=lambda line: None)
