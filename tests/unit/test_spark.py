"""Starting Spark, without Spark: whose end is waited for."""

import shutil
import subprocess
from types import SimpleNamespace

import psutil
import pytest

from infra import spark
from infra.settings import SettingsError


@pytest.fixture
def orphan(tmp_path):
    """A process called java that goes on."""
    java = shutil.copy(shutil.which("sleep"), tmp_path / "java")
    process = subprocess.Popen([java, "60"])
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(spark, "ORPHAN_WAIT_S", 0.2)
    return SimpleNamespace(state_dir=tmp_path)


def test_the_jvm_of_a_killed_command_is_waited_for_and_then_named(orphan, settings):
    spark._note_jvm(settings, orphan.pid)
    with pytest.raises(SettingsError, match=f"kill {orphan.pid}"):
        spark._wait_for_orphan(settings)
    orphan.kill()
    spark._wait_for_orphan(settings)


def test_another_java_process_that_was_given_the_same_number_is_not_waited_for(orphan, settings, monkeypatch):
    spark._note_jvm(settings, orphan.pid)
    born = orphan.create_time()
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: born + 3600)
    spark._wait_for_orphan(settings)


@pytest.mark.parametrize("text", ["", "1", "many words in it", "1 soon"])
def test_a_note_that_makes_no_sense_stops_nobody(settings, text: str):
    spark._jvm_note(settings).write_text(text)
    spark._wait_for_orphan(settings)
