"""What `make setup` says where it cannot begin: one sentence with what to do, before anything is downloaded."""

import os
import subprocess
from pathlib import Path

import pytest

from infra.settings import REPO

SOUND_JAVA = "echo 'openjdk version \"17.0.12\" 2024-07-16' >&2"


@pytest.fixture
def program(tmp_path):
    """Writes an executable shell script and returns its path."""

    def write(name: str, body: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return write


@pytest.fixture
def setup(tmp_path, program):
    """Runs infra/setup.sh with a Python that cannot make environments, so that nothing is ever downloaded."""

    def run(*, python: str | Path | None = None, python_says: str = "3.12", java: str = SOUND_JAVA) -> str:
        program("java/bin/java", java)
        if python is None:
            answers = f'case "$1" in -c) echo {python_says};; -m) exit 1;; *) echo Python {python_says};; esac'
            python = program("python", answers)
        done = subprocess.run(
            [REPO / "infra" / "setup.sh", str(python), str(tmp_path / "venv")],
            env=os.environ | {"JAVA_HOME": str(tmp_path / "java")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 2, done.stderr
        return done.stderr

    return run


def test_a_python_that_can_be_used_comes_as_far_as_its_environment(setup):
    assert "cannot make virtual environments; install its venv module" in setup()


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.14", "2.7"])
def test_a_named_python_of_another_version_is_refused_before_anything_else(setup, version: str):
    said = setup(python_says=version)
    assert f"is Python {version}; name a 3.11, 3.12 or 3.13: make setup PYTHON=" in said
    assert said.count("\n") == 1


def test_a_named_python_that_is_not_there_or_does_not_run_is_told_so(setup, program):
    for python in ("/no/such/python3.12", "no-such-python", program("broken", "exit 1")):
        said = setup(python=python)
        assert f"{python} does not run as Python; name a 3.11, 3.12 or 3.13: make setup PYTHON=" in said
        assert "No Python" not in said
        assert said.count("\n") == 1


def test_no_python_at_all_is_told_what_to_install(setup):
    assert "No Python 3.11, 3.12 or 3.13 was found; install one" in setup(python="")


def test_a_java_that_does_not_run_or_is_too_old_is_told_what_to_install(setup):
    for java in ("exit 1", "echo 'Unable to locate a Java Runtime' >&2; exit 1", "echo nonsense"):
        said = setup(java=java)
        assert "does not run as Java; install Java 17" in said
        assert said.count("\n") == 1
    assert "is Java 11, Spark 4 needs Java 17" in setup(java="echo 'openjdk version \"11.0.2\"' >&2")
    assert "is Java 1, Spark 4" in setup(java="echo 'java version \"1.8.0_392\"' >&2")
