"""What of dbt's long messages a person is told."""

from types import SimpleNamespace

import pytest

from spark_jobs import build_features
from spark_jobs.build_features import _first_line


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "Compilation Error in model a (models/a.sql)\n  The columns have changed\n  > in macro",
            "The columns have changed",
        ),
        ("Runtime Error in model a (models/a.sql)\n  Runtime Error\n    division by zero", "division by zero"),
        ("Got 3 results, configured to fail if != 0", "Got 3 results, configured to fail if != 0"),
        (
            "An error occurred while calling o807.collectToPython.\n: org.apache.SparkException: aborted\n\tat a.b(c)\n"
            "Caused by: java.lang.RuntimeException: x\n\tat d(e)\nCaused by: java.io.IOException: No space left\n\t... 3",
            "org.apache.SparkException: aborted; Caused by: java.io.IOException: No space left",
        ),
        ("Runtime Error", "Runtime Error"),
        (None, "no message"),
    ],
)
def test_the_line_that_says_what_is_wrong_is_told(message, said):
    assert _first_line(message) == said


def test_a_server_that_died_is_named_instead_of_the_models_own_message(monkeypatch, tmp_path):
    monkeypatch.setattr(build_features, "unreachable", lambda settings: "The Spark Thrift Server (a:1) cannot be reached.")
    node = SimpleNamespace(resource_type="model", name="customer_rfm")
    run = SimpleNamespace(status="error", node=node, message="unexpected exception")
    failed = SimpleNamespace(success=False, exception=None, result=SimpleNamespace(results=[run]))
    with pytest.raises(
        build_features.BuildError,
        match=r"^model customer_rfm failed: The Spark Thrift Server \(a:1\) cannot be reached\. \(log: ",
    ):
        build_features._check(SimpleNamespace(root=tmp_path), failed)
