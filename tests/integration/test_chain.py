"""The chain on the real parts ends where the embedded one does, whatever falls over on the way."""

import csv

import psutil
import pytest

from tests.drills.kill_drill import Undisturbed, chain
from tests.stack import CHAIN_PARTS, YARN_PARTS
from warehouse.trino import query

pytestmark = pytest.mark.timeout(1800)


def test_a_landing_in_yarns_containers_succeeds_and_lands_every_row(need, landing_application, calm_chain: Undisturbed):
    assert (landing_application["name"], landing_application["state"]) == ("hm land", "FINISHED")
    assert landing_application["finalStatus"] == "SUCCEEDED"
    with (calm_chain.raw / "transactions_train.csv").open(newline="") as file:
        n_rows = sum(1 for _ in csv.reader(file)) - 1
    stack = need("trino").settings
    assert query(stack, "select count(*) from raw.transactions").rows == [[n_rows]]


def test_the_same_landing_again_in_yarns_containers_finds_nothing_to_do_and_succeeds(
    need, landing_application, calm_chain: Undisturbed
):
    stack = need(*CHAIN_PARTS, *YARN_PARTS)
    stack.finish("infra.submit", "run", "land", str(calm_chain.raw), HM_SPARK_MASTER="yarn")


def test_a_chain_whose_metastore_is_killed_ends_in_the_embedded_runs_recommendations(request, need, calm_chain: Undisturbed):
    stack = need(*CHAIN_PARTS)
    if all(stack.status()[part]["process"] for part in YARN_PARTS):
        request.getfixturevalue("landing_application")
    process = stack.start("hm.cli", *chain(calm_chain.raw))
    said = []
    for line in process.stderr:
        said.append(line)
        if "int_as_of_days" in line:
            break
    else:
        pytest.fail("".join(said[-30:]))
    stack.kill("metastore")
    said += process.stderr.readlines()
    assert process.wait() == 2
    assert "The Hive Metastore" in said[-1] and "make up" in said[-1], "".join(said[-30:])

    stack.up()
    process = stack.start("hm.cli", *chain(calm_chain.raw))
    _, said = process.communicate()
    assert process.returncode == 0, said[-4000:]
    assert "read by ClickHouse itself" in said
    assert stack.finish("tests.drills.fingerprint", stack.env["HM_HOME"]).strip() == calm_chain.fingerprint


def test_up_is_safe_when_all_is_up(need):
    stack = need(*CHAIN_PARTS)
    before = {name: entry["process"] for name, entry in stack.status().items()}
    stack.up()
    assert {name: entry["process"] for name, entry in stack.status().items()} == before


def test_everything_listens_on_loopback_but_the_metastore_which_cannot(need):
    stack = need(*CHAIN_PARTS)
    listeners = {
        (name, connection.laddr.ip)
        for name, entry in stack.status().items()
        if entry["process"]
        for connection in psutil.Process(entry["process"]).net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    open_to_all = {name for name, ip in listeners if ip not in ("127.0.0.1", "::1", "::ffff:127.0.0.1")}
    assert open_to_all <= {"metastore"}
