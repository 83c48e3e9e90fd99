"""A build whose Java process is killed goes on with a new one; what is wrong in SQL or data ends it."""

import os
import signal
from datetime import date

from dbt.adapters.spark.session import Cursor

from infra.spark import spark_session
from spark_jobs.build_features import build_features

DAY = date(2020, 1, 30)


def test_a_build_goes_on_with_a_new_java_process_where_the_old_one_was_lost(warehouse, log, monkeypatch):
    killed, said, execute = [], [], Cursor.execute

    def kill(self, sql: str, *parameters):
        if "create table" in sql and not killed:
            killed.append(spark_session(warehouse).sparkContext._gateway.proc.pid)
            os.kill(killed[0], signal.SIGKILL)
        return execute(self, sql, *parameters)

    monkeypatch.setattr(Cursor, "execute", kill)
    nodes = build_features(warehouse, [DAY], select=["dim_articles"], full_tests=False, progress=said.append)
    assert any(f"Java process {killed[0]} was ended by SIGKILL" in line for line in said)
    last = {node.name: node.status for node in nodes}
    assert last == {"int_as_of_days": "success", "dim_articles": "success"}
