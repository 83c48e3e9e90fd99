"""Many sessions at once on the Spark Thrift Server: dbt's threads, several tasks, analysts."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyhive import hive
from TCLIService.ttypes import TOperationState

RUNNING = (TOperationState.INITIALIZED_STATE, TOperationState.RUNNING_STATE, TOperationState.PENDING_STATE)


@pytest.mark.timeout(180)  # one that hangs does so for ever
def test_sessions_that_come_and_go_beside_each_other_all_end_well(need):
    settings = need("metastore", "thrift").settings

    def session(number: int) -> list[tuple]:
        """A statement in the background, as dbt runs it."""
        with (
            hive.connect(settings.thrift_host, settings.thrift_port, username=f"user{number % 3}") as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("show databases like 'default'", async_=True)
            while cursor.poll().operationState in RUNNING:
                time.sleep(0.01)
            return cursor.fetchall()

    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(session, range(90)))
    assert answers == [[("default",)]] * 90
