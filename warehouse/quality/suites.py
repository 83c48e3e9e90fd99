"""Expectations run by Great Expectations, without its project folder, its data docs or its calls home."""

import logging
import os
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.quality.report import Check

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Suite:
    """Expectations on one subject; each must hold on every one of `frames`, e.g. on every slice of a large table."""

    subject: str
    frames: "Iterable[pd.DataFrame]"
    expectations: list


def expectation(kind: str, says: str, *, warn: bool = False, **arguments: object):
    """One expectation of Great Expectations by the name of its class.

    Args:
        says: the sentence that the report shows; no two of a suite may share it.
        warn: report a failure, stop nothing.
    """
    severity = "warning" if warn else "critical"
    return getattr(_gx().expectations, kind)(description=says, severity=severity, **arguments)


def run(suites: list[Suite]) -> list[Check]:
    """Run suites; every expectation becomes a check, in the suite's order."""
    context = _gx().get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return [check for suite in suites for check in _run_one(context, suite)]


def _gx():
    # Great Expectations reports its use to its makers unless told otherwise before its import, which takes seconds.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations

    # One of its modules sets its own logger to INFO.
    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return gx


def _run_one(context, suite: Suite) -> list[Check]:
    gx = _gx()
    batch = (
        context.data_sources.add_pandas(suite.subject)
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
    )
    wanted = context.suites.add(gx.ExpectationSuite(name=suite.subject, expectations=suite.expectations))
    validation = gx.ValidationDefinition(name=suite.subject, data=batch, suite=wanted)
    found: dict[str, Check] = {}
    for frame in suite.frames:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = validation.run(batch_parameters={"dataframe": frame}, result_format="BASIC")
        for check in (_check(suite.subject, r) for r in result.results):
            if check.says not in found or found[check.says].holds:
                found[check.says] = check
    return [found[e.description] for e in suite.expectations]


def _check(subject: str, result) -> Check:
    config = result.expectation_config
    must_hold = "warning" not in str(config.severity).lower()
    return Check(subject, config.description, bool(result.success), must_hold, "" if result.success else _found(result))


def _found(result) -> str:
    raised = [info["exception_message"] for info in (result.exception_info or {}).values() if isinstance(info, dict)]
    if raised:
        return f"the check itself failed: {raised[0]}"
    values = result.result
    if values.get("unexpected_count"):
        examples = ", ".join(map(str, values.get("partial_unexpected_list", [])[:3]))
        return f"{values['unexpected_count']:,} of {values['element_count']:,} rows, e.g. {examples}"
    return f"found {values.get('observed_value')}"
