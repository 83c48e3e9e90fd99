"""What the pages name is there."""

import re

import pytest
from typer.main import get_command

from hm.cli import app
from infra.settings import ENV_DIR, REPO

PAGES = [REPO / "README.md", *(REPO / "docs").glob("*.md")]
SETTINGS = set(re.findall(r"^(HM_\w+)=", (ENV_DIR / "base.env").read_text(), re.MULTILINE)) | {"HM_ENV", "HM_HOME"}
# airflow/plugins/hm_airflow/environment.py reads these.
AIRFLOWS = {"HM_COMMAND", "HM_DBT", "HM_RAW"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_names_settings_and_commands_that_exist(page):
    text = page.read_text()
    named = set(re.findall(r"\bHM_[A-Z_]+[A-Z](?![A-Z_*])", text))
    assert named <= SETTINGS | AIRFLOWS, named - SETTINGS - AIRFLOWS
    for beginning in re.findall(r"\b(HM_[A-Z_]+_)\*", text):
        assert any(name.startswith(beginning) for name in SETTINGS), beginning
    commands = set(re.findall(r"(?:`|bin/)hm ([a-z][a-z-]*[a-z])", text))
    assert commands <= set(get_command(app).commands), commands


def test_the_page_on_clusters_names_every_setting_that_a_cluster_of_ones_own_needs():
    text = (REPO / "docs" / "clusters.md").read_text()
    assert "HM_HDFS_URI" in SETTINGS
    ours = r"HM_(HDFS|METASTORE|THRIFT|TRINO|CLICKHOUSE)_(HOST|PORT|URI|HTTP|AUTH|USER|PASSWORD|TLS|CATALOG|KERBEROS)"
    wanted = {name for name in SETTINGS if re.match(ours, name)}
    assert [name for name in sorted(wanted) if name not in text] == []
