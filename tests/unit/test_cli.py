import subprocess
import sys

import pytest
from typer.testing import CliRunner

from hm.cli import app

COMMANDS = (
    "generate land build candidates train recommend evaluate publish rollback runs lookup similar submission sql status run "
    "compare explain experiment forget"
)


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_step_has_a_command_whose_help_teaches(command):
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def hm(home, *args):
    env = {"HM_HOME": str(home), "PATH": "/usr/bin:/bin"}
    return subprocess.run([sys.executable, "-m", "hm.cli", *args], env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("args", "remedy"),
    [(["build"], "hm land"), (["evaluate"], "hm land"), (["publish"], "hm land"), (["submission"], "hm land")],
)
def test_before_any_landing_every_step_says_what_to_do_first(tmp_path, args, remedy):
    done = hm(tmp_path, *args)
    assert done.returncode == 2
    assert remedy in done.stderr
    assert "Traceback" not in done.stderr


def test_help_and_status_start_neither_spark_nor_the_models():
    code = "import sys, hm.cli, hm.status; print({'pyspark', 'lightgbm', 'chdb', 'dbt'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "set()"
