import io

import pytest
from rich.console import Console

from hm.progress import Progress


def test_a_step_tells_its_seconds_and_peak_memory_and_a_failed_one_does_not_say_done():
    text = io.StringIO()
    progress = Progress(Console(file=text, width=120))
    with progress.step("land", "three files"):
        progress.say("[12] rows")
    assert "land: three files" in text.getvalue()
    assert "[12] rows" in text.getvalue()
    assert "land: done in" in text.getvalue()
    assert progress.times[0].peak_mib > 1
    with pytest.raises(ValueError), progress.step("build", "features"):
        raise ValueError
    assert "build: done" not in text.getvalue()
