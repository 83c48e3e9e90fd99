"""`make smoke` with a docker that only answers: what is asked in which order, and what is said when a part fails."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.settings import REPO

DOCKER = r"""#!/usr/bin/env bash
echo "$*" >> "$ASKED"
if [ -n "${FAULT:-}" ] && [[ "$*" == *$FAULT* ]]; then echo "the part's own words"; exit 1; fi
case "$*" in
  info*MemTotal*) echo 16000000000 ;;
  *" sed -n "*) printf '"%064d"\r\n' 7 ;;
  *recs.recommendations*) echo 1200 ;;
  *hm.recommendations*) echo 1200 ;;
  *"hm run"*) printf '  run 1 (2020-09-23-abc) is served\npublish: done\n  .venv/bin/hm run --why\n' ;;
  *" hm lookup "*) echo "Run 1, as of 2020-09-23; answered by their own recommendations." ;;
  *"running readers"*) echo "50 readers, 900 answers of 20 runs, none of them wrong" ;;
  *"running load"*) echo "64 connections: p50 90, p95 180, p99 250 ms, 600 per s" ;;
  *"dags list"*) echo "hm_weekly dags/hm_weekly.py hm False" ;;
  *) printf 'done\n\n' ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Only what the script reads."""
    folder = tmp_path / "a checkout"
    (folder / "infra" / "docker").mkdir(parents=True)
    (folder / "bin").mkdir()
    shutil.copy(REPO / "infra" / "docker" / "smoke.sh", folder / "infra" / "docker")
    shutil.copy(REPO / ".env.example", folder)
    docker = folder / "bin" / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    return folder


def smoke(checkout: Path, fault: str = "") -> tuple[int, str, list[str]]:
    """Exit code, what was said, what docker was asked."""
    asked = checkout / "asked"
    env = os.environ | {"PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", "ASKED": str(asked), "FAULT": fault}
    done = subprocess.run(
        [str(checkout / "infra/docker/smoke.sh")], env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return done.returncode, done.stdout, asked.read_text().splitlines()


def test_a_green_run_asks_every_part_and_says_what_it_answered(checkout: Path):
    code, said, asked = smoke(checkout)
    assert code == 0, said
    assert "Everything answered" in said
    lines = said.split("Everything answered")[1]
    for part in ("synthetic log", "the chain", "hm lookup", "Trino", "ClickHouse", "readers", "API", "Airflow"):
        assert re.search(rf"^  {part} +\d+ s   \S", lines, re.MULTILINE), part
    order = [
        " build ",
        " up ",
        "hm generate",
        "hm run",
        "hm lookup " + f"{7:064d}",
        "trino",
        "clickhouse-client",
        "running readers",
        "running load",
        "dags list",
    ]
    places = [next(i for i, line in enumerate(asked) if part in line) for part in order]
    assert places == sorted(places)


def test_secrets_are_made_once_each_its_own_and_readable_by_their_owner_only(checkout: Path):
    smoke(checkout)
    written = (checkout / ".env").read_text()
    values = re.findall(r"^[A-Z_]+=(.*)$", written, re.MULTILINE)
    assert len(values) == len(set(values)) >= 5
    assert all(re.fullmatch(r"[0-9a-f]{32}", value) for value in values)
    assert (checkout / ".env").stat().st_mode & 0o077 == 0
    smoke(checkout)
    assert (checkout / ".env").read_text() == written


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("compose version", "no compose plugin"),
        ("info", "does not answer"),
        (" build ", "not built"),
        (" up ", "make down"),
        ("hm run", "the chain failed"),
        ("hm lookup", "hm lookup failed"),
        ("dags list", "Airflow failed"),
    ],
)
def test_a_part_that_fails_ends_the_run_with_its_name_and_its_words(checkout: Path, fault: str, words: str):
    code, said, _ = smoke(checkout, fault)
    assert code == 1
    assert re.search(f"smoke: .*{words}", said.splitlines()[-1]), said
    assert "Everything answered" not in said


def test_an_answer_that_is_not_the_expected_one_is_a_failure(checkout: Path):
    docker = checkout / "bin" / "docker"
    docker.write_text(DOCKER.replace("hm_weekly dags/hm_weekly.py hm False", "No data found"))
    code, said, _ = smoke(checkout)
    assert code == 1 and "Airflow ended well, and its answer lacks hm_weekly" in said
